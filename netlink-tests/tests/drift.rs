//! What others do to a job that stands: each is really done, from outside, and what comes of it is read from the kernel.
//! Processes moved out of their jobs are tried everywhere, limits where the hierarchy has controllers.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::actor::children_of;
use netlink_tests::bench::cgroup::Home;
use netlink_tests::bench::{Actor, Service, Setup, Stage, cgroup, cpu, eventually, has_controllers, turn};
use netlink_tests::need;
use std::path::Path;
use std::time::Duration;

/// Inspections come with the scans, once a second at most.
const SCANS: &str = "scan_interval: 200ms\n";
const LEAVE: &str = "scan_interval: 200ms\ncgroup: {on_drift: leave}\n";
const NOTE: &str = "user.ffrtmp.job";

/// With the kernel's events and with scans alone, and each time with scans in quick succession.
fn both_ways(test: &str, check: impl Fn(&dyn Fn(&str) -> Service)) {
    if need::service(test) {
        let _turn = turn();
        check(&|yaml| Setup::new().config(yaml).start());
        check(&|yaml| Setup::new().config(yaml).flags(&["--poll-only"]).start());
    }
}

fn is_home(home: &Home, pid: u32) -> bool {
    cgroup::of(pid) == Some(home.shown())
}

/// Until what happens at every scan has had its chance, with an inspection in between.
fn let_scans_pass(service: &Service) {
    service.wait_for_nth("Scan complete", service.count("Scan complete") + 12);
}

/// In a job, and that is told: a move from outside that comes before would be taken for a failed attachment.
fn held(service: &Service, actor: &Actor) -> String {
    let job = actor.caught_as("ffmpeg");
    service.wait_for(&format!("Attached PID {} ", actor.pid()));
    job
}

/// The children of an actor in a job, once they are inside and a scan has met them.
fn children<const N: usize>(service: &Service, actor: &Actor, job: &str) -> [u32; N] {
    let inside = |pid: &u32| cgroup::job_of(*pid).as_deref() == Some(job);
    let mut found = Vec::new();
    eventually("its children are inside", || {
        found = children_of(actor.pid());
        found.len() == N && found.iter().all(inside)
    });
    service.wait_for_nth("Scan complete", service.count("Scan complete") + 2);
    found.try_into().expect("as many as asked for")
}

fn note(group: &Path) -> Option<String> {
    let mut text = vec![0; 4096];
    let length = rustix::fs::getxattr(group, NOTE, &mut text[..]).ok()?;
    Some(String::from_utf8_lossy(&text[..length]).into_owned())
}

#[test]
fn a_process_that_was_moved_out_comes_back_also_where_its_group_was_removed() {
    both_ways("a_process_that_was_moved_out_comes_back_also_where_its_group_was_removed", |start| {
        let (service, stage) = (start(SCANS), Stage::new());
        let home = Home::new("drift");
        let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
        let job = held(&service, &actor);
        let group = service.group(&job);
        for times in 1..=2 {
            home.put(actor.pid());
            if times == 2 {
                let _ = std::fs::remove_dir(&group); // unless the service was quicker
            }
            let said =
                format!("moved PID {} out of job {job} to {}; moving it back", actor.pid(), home.shown());
            service.wait_for_nth(&said, times);
            service.wait_for_nth(&format!("Attached PID {} ", actor.pid()), times + 1);
            assert_eq!(actor.job().as_ref(), Some(&job));
            assert!(note(&group).is_some_and(|note| note.contains(&format!("pid={} ", actor.pid()))));
        }
        drop(actor);
        eventually("it ends like any other job", || service.jobs().is_empty());
        service.wait_for(&format!("Process {} exited", job.rsplit('-').next().unwrap()));
    });
}

#[test]
fn members_come_back_the_first_process_and_descendants_alike() {
    both_ways("members_come_back_the_first_process_and_descendants_alike", |start| {
        let (service, stage) = (start(SCANS), Stage::new());
        let home = Home::new("drift");
        let actor = Actor::start(&stage.copy("ffmpeg"), "children 2 sleep");
        let job = held(&service, &actor);
        let [one, other] = children(&service, &actor, &job);
        let everybody = [actor.pid(), one, other];
        let inside = || everybody.iter().all(|&pid| cgroup::job_of(pid).as_ref() == Some(&job));
        for stolen in [&everybody[1..2], &everybody[..1], &everybody[..2]] {
            let before = service.count("moving it back");
            stolen.iter().for_each(|&pid| home.put(pid));
            service.wait_for_nth("moving it back", before + 1);
            eventually("all of them are back", inside);
        }
        assert_eq!(service.count("Attached PID"), 1, "the group was never left by all of them");
    });
}

