//! Nice values and oom_score_adj by their effect and over the life of a job: taken, held, released, and nothing of it
//! left behind.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use ffrtmp::sys::stat;
use netlink_tests::bench::actor::children_of;
use netlink_tests::bench::{
    Actor, Service, Setup, Stage, both_ways, cgroup, cpu, eventually, has_controllers, turn,
};
use netlink_tests::need;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

fn carried(pid: u32) -> (i64, i64) {
    let line = std::fs::read(format!("/proc/{pid}/stat")).expect("it lives");
    let score = std::fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).expect("it lives");
    (stat::parse(&line).expect("a whole line").nice, score.trim().parse().expect("a number"))
}

fn set_nice(pid: u32, value: i32) {
    let raw = rustix::process::Pid::from_raw(pid.cast_signed());
    rustix::process::setpriority_process(raw, value).expect("set");
}

fn caught(service: &Service, program: &Path, words: &str) -> Actor {
    let actor = Actor::start(program, words);
    service.wait_for(&format!("Attached PID {} ", actor.pid()));
    actor
}

fn ask(service: &Service, order: serde_json::Value) -> serde_json::Value {
    let answer = service.control().ask(order);
    assert_eq!(answer["ok"], true, "{answer}");
    answer
}

#[test]
fn all_of_a_job_carries_it_over_a_restart_and_nothing_is_left_after_the_release() {
    both_ways("all_of_a_job_carries_it_over_a_restart_and_nothing_is_left_after_the_release", |start| {
        let stage = Stage::new();
        let before = Actor::start(&stage.copy("ffmpeg"), "children 3 sleep");
        eventually("its children are there", || children_of(before.pid()).len() == 3);
        let one = children_of(before.pid())[0];
        set_nice(one, 2);
        let service = start("default_limits: { nice: 7, oom_score_adj: 400 }");
        let family: Vec<u32> = children_of(before.pid()).into_iter().chain([before.pid()]).collect();
        let all_carry = |carry: (i64, i64)| family.iter().all(|&pid| carried(pid) == carry);
        eventually("all of them carry it", || all_carry((7, 400)));

        let mut service = service;
        service.kill();
        let service = service.start_again();
        let job = before.caught_as("ffmpeg");
        service.reload("default_limits: { nice: 5 }");
        eventually("the new policy holds, and what it says nothing of is given back", || all_carry((5, 0)));

        let told = ask(&service, json!({ "command": "set", "job": job, "limits": { "nice": "-2" } }));
        assert!(told["done"].as_str().is_some_and(|told| told.contains("nice=-2")), "{told}");
        assert!(all_carry((-2, 0)), "an operator may lower");
        ask(&service, json!({ "command": "release", "job": job }));
        let after: Vec<_> = family.iter().map(|&pid| carried(pid).0).collect();
        let had: Vec<_> = family.iter().map(|&pid| if pid == one { 2 } else { 0 }).collect();
        assert_eq!(after, had);
        assert!(!service.group(&job).exists());
    });
}

#[test]
fn who_came_with_more_keeps_it_and_that_is_said_once_and_explained() {
    both_ways("who_came_with_more_keeps_it_and_that_is_said_once_and_explained", |start| {
        let stage = Stage::new();
        let program = stage.copy("ffmpeg");
        let actors = [(); 2].map(|()| Actor::start(&program, "sleep"));
        actors.iter().for_each(|actor| set_nice(actor.pid(), 10));
        let service = start("default_limits: { nice: 3, oom_score_adj: 100 }");
        for actor in &actors {
            actor.caught_as("ffmpeg");
            eventually("the other limit holds", || carried(actor.pid()) == (10, 100));
        }
        let line =
            service.wait_for("Limit nice cannot hold: it is lowered for nobody unless the rule names users");
        assert!(line.contains("[watch] "), "{line}");
        assert_eq!(service.count("Limit nice cannot hold"), 1);
        let about = ask(&service, json!({ "ask": "explain", "pid": actors[0].pid() }));
        assert!(
            about.to_string().contains("Its limit nice does not hold here: it is lowered for nobody"),
            "{about}"
        );

        service.reload("default_limits: { nice: 3, oom_score_adj: 100 }\nfilters: { allowed_uids: [0] }");
        eventually("they are lowered by a policy that names users", || {
            actors.iter().all(|actor| carried(actor.pid()) == (3, 100))
        });
        drop(service);
    });
}

