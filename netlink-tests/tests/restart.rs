//! The service comes and goes, its jobs stay: what is governed runs on under its limits while nobody looks after it, and
//! the next start takes it over as it is, with the state file or without.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::actor::children_of;
use netlink_tests::bench::{
    Actor, Service, Setup, Stage, both_ways, cgroup, eventually, has_controllers, turn,
};
use netlink_tests::need;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

const LIMITS: &str = "default_limits: {cpu_quota: 20, cpu_weight: 50, memory_limit: 300}";

/// A group made anew under the same name has another number.
fn number(group: &Path) -> u64 {
    std::fs::metadata(group).unwrap_or_else(|e| panic!("{}: {e}", group.display())).ino()
}

fn members(group: &Path) -> Vec<u32> {
    let mut pids: Vec<u32> =
        cgroup::read(group, "cgroup.procs").lines().map(|pid| pid.parse().unwrap()).collect();
    pids.sort_unstable();
    pids
}

fn is_limited(group: &Path) {
    if has_controllers() {
        for (file, text) in
            [("cpu.max", "20000 100000"), ("cpu.weight", "50"), ("memory.max", &(300 << 20).to_string())]
        {
            assert_eq!(cgroup::read(group, file), text, "{file}");
        }
    }
}

/// The quota still holds somebody back.
fn is_throttled(group: &Path) {
    if has_controllers() {
        let times = || cgroup::counter(group, "cpu.stat", "nr_throttled");
        let so_far = times();
        eventually("it is throttled again", || times() > so_far);
    }
}

/// Nobody was moved and nothing was found that was not known.
fn took_over(service: &Service, jobs: &[&String]) {
    for job in jobs {
        assert_eq!(service.count(&format!("(job {job}): an earlier run attached it")), 1, "{job}");
    }
    for never in ["Attach", "Discovered", "already tracked", "joined job", "Released", "Limits of job"] {
        assert_eq!(service.count(never), 0, "{never}: {:?}", service.said());
    }
}

#[test]
fn jobs_outlive_the_service_and_are_taken_over_as_they_are() {
    both_ways("jobs_outlive_the_service_and_are_taken_over_as_they_are", |start| {
        let mut service = start(LIMITS);
        let stage = Stage::new();
        let ffmpeg = stage.copy("ffmpeg");
        let (mut single, mut family) =
            (Actor::start(&ffmpeg, "busy"), Actor::start(&ffmpeg, "children 3 sleep"));
        let jobs = [single.caught_as("ffmpeg"), family.caught_as("ffmpeg")];
        let groups = [service.group(&jobs[0]), service.group(&jobs[1])];
        eventually("all of the family is inside", || members(&groups[1]).len() == 4);
        let before = [number(&groups[0]), number(&groups[1])];
        let inside = [members(&groups[0]), members(&groups[1])];

        for (killed, stateless) in [(false, false), (true, false), (false, true), (true, true)] {
            if killed {
                service.kill();
            } else {
                assert!(service.stop().success());
            }
            assert!(single.is_running() && family.is_running());
            is_throttled(&groups[0]);
            service = if stateless { service.without_state() } else { service }.start_again();
            took_over(&service, &[&jobs[0], &jobs[1]]);
            for group in 0..2 {
                assert_eq!(number(&groups[group]), before[group], "the same group, not one of the same name");
                assert_eq!(members(&groups[group]), inside[group]);
                is_limited(&groups[group]);
            }
        }

        single.kill();
        service.wait_for(&format!("Process {} exited (job {}", single.pid(), jobs[0]));
        family.kill();
        eventually("what was taken over ends like any other", || service.jobs().is_empty());
    });
}

#[test]
fn a_child_keeps_the_job_of_a_main_process_that_ended_while_nobody_looked() {
    both_ways("a_child_keeps_the_job_of_a_main_process_that_ended_while_nobody_looked", |start| {
        for stateless in [false, true] {
            let mut service = start(LIMITS);
            let stage = Stage::new();
            let mut actor = Actor::start(&stage.copy("ffmpeg"), "children 1 sleep");
            let job = actor.caught_as("ffmpeg");
            let group = service.group(&job);
            eventually("its child is inside", || members(&group).len() == 2);
            let (child, before) = (children_of(actor.pid())[0], number(&group));
            service.kill();
            actor.kill_alone();

            let service = if stateless { service.without_state() } else { service }.start_again();
            took_over(&service, &[&job]);
            // Looked at again it is a process with a target's name and no parent: it is a member all the same.
            service.reload(&format!("scan_interval: 100ms\n{LIMITS}"));
            service.wait_for("Configuration reloaded");
            service.wait_for_nth("Scan complete", service.count("Scan complete") + 2);
            assert_eq!((members(&group), number(&group)), (vec![child], before));
            assert_eq!(service.jobs(), std::slice::from_ref(&job));
            took_over(&service, &[&job]);
            is_limited(&group);
            actor.kill();
            service.wait_for(&format!("Job {job} ended"));
            eventually("its group is gone with it", || service.jobs().is_empty());
        }
    });
}

