//! Lives of processes as they are told to those who follow them.

use super::host::SHELL;
use super::policies::{policy, usual};
use super::sim::Sim;
use crate::config::policy::{Policy, ScannerPolicy};
use crate::model::lifecycle::What;
use crate::model::sample::CpuTime;
use crate::model::{Mono, Pid};
use std::time::Duration;

fn followed(policy: Policy) -> Sim {
    let mut sim = Sim::running(policy);
    sim.follow();
    sim
}

fn polling() -> Policy {
    Policy { poll_only: true, ..usual() }
}

/// What was told of a process, once all is quiet.
#[track_caller]
fn story(sim: &mut Sim, pid: u32) -> Vec<String> {
    sim.run(Duration::from_secs(30));
    sim.assert_followed();
    sim.follower.as_ref().expect("a follower").story(pid)
}

#[test]
fn a_life_is_told_from_the_fork_to_the_status_it_ended_with() {
    let mut sim = followed(usual());
    let pid = sim.host.fork(SHELL);
    sim.settle();
    sim.host.exec(pid, "ls");
    sim.settle();
    sim.host.now += 1_000_000;
    sim.host.exit_with(pid, 0x100);
    let told = story(&mut sim, pid);
    assert_eq!(told[..2], ["created", "program name"]);
    assert!(told[2].starts_with("terminated 256 after 1"), "{told:?}");
    assert_eq!(told.len(), 3);
}

#[test]
fn polling_tells_what_two_scans_differ_by() {
    let mut sim = followed(polling());
    let pid = sim.spawn(SHELL, "ls");
    sim.run(Duration::from_secs(11));
    sim.host.exec(pid, "env");
    sim.host.set_user(pid, 7);
    sim.run(Duration::from_secs(11));
    let between = sim.host.fork(SHELL);
    sim.host.exit(between);
    sim.host.exit(pid);
    let told = story(&mut sim, pid);
    assert_eq!((&told[..2], told.len()), (&["created".to_owned(), "program name user".to_owned()][..], 3));
    assert!(told[2].starts_with("terminated ? after 2"), "{told:?}");
    assert_eq!(story(&mut sim, between), [""; 0]);
}

#[test]
fn a_pid_that_comes_back_is_two_lives_also_where_the_end_of_the_first_is_not_told() {
    let reads_all = Policy { scanner: Some(ScannerPolicy::default()), ..usual() };
    for policy in [reads_all, polling()] {
        let mut sim = followed(policy);
        let pid = sim.spawn(SHELL, "ls");
        sim.run(Duration::from_secs(11));
        sim.hold.events = true;
        sim.host.exit(pid);
        sim.host.next_fork_gets(pid);
        assert_eq!(sim.spawn(SHELL, "env"), pid);
        sim.run(Duration::from_secs(11)); // a scan meets the second before an event tells of it
        sim.hold.events = false;
        let told = story(&mut sim, pid);
        let ends = told.iter().position(|word| word.starts_with("terminated")).expect("an end");
        assert_eq!(told[ends + 1..], ["created"], "{told:?}");
    }
}

#[test]
fn who_execs_from_a_thread_goes_on_as_the_process_it_was() {
    for name in ["env", "ffmpeg"] {
        let mut sim = followed(usual());
        let pid = sim.spawn(SHELL, "ls");
        sim.settle();
        sim.host.exec_from_thread(pid, name);
        let told = story(&mut sim, pid);
        assert_eq!(told[..3], ["created", "program name", "program name"]);
        assert!(!told.iter().any(|word| word.starts_with("terminated")), "{told:?}");
        sim.host.exec_from_thread(pid, "bash"); // a governed one is looked at as well
        assert_eq!(story(&mut sim, pid).last().map(String::as_str), Some("program name"));
    }
}

#[test]
fn a_process_ends_with_its_last_thread() {
    for scanned in [false, true] {
        let mut sim = followed(usual());
        let pid = sim.spawn(SHELL, "ls");
        sim.settle();
        sim.host.lose_first_thread(pid);
        sim.run(Duration::from_secs(if scanned { 30 } else { 3 }));
        let told = |sim: &Sim| sim.follower.as_ref().expect("a follower").story(pid).len();
        assert_eq!(told(&sim), 2, "it lives");
        sim.assert_followed();
        sim.host.vanish(pid);
        sim.run(Duration::from_secs(2));
        assert_eq!(told(&sim), 3);
        assert_eq!(story(&mut sim, pid).len(), 3, "and once is enough");
    }
}

#[test]
fn a_zombie_has_ended_with_the_status_that_an_event_tells_a_little_later() {
    let mut sim = followed(usual());
    sim.hold.looks = true;
    let pid = sim.spawn(SHELL, "ls");
    sim.settle();
    sim.hold.events = true;
    sim.host.exit_with(pid, 9);
    sim.hold.looks = false;
    sim.settle();
    sim.hold.events = false;
    sim.settle();
    let told = story(&mut sim, pid);
    assert_eq!((told.len(), &*told[1]), (3, "program"), "what it had become nobody knows: {told:?}");
    assert!(told[2].starts_with("terminated 9 "), "{told:?}");
}