#[test]
fn whoever_renices_a_job_is_noticed_and_it_is_put_right() {
    if !need::service("whoever_renices_a_job_is_noticed_and_it_is_put_right") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let service = Setup::new().config("scan_interval: 200ms\ndefault_limits: { nice: 6 }").start();
    let actor = caught(&service, &stage.copy("ffmpeg"), "sleep");
    eventually("it carries its nice value", || carried(actor.pid()).0 == 6);
    set_nice(actor.pid(), 0);
    service.wait_for("somebody else changed nice of job");
    eventually("it is put right", || carried(actor.pid()).0 == 6);
}

/// Whoever of one group is nicer gets less of the processor both want.
#[test]
fn a_nice_process_yields_to_another_of_its_group() {
    let name = "a_nice_process_yields_to_another_of_its_group";
    if !need::service(name) {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let service = Setup::new().config("cgroup: { on_drift: leave }\ndefault_limits: { nice: 10 }").start();
    let nice = caught(&service, &stage.copy("ffmpeg"), "busy");
    let usual = Actor::start(&stage.copy("bystander"), "busy");
    let group = service.group(&nice.job().expect("a job"));
    std::fs::write(group.join("cgroup.procs"), usual.pid().to_string()).expect("beside it");
    eventually("it carries its nice value", || carried(nice.pid()).0 == 10);
    assert_eq!(carried(usual.pid()).0, 0);
    [nice.pid(), usual.pid()].into_iter().for_each(|pid| cpu::pin(pid, 1));
    let yields = |[nice, usual]: [f64; 2]| usual > 3.0 * nice;
    let shares = cpu::shares_as([nice.pid(), usual.pid()], Duration::from_secs(3), yields);
    assert!(yields(shares), "{shares:?}");
}

/// The larger lives, because the smaller is the one to be killed rather.
#[test]
fn the_kernel_kills_whom_oom_score_adj_names_first() {
    let name = "the_kernel_kills_whom_oom_score_adj_names_first";
    if !(need::service(name) && need::have_in_a_world(name, has_controllers())) {
        return;
    }
    let _turn = turn();
    // While it gives back what the first one had the kernel may look for a second: once on a slow machine, not each time.
    assert!((0..3).any(|_| the_small_one_alone_is_killed()));
}

fn the_small_one_alone_is_killed() -> bool {
    let stage = Stage::new();
    let service =
        Setup::new().config("commands: { gst-launch-1.0: { limits: { oom_score_adj: 900 } } }").start();
    let together = service.root().join("jobs");
    std::fs::write(together.join("memory.max"), "100M").expect("a limit of all jobs together");
    // What was in use before the attachment would not count.
    let [first, go] = ["first", "go"].map(|name| stage.path().join(name));
    let grow = |go: &Path, mib: u64| format!("await {} grow {mib}", go.display());
    let mut large = caught(&service, &stage.copy("ffmpeg"), &grow(&first, 40));
    let mut small = caught(&service, &stage.copy("gst-launch-1.0"), &grow(&first, 25));
    let mut late = caught(&service, &stage.copy("ffmpeg"), &grow(&go, 45));
    std::fs::write(&first, "").expect("the word to go");
    eventually("it carries its score", || carried(small.pid()).1 == 900);
    assert_eq!((carried(large.pid()).1, carried(late.pid()).1), (0, 0));
    let used = || cgroup::read(&together, "memory.current").parse::<u64>().expect("a number");
    eventually("both have grown", || used() > 65 << 20);
    std::fs::write(&go, "").expect("the word to go");
    eventually("the small one is killed", || !small.is_running());
    let mut others_live = || large.is_running() && late.is_running();
    eventually("the last one has grown", || !others_live() || used() > 85 << 20);
    others_live()
}
