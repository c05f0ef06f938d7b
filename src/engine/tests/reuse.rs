//! Pids come back. At each point between an event and its consequence another process may have the pid.

use super::host::SHELL;
use super::policies::usual;
use super::sim::Sim;
use crate::engine::input::Input;
use crate::model::record::Record;
use std::time::Duration;

/// A program ends and its pid starts another one.
fn reuse(sim: &mut Sim, pid: u32, name: &str) {
    sim.host.exit(pid);
    sim.host.next_fork_gets(pid);
    assert_eq!(sim.spawn(SHELL, name), pid);
}

#[test]
fn between_the_exec_and_the_look() {
    for (first, second, taken) in [("ffmpeg", "ls", false), ("ls", "ffmpeg", true)] {
        let mut sim = Sim::running(usual());
        sim.hold.looks = true;
        let pid = sim.start_program(first);
        reuse(&mut sim, pid, second);
        sim.settle();
        sim.hold.looks = false;
        sim.settle();
        assert_eq!(sim.is_governed(pid), taken, "{first} {second}");
        sim.assert_consistent();
    }
}

#[test]
fn between_the_look_and_the_events_of_its_end() {
    for (first, second, taken) in [("ffmpeg", "ls", false), ("ls", "ffmpeg", true)] {
        let mut sim = Sim::running(usual());
        let pid = sim.spawn(SHELL, first);
        sim.settle();
        sim.hold.events = true;
        reuse(&mut sim, pid, second);
        sim.settle();
        sim.hold.events = false;
        sim.settle();
        assert_eq!(sim.is_governed(pid), taken, "{first} {second}");
        sim.assert_consistent();
    }
}

#[test]
fn between_a_reading_and_the_scan_that_brings_it() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ls");
    let read = sim.sight(pid).expect("it lives");
    reuse(&mut sim, pid, "ffmpeg");
    sim.settle();
    sim.assert_own_job(pid, "ffmpeg");
    let told = sim.records.len();
    sim.handle(Input::Scanned(read));
    sim.settle();
    sim.assert_own_job(pid, "ffmpeg");
    assert_eq!(sim.records[told..], [], "nothing has happened");
    sim.assert_consistent();
}

#[test]
fn between_the_look_and_the_name() {
    for (first, second, taken) in [("ffmpeg", "ls", false), ("ls", "ffmpeg", true)] {
        let mut sim = Sim::running(usual());
        sim.hold.names = true;
        let pid = sim.host.fork(SHELL);
        sim.host.exec_script(pid, first);
        sim.settle();
        sim.hold.events = true;
        sim.host.exit(pid);
        sim.host.next_fork_gets(pid);
        sim.host.fork(SHELL);
        sim.host.exec_script(pid, second);
        sim.hold.names = false;
        sim.settle();
        sim.hold.events = false;
        sim.settle();
        assert_eq!(sim.is_governed(pid), taken, "{first} {second}");
        sim.assert_consistent();
    }
}

#[test]
fn between_the_decision_and_the_attachment() {
    for second in ["ls", "ffmpeg"] {
        let mut sim = Sim::running(usual());
        sim.hold.governor = true;
        let pid = sim.start_program("ffmpeg");
        sim.hold.events = true;
        reuse(&mut sim, pid, second);
        sim.hold.governor = false;
        sim.settle();
        sim.hold.events = false;
        sim.settle();
        assert_eq!(sim.is_governed(pid), second == "ffmpeg");
        assert_eq!(sim.said(|r| matches!(r, Record::Attached { .. })), usize::from(second == "ffmpeg"));
        sim.assert_consistent();
    }
}

#[test]
fn between_the_check_and_the_move() {
    let mut sim = Sim::running(usual());
    sim.governor.before_move = Some(Box::new(|host| {
        let pid = *host.procs.keys().max().expect("it lives");
        host.exit(pid);
        host.next_fork_gets(pid);
        host.fork(SHELL);
        host.exec(pid, "ls");
    }));
    let pid = sim.start_program("ffmpeg");
    sim.assert_free(pid);
    assert_eq!(sim.said(|r| matches!(r, Record::Stranger { .. })), 1);
    sim.assert_consistent();
}

#[test]
fn while_events_are_lost_and_the_job_lives_on() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "sleep");
    sim.settle();
    // The end of the main process is not told before its pid is another's.
    sim.hold.exits = true;
    reuse(&mut sim, main, "ffmpeg");
    sim.settle();
    sim.hold.exits = false;
    sim.settle();
    let start = sim.host.procs[&main].start;
    assert_eq!(sim.job_of(child), Some(&*format!("auto-ffmpeg-{main}")));
    assert_eq!(sim.job_of(main), Some(&*format!("auto-ffmpeg-{main}-{start}")));
    sim.assert_consistent();
    sim.host.exit(child);
    sim.settle();
    assert_eq!(sim.said(|r| matches!(r, Record::JobEnded { .. })), 1);
    assert!(sim.is_governed(main));
    sim.assert_consistent();
}

#[test]
fn an_end_told_late_does_not_forget_the_next_owner_of_the_pid() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    sim.hold.exits = true;
    sim.host.exit(main);
    sim.host.next_fork_gets(main);
    sim.host.fork(SHELL);
    sim.settle(); // nobody has looked at it: a plain child of a plain parent
    sim.hold.exits = false;
    sim.settle();
    assert!(sim.engine.knows(super::pid(main)));
    sim.assert_consistent();
}

#[test]
fn a_look_that_finds_another_process_leaves_no_member_behind() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    sim.hold.events = true;
    sim.hold.exits = true;
    reuse(&mut sim, main, "ls");
    sim.reload(usual()); // looks at every job's main process
    assert!(sim.engine.jobs.iter().all(|job| job.members.is_empty()));
    (sim.hold.exits, sim.hold.events) = (false, false);
    sim.run(Duration::from_secs(1));
    sim.assert_consistent();
}
