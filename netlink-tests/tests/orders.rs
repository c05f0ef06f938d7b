//! Orders over the control socket: what an operator wants of a job is so when the answer comes, and stays so.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::actor::children_of;
use netlink_tests::bench::asking::Control;
use netlink_tests::bench::{
    Actor, Service, Setup, Stage, both_ways, cgroup, cpu, eventually, has_controllers, turn,
};
use netlink_tests::need;
use rustix::thread::set_thread_res_uid;
use serde_json::{Value, json};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

const SCANS: &str = "scan_interval: 100ms\n";
const NOBODY: u32 = 65_534;

/// The sentence in which an order is told to be carried out.
#[track_caller]
fn done(service: &Service, order: Value) -> String {
    let answer = service.control().ask(order);
    assert_eq!(answer["ok"], true, "{answer}");
    answer["done"].as_str().expect("a sentence").to_owned()
}

#[track_caller]
fn refused(service: &Service, order: Value) -> (String, String) {
    let answer = service.control().ask(order);
    let text = |key: &str| answer["error"][key].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    (text("code"), text("text"))
}

/// What `ps` tells of the only job there is.
fn only_job(service: &Service) -> Value {
    service.control().ask(json!({ "ask": "ps" }))["jobs"][0].clone()
}

/// So many scans that whatever a scan would find has been found.
fn scanned(service: &Service) {
    service.wait_for_nth("Scan complete", service.count("Scan complete") + 3);
}

#[test]
fn a_released_job_goes_home_and_stays_there_until_it_is_retried() {
    both_ways("a_released_job_goes_home_and_stays_there_until_it_is_retried", |start| {
        let home = cgroup::Home::new("orders");
        let stage = Stage::new();
        let actor = home.start(&stage.copy("ffmpeg"), "children 1 sleep");
        eventually("it has its child", || children_of(actor.pid()).len() == 1);
        let service = start("");
        service.reload(SCANS);
        service.wait_for("Configuration reloaded");
        let job = actor.caught_as("ffmpeg");
        service.wait_for(&format!("Attached PID {}", actor.pid()));
        let group = service.group(&job);
        let child = cgroup::read(&group, "cgroup.procs")
            .lines()
            .filter_map(|line| line.parse::<u32>().ok())
            .find(|&pid| pid != actor.pid())
            .expect("its child");

        let told = done(&service, json!({ "command": "release", "pid": child }));
        let home_is = home.shown();
        assert_eq!(
            told,
            format!(
                "job {job} is released: 2 process(es) moved to {home_is}; process {child} is one of its processes"
            )
        );
        let at_home = || [actor.pid(), child].iter().all(|&pid| cgroup::of(pid).as_ref() == Some(&home_is));
        assert!(at_home() && !group.exists());
        let own = std::process::id();
        service.wait_for(&format!("Ordered by uid 0 (process {own}): release the job of process {child}"));
        service.wait_for(&format!(
            "Released job {job}: 2 process(es) moved to {home_is} (an operator released it)"
        ));

        scanned(&service);
        service.reload(SCANS);
        service.wait_for_nth("Configuration reloaded", 2);
        scanned(&service);
        assert!(at_home());

        let mut service = service;
        assert!(service.stop().success());
        let service = service.start_again();
        scanned(&service);
        assert!(at_home());
        let (code, text) = refused(&service, json!({ "command": "release", "job": job }));
        assert_eq!(code, "unknown");
        assert!(text.contains("was released"), "{text}");

        let told = done(&service, json!({ "command": "retry", "job": job }));
        assert_eq!(told, "2 left alone, looked at again");
        actor.caught_as("ffmpeg");
        eventually("its child is in the job again", || cgroup::job_of(child).as_ref() == Some(&job));
    });
}