#[test]
fn what_ended_or_began_while_nobody_looked_is_made_good_for() {
    both_ways("what_ended_or_began_while_nobody_looked_is_made_good_for", |start| {
        for stateless in [false, true] {
            let mut service = start(LIMITS);
            let stage = Stage::new();
            let ffmpeg = stage.copy("ffmpeg");
            let mut ending = Actor::start(&ffmpeg, "sleep");
            let lasting = Actor::start(&ffmpeg, "sleep");
            let (ended, kept) = (ending.caught_as("ffmpeg"), lasting.caught_as("ffmpeg"));
            assert!(service.stop().success());
            ending.kill();
            let newcomer = Actor::start(&ffmpeg, "children 1 sleep");
            assert!(service.group(&ended).exists(), "nobody was there to remove it");

            let service = if stateless { service.without_state() } else { service }.start_again();
            // Being ready means that what was there is governed.
            let begun = format!("auto-ffmpeg-{}", newcomer.pid());
            assert_eq!(newcomer.job(), Some(begun.clone()));
            let mut standing = service.jobs();
            standing.sort();
            let mut expected = [kept, begun];
            expected.sort();
            assert_eq!(standing, expected);
            // It is told a little after it is so.
            service.wait_for("Attached PID");
            assert_eq!(service.count("Attached PID"), 1, "{:?}", service.said());
            assert_eq!(members(&service.group(&newcomer.job().unwrap())).len(), 2);
        }
    });
}

#[test]
fn on_stop_release_puts_everybody_back_and_leaves_no_group() {
    both_ways("on_stop_release_puts_everybody_back_and_leaves_no_group", |start| {
        let home = cgroup::Home::new("release");
        let stage = Stage::new();
        let ffmpeg = stage.copy("ffmpeg");
        let actors = [home.start(&ffmpeg, "children 2 sleep"), home.start(&ffmpeg, "sleep")];
        let mut service = start("cgroup: {on_stop: release}");
        let jobs: Vec<String> = actors.iter().map(|actor| actor.caught_as("ffmpeg")).collect();
        eventually("all of the family is inside", || members(&service.group(&jobs[0])).len() == 3);

        assert!(service.stop().success());
        let mut everybody = children_of(actors[0].pid());
        everybody.extend(actors.iter().map(Actor::pid));
        for pid in everybody {
            assert_eq!(cgroup::of(pid), Some(home.shown()), "{pid}");
        }
        assert_eq!(service.jobs(), [""; 0]);
        assert_eq!(service.count("Released job"), 2);
        assert_eq!(service.count("Attached PID"), 2, "released is not found again: {:?}", service.said());
        assert_eq!(service.said().last().unwrap(), "[watch] Service stopped gracefully");

        // And one that was released is a target like any other.
        let mut service = service.start_again();
        actors.iter().for_each(|actor| drop(actor.caught_as("ffmpeg")));
        assert!(service.stop().success());
    });
}

#[test]
fn it_stops_in_order() {
    let test = "it_stops_in_order";
    if !need::service(test) {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    for signal in [nix::sys::signal::Signal::SIGTERM, nix::sys::signal::Signal::SIGINT] {
        let mut service = Setup::new().start();
        actor.caught_as("ffmpeg");
        service.signal(signal);
        assert_eq!(service.ended().code(), Some(0));
        let said = service.said();
        assert_eq!(said.last().unwrap(), "[watch] Service stopped gracefully");
        let at = |sentence: &str| said.iter().rposition(|line| line == sentence).expect(sentence);
        let stopping = at(&format!("[watch] Stopping: {}", signal.as_str()));
        assert!(stopping < at("[watch] State saved"), "{said:?}");
    }
}

/// The moment between taking a process and having it: the service is told to stop while its governor is at work.
#[test]
fn what_is_being_attached_when_it_stops_is_put_back_too() {
    let test = "what_is_being_attached_when_it_stops_is_put_back_too";
    if !need::service(test) || !need::have(test, "strace", Path::new("/usr/bin/strace").exists()) {
        return;
    }
    let _turn = turn();
    // Where strace must ask for the protocol of a socket, each event that is received has the kernel start a modprobe, of which
    // there are events: a storm that grows while it is heard, and stops no scan.
    let slow = ["strace", "-f", "-o", "/dev/null", "-e", "inject=fsetxattr:delay_enter=700000"];
    let mut service = Setup::new().config("cgroup: {on_stop: release}").under(&slow).start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let home = cgroup::of(actor.pid());
    service.wait_for(&format!("Attaching to PID {}", actor.pid()));
    assert!(service.stop().success());
    assert_eq!(service.count("Attached PID"), 1, "it came too early or too late: {:?}", service.said());
    assert_eq!((cgroup::of(actor.pid()), service.jobs()), (home, vec![]));
}