#[test]
fn an_end_whose_event_was_lost_is_told_without_a_status() {
    let mut sim = followed(usual());
    let pid = sim.spawn(SHELL, "ls");
    sim.settle();
    sim.host.queue.losing = true;
    sim.host.exit(pid);
    sim.settle();
    sim.host.queue.losing = false;
    let told = story(&mut sim, pid);
    assert!(told[2].starts_with("terminated ? "), "{told:?}");
    assert_eq!(told.len(), 3);
}

#[test]
fn an_orphan_and_its_parent_end_each_for_itself() {
    let mut sim = followed(usual());
    let parent = sim.spawn(SHELL, "bash");
    let child = sim.spawn(parent, "ls");
    sim.settle();
    sim.host.exit(parent);
    assert_eq!((story(&mut sim, parent).len(), story(&mut sim, child).len()), (3, 2));
    sim.host.exit(child);
    assert_eq!(story(&mut sim, child).len(), 3);
}

#[test]
fn joining_and_leaving_a_job_is_told() {
    let mut sim = followed(usual());
    let pid = sim.start_program("ffmpeg");
    let child = sim.host.fork(pid);
    assert_eq!(story(&mut sim, pid), ["created", "program name", "governed"]);
    assert_eq!(story(&mut sim, child), ["created", "governed"]);
    sim.reload(policy(Vec::new()));
    assert_eq!(story(&mut sim, child), ["created", "governed", "governed"]);
    assert!(sim.engine.processes().iter().all(|process| !process.governed));
}

#[test]
fn what_a_main_process_ended_with_is_told_whoever_tells_first() {
    for late in [false, true] {
        let mut sim = followed(usual());
        let pid = sim.start_program("ffmpeg");
        let child = sim.host.fork(pid);
        sim.settle();
        sim.hold.events = late;
        sim.hold.exits = !late;
        sim.host.exit_with(pid, 0x4500);
        sim.settle();
        (sim.hold.events, sim.hold.exits) = (false, false);
        sim.settle();
        let told = sim.follower.as_ref().expect("a follower").story(pid);
        assert!(told[3].starts_with("terminated 17664 after "), "{told:?}");
        assert_eq!((story(&mut sim, pid).len(), sim.host.alive(child)), (4, true));
    }
}

#[test]
fn use_is_told_when_it_differs_noticeably_from_what_was_told_last() {
    let scanner = Some(ScannerPolicy { interval: Duration::from_secs(1), ..ScannerPolicy::default() });
    let mut sim = followed(Policy { scanner, ..usual() });
    let pid = sim.spawn(SHELL, "ls");
    let mut figures = Vec::new();
    for (cores, mib) in [(0.5, 100), (0.52, 101), (0.54, 104), (0.56, 109), (0.56, 111), (0.0, 111)] {
        let used = &mut sim.host.proc(pid).used;
        used.cpu = CpuTime(used.cpu.0 + (cores * 1e9) as u64);
        used.resident = mib << 20;
        sim.run(Duration::from_secs(1));
        let told = sim.follower.as_mut().expect("a follower").told.drain(..);
        figures.extend(told.filter(|change| change.process.pid == Pid(pid)).filter_map(|change| {
            let What::Updated(updated) = change.what else { return None };
            let hundredths = updated.cpu.map(|cores| (cores * 100.0).round());
            Some((hundredths, updated.memory.map(|bytes| bytes >> 20)))
        }));
    }
    figures.retain(|told| *told != (None, None));
    assert_eq!(figures, [(Some(50.0), Some(100)), (Some(56.0), None), (None, Some(111)), (Some(0.0), None)]);
}

#[test]
fn sleep_counts_as_life() {
    let mut sim = followed(usual());
    let pid = sim.host.fork(SHELL);
    sim.settle();
    sim.sleep(Duration::from_secs(3600));
    sim.host.exit(pid);
    sim.settle();
    let last = sim.follower.as_ref().and_then(|follower| follower.told.last()).expect("its end");
    let What::Terminated { lifetime: Some(lifetime), .. } = last.what else { panic!("{last:?}") };
    assert!(lifetime >= Duration::from_secs(3600) && lifetime < Duration::from_secs(3601), "{lifetime:?}");
    assert!(last.at > Mono::default());
}

#[test]
fn nothing_is_told_or_asked_while_nobody_wants_to_know() {
    let mut sim = Sim::running(usual());
    let pid = sim.spawn(SHELL, "ls");
    sim.settle();
    sim.sighted.clear();
    sim.host.exit(pid);
    sim.settle();
    assert!(sim.engine.next_deadline().is_some_and(|at| at.0 > sim.host.now + 1_000_000_000));
    sim.follow();
    sim.assert_followed();
}