#[test]
fn what_was_given_up_is_retried() {
    if !need::service("what_was_given_up_is_retried") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("retry: {enabled: false}").start();
    let room = service.root().join("jobs/cgroup.max.descendants");
    std::fs::write(&room, "0").expect("no room");
    let stage = Stage::new();
    let actors = [(); 2].map(|()| Actor::start(&stage.copy("ffmpeg"), "sleep"));
    for actor in &actors {
        service.wait_for(&format!("Gave up on PID {}", actor.pid()));
    }
    assert_eq!(service.control().ask(json!({ "ask": "status" }))["status"]["dead_letters"], 2);
    let (code, text) = refused(&service, json!({ "command": "retry", "job": "auto-ffmpeg-1" }));
    assert_eq!(
        (code.as_str(), text.starts_with("there is no job auto-ffmpeg-1")),
        ("unknown", true),
        "{text}"
    );

    std::fs::write(&room, "max").expect("room");
    let [first, second] = &actors;
    let told = done(&service, json!({ "command": "retry", "pid": first.pid() }));
    assert_eq!(told, "1 given up before, tried again");
    first.caught_as("ffmpeg");
    assert_eq!(second.job(), None);
    done(&service, json!({ "command": "retry" }));
    second.caught_as("ffmpeg");
}

#[test]
fn what_is_set_for_a_job_outlasts_restart_reload_and_other_hands() {
    let test = "what_is_set_for_a_job_outlasts_restart_reload_and_other_hands";
    if !need::service(test) || !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config(&format!("{SCANS}default_limits: {{cpu_quota: 80}}")).start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "busy");
    let job = actor.caught_as("ffmpeg");
    let group = service.group(&job);
    let stand = || ["cpu.max", "cpu.weight", "memory.max"].map(|file| cgroup::read(&group, file));

    let limits = json!({ "cpu_quota": "10", "memory_limit": "1GiB" });
    let told = done(&service, json!({ "command": "set", "job": job, "limits": limits }));
    assert!(told.contains("cpu_quota=10 memory_limit=1073741824 until it ends or they are reset"), "{told}");
    assert!(told.contains("the policy says cpu_quota=80"), "{told}");
    let set = ["10000 100000", "100", "1073741824"];
    assert_eq!(stand(), set);
    let told =
        done(&service, json!({ "command": "set", "pid": actor.pid(), "limits": { "cpu_quota": 10_000 } }));
    assert!(told.contains("cpu_quota: 10000 is more than this host has"), "{told}");
    done(&service, json!({ "command": "set", "pid": actor.pid(), "limits": { "cpu_quota": 10 } }));
    let expected = |[share]: [f64; 1]| (0.07..=0.13).contains(&share);
    let share = cpu::shares_as([actor.pid()], Duration::from_secs(5), expected);
    assert!(expected(share), "{share:?}");

    let mut service = service;
    assert!(service.stop().success());
    let service = service.start_again();
    assert_eq!(stand(), set);
    let view = only_job(&service);
    assert_eq!((&view["set"], &view["limits"]["cpu_quota"]), (&json!(true), &json!(10)), "{view}");
    assert_eq!(view["policy_limits"]["cpu_quota"], 80);

    service.reload(&format!("{SCANS}default_limits: {{cpu_quota: 50, cpu_weight: 7}}"));
    service.wait_for("Limits of job");
    assert_eq!(stand(), ["10000 100000", "7", "1073741824"]);
    std::fs::write(group.join("cpu.max"), "max").expect("written");
    service.wait_for("Drift: somebody else changed cpu_quota");
    eventually("it is put right", || stand() == ["10000 100000", "7", "1073741824"]);

    let told = done(&service, json!({ "command": "set", "job": job, "reset": true }));
    assert!(told.contains("are those of the policy: cpu_quota=50 cpu_weight=7"), "{told}");
    assert_eq!(stand(), ["50000 100000", "7", "max"]);
    assert_eq!(only_job(&service)["set"], false);
}