#[test]
fn on_drift_leave_lets_go_of_what_was_moved_out_and_says_so_once() {
    both_ways("on_drift_leave_lets_go_of_what_was_moved_out_and_says_so_once", |start| {
        let (service, stage) = (start(LEAVE), Stage::new());
        let home = Home::new("drift");
        let ffmpeg = stage.copy("ffmpeg");
        let (alone, family) = (Actor::start(&ffmpeg, "sleep"), Actor::start(&ffmpeg, "children 1 sleep"));
        let (lost, kept) = (held(&service, &alone), held(&service, &family));
        let [child] = children(&service, &family, &kept);
        [alone.pid(), child].into_iter().for_each(|pid| home.put(pid));
        for pid in [alone.pid(), child] {
            service.wait_for(&format!("moved PID {pid} out of job"));
        }
        let_scans_pass(&service);
        assert!(is_home(&home, alone.pid()) && is_home(&home, child));
        assert_eq!((service.count("Drift:"), service.count("Attached PID")), (2, 2), "{:?}", service.said());
        assert_eq!(service.jobs(), std::slice::from_ref(&kept), "{lost} is over");
        // A reload asks anew.
        service.reload(SCANS);
        eventually("it is taken again", || alone.job().as_ref() == Some(&lost));
        eventually("so is the child", || cgroup::job_of(child).as_ref() == Some(&kept));
    });
}

#[test]
fn a_tug_of_war_over_a_process_is_not_fought_for_ever() {
    let test = "a_tug_of_war_over_a_process_is_not_fought_for_ever";
    if !need::service(test) {
        return;
    }
    let (_turn, stage, home) = (turn(), Stage::new(), Home::new("drift"));
    let service = Setup::new().config(SCANS).start();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    held(&service, &actor);
    let mut moves = 0;
    eventually("the service gives in", || {
        // What is moved while it is being attached counts as that attachment's trouble.
        if service.count("Attached PID") > moves {
            home.put(actor.pid());
            moves += 1;
        }
        service.count("left there: it was moved back again and again") > 0
    });
    assert_eq!((moves, service.count("Drift:")), (4, 4), "{:?}", service.said());
    let_scans_pass(&service);
    assert!(is_home(&home, actor.pid()));
    assert_eq!(service.count("Drift:"), 4);
}