#[test]
fn what_cannot_be_set_changes_nothing_and_is_told() {
    if !need::service("what_cannot_be_set_changes_nothing_and_is_told") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("default_limits: {cpu_quota: 80}").start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let job = actor.caught_as("ffmpeg");
    service.wait_for(&format!("Attached PID {}", actor.pid()));
    let wrong = json!({ "cpu_quota": "many", "cpu_qota": 5 });
    let (code, text) = refused(&service, json!({ "command": "set", "job": job, "limits": wrong }));
    assert_eq!(code, "malformed");
    assert!(text.contains("did you mean cpu_quota?") && text.contains("cpu_quota: "), "{text}");
    if !has_controllers() {
        let limits = json!({ "memory_limit": "1GiB" });
        let (code, text) = refused(&service, json!({ "command": "set", "job": job, "limits": limits }));
        let why =
            "memory_limit cannot hold here: the memory controller is bound to cgroup v1; nothing was changed";
        assert_eq!((code.as_str(), text.as_str()), ("failed", why));
    }
    let view = only_job(&service);
    assert_eq!((&view["set"], &view["limits"]["cpu_quota"]), (&json!(false), &json!(80)), "{view}");
    assert_eq!(service.count("Limits of job"), 0);
}

#[test]
fn another_user_may_ask_if_he_is_let_in_and_never_command() {
    if !need::service("another_user_may_ask_if_he_is_let_in_and_never_command") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config(&format!("control: {{readers: [{NOBODY}]}}")).start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let job = actor.caught_as("ffmpeg");
    service.wait_for(&format!("Attached PID {}", actor.pid()));
    std::fs::set_permissions(service.folder(), PermissionsExt::from_mode(0o755)).expect("permissions");
    let socket = service.control_socket();
    let release = json!({ "command": "release", "job": job });
    // The kernel tells the service who it was that connected: a thread may be somebody else than its process.
    let asked = std::thread::spawn(move || {
        let nobody = rustix::process::Uid::from_raw(NOBODY);
        set_thread_res_uid(nobody, nobody, nobody).expect("another user");
        let mut control = Control::connect(&socket);
        [control.ask(json!({ "ask": "ps" })), control.ask(release)]
    });
    let [ps, released] = asked.join().expect("answers");
    assert_eq!(ps["jobs"][0]["job"], *job);
    assert_eq!(released["error"]["code"], "refused", "{released}");
    assert_eq!((actor.job().as_ref(), service.count("Ordered by")), (Some(&job), 0));
}

/// A disk that is not there is told when the job is made, and no reason to refuse what has nothing to do with it.
#[test]
fn what_cannot_hold_already_is_no_reason_to_refuse_the_rest() {
    let test = "what_cannot_hold_already_is_no_reason_to_refuse_the_rest";
    if !need::service(test) || !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let _turn = turn();
    let io_max = "io_max: {/dev/nonesuch: {rbps: 1MB}}";
    let service = Setup::new().config(&format!("{SCANS}default_limits: {{cpu_quota: 80, {io_max}}}")).start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let job = actor.caught_as("ffmpeg");
    service.wait_for("Limit io_max cannot hold");
    done(&service, json!({ "command": "set", "job": job, "limits": { "cpu_quota": 50 } }));
    let quota = || cgroup::read(&service.group(&job), "cpu.max");
    assert_eq!(quota(), "50000 100000");
    let again = json!({ "command": "set", "job": job, "limits": { "io_max": "/dev/nonesuch:rbps=2MB" } });
    assert_eq!(refused(&service, again).0, "failed", "this is asked for anew");
    done(&service, json!({ "command": "set", "job": job, "reset": true }));
    service.reload(&format!("{SCANS}default_limits: {{cpu_quota: 30, {io_max}}}"));
    eventually("the reload counts", || quota() == "30000 100000");
    scanned(&service);
    assert_eq!(quota(), "30000 100000", "and goes on to");
    // Nor does the next one take it for somebody's doing.
    let mut service = service;
    service.kill();
    let service = service.start_again();
    service.wait_for("Adopted");
    scanned(&service);
    assert_eq!(service.count("Drift"), 0, "{:?}", service.said());
}