#[test]
fn a_note_that_was_removed_or_altered_is_written_again_and_a_restart_finds_the_job_by_it() {
    let test = "a_note_that_was_removed_or_altered_is_written_again_and_a_restart_finds_the_job_by_it";
    if !need::service(test) {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let mut service = Setup::new().config(LEAVE).start();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let job = held(&service, &actor);
    let group = service.group(&job);
    let before = note(&group).expect("a note");
    rustix::fs::removexattr(&group, NOTE).expect("removed");
    eventually("it is written again", || note(&group).as_ref() == Some(&before));
    let altered = before.replace("command=ffmpeg", "command=other");
    rustix::fs::setxattr(&group, NOTE, altered.as_bytes(), rustix::fs::XattrFlags::empty()).expect("altered");
    eventually("and again", || note(&group).as_ref() == Some(&before));
    service.wait_for_nth(&format!("the note on job {job}; written again"), 2);
    service.kill();
    let service = service.without_state().start_again();
    assert_eq!(service.count(&format!("(job {job}): an earlier run attached it")), 1);
    assert_eq!(actor.job(), Some(job));
}

#[test]
fn what_was_done_while_the_service_was_down_is_put_right_or_left() {
    let test = "what_was_done_while_the_service_was_down_is_put_right_or_left";
    if !need::service(test) {
        return;
    }
    let (_turn, stage, home) = (turn(), Stage::new(), Home::new("drift"));
    let ffmpeg = stage.copy("ffmpeg");
    let limited = "default_limits: {cpu_quota: 20, memory_limit: 300}\n";
    for (yaml, restores) in [(SCANS, true), (LEAVE, false)] {
        let mut service = Setup::new().config(&format!("{yaml}{limited}")).start();
        let (alone, family) = (Actor::start(&ffmpeg, "sleep"), Actor::start(&ffmpeg, "children 1 sleep"));
        let jobs = [held(&service, &alone), held(&service, &family)];
        let [child] = children(&service, &family, &jobs[1]);
        service.kill();
        [alone.pid(), family.pid()].into_iter().for_each(|pid| home.put(pid));
        let group = service.group(&jobs[1]);
        if has_controllers() {
            std::fs::write(group.join("cpu.max"), "max").expect("overwritten");
        }

        let service = service.start_again();
        for pid in [alone.pid(), family.pid()] {
            service.wait_for(&format!("somebody else moved PID {pid} out of job"));
        }
        if has_controllers() {
            service.wait_for(&format!("changed cpu_quota of job {} to \"max 100000\"", jobs[1]));
        }
        if restores {
            eventually("the lone one is back", || alone.job().as_ref() == Some(&jobs[0]));
            eventually("so is the other", || family.job().as_ref() == Some(&jobs[1]));
        }
        let_scans_pass(&service);
        assert_eq!([&alone, &family].map(|actor| is_home(&home, actor.pid())), [!restores; 2]);
        assert_eq!(cgroup::job_of(child).as_ref(), Some(&jobs[1]));
        assert_eq!(service.count("Drift:"), if has_controllers() { 3 } else { 2 }, "{:?}", service.said());
        if has_controllers() {
            let expected = if restores { "20000 100000" } else { "max 100000" };
            assert_eq!(cgroup::read(&group, "cpu.max"), expected);
        }
    }
}

const LIMITED: &str = "default_limits: {cpu_quota: 20, cpu_weight: 50, memory_limit: 300}\n";

fn files(group: &Path) -> [String; 3] {
    ["cpu.max", "cpu.weight", "memory.max"].map(|file| cgroup::read(group, file))
}

#[test]
fn overwritten_limits_are_written_again_and_hold() {
    let test = "overwritten_limits_are_written_again_and_hold";
    if !need::service(test) || !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let service = Setup::new().config(&format!("{SCANS}{LIMITED}")).start();
    let actor = Actor::start(&stage.copy("ffmpeg"), "busy");
    let job = held(&service, &actor);
    let group = service.group(&job);
    let before = files(&group);
    for (file, text) in [("cpu.max", "max"), ("cpu.weight", "7000"), ("memory.max", "max")] {
        std::fs::write(group.join(file), text).expect("overwritten");
    }
    eventually("all of them stand again", || files(&group) == before);
    for said in [
        "cpu_quota of job JOB to \"max 100000\"; writing \"20000 100000\" again",
        "cpu_weight of job JOB to 7000; writing 50 again",
        "memory_limit of job JOB to max; writing 314572800 again",
    ] {
        service.wait_for(&said.replace("JOB", &job));
    }
    let expected = |[share]: [f64; 1]| share < 0.25;
    let shares = cpu::shares_as([actor.pid()], Duration::from_secs(3), expected);
    assert!(expected(shares), "{shares:?}");
    // Reloads and what the kernel rounds are nobody's doing.
    service.reload(&format!("{SCANS}default_limits: {{cpu_quota: 30, memory_limit: 0.0005MiB}}\n"));
    service.reload(&format!("{SCANS}default_limits: {{cpu_quota: 31, memory_limit: \"100000001B\"}}\n"));
    let_scans_pass(&service);
    assert_eq!(service.count("Drift:"), 3, "{:?}", service.said());
}

#[test]
fn overwritten_limits_are_left_and_a_fight_ends_in_one_line() {
    let test = "overwritten_limits_are_left_and_a_fight_ends_in_one_line";
    if !need::service(test) || !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let ffmpeg = stage.copy("ffmpeg");
    let service = Setup::new().config(&format!("{LEAVE}{LIMITED}")).start();
    let actor = Actor::start(&ffmpeg, "sleep");
    let group = service.group(&held(&service, &actor));
    std::fs::write(group.join("cpu.max"), "50000 100000").expect("overwritten");
    service.wait_for("left so (cgroup.on_drift: leave)");
    let_scans_pass(&service);
    assert_eq!((files(&group)[0].as_str(), service.count("Drift:")), ("50000 100000", 1));

    service.reload(&format!("{SCANS}{LIMITED}"));
    eventually("the other policy puts it right", || files(&group)[0] == "20000 100000");
    eventually("the fight is told of", || {
        if files(&group)[0] == "20000 100000" {
            std::fs::write(group.join("cpu.max"), "50000 100000").expect("overwritten");
        }
        service.count("somebody keeps doing so") > 0
    });
    let said = service.count("Drift:");
    let_scans_pass(&service);
    assert_eq!(service.count("Drift:"), said, "{:?}", service.said());
}
