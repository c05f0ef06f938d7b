//! Events that never come: lost, ended, or impossible from the start. Scans make good for them.

use super::host::SHELL;
use super::policies::{SCAN_INTERVAL, usual};
use super::sim::Sim;
use crate::config::policy::Policy;
use crate::engine::input::SourceRefusal;
use crate::model::record::{Record, SourceRecord};
use std::time::Duration;

/// Loses what happens in `lost`, and lets the loss be noticed and made good for.
fn lose(sim: &mut Sim, lost: impl FnOnce(&mut Sim)) {
    sim.host.queue.losing = true;
    lost(sim);
    sim.run(Duration::from_secs(1));
}

#[test]
fn a_start_an_exec_and_an_end_that_were_lost_are_found_at_once() {
    let mut sim = Sim::running(usual());
    let (waits, ends) = (sim.start_program("bash"), sim.start_program("sleep"));
    let governed = sim.start_program("ffmpeg");
    let mut started = 0;
    lose(&mut sim, |sim| {
        started = sim.spawn(SHELL, "ffmpeg");
        sim.host.exec(waits, "ffmpeg");
        sim.host.exit(ends);
        sim.host.exit(governed);
    });
    sim.assert_own_job(started, "ffmpeg");
    sim.assert_own_job(waits, "ffmpeg");
    assert_eq!(sim.said(|r| matches!(r, Record::Source(SourceRecord::Overrun { total: 1 }))), 1);
    assert_eq!(sim.said(|r| matches!(r, Record::Source(SourceRecord::Recovered))), 1);
    assert!(!sim.engine.knows(super::pid(ends)));
    sim.assert_consistent();
}

#[test]
fn a_change_of_user_that_was_lost_is_found() {
    use crate::config::policy::Filters;
    let mut sim =
        Sim::running(super::policies::filtered(Filters { blocked_uids: [13].into(), ..Filters::default() }));
    let pid = sim.start_program("ffmpeg");
    lose(&mut sim, |sim| sim.host.set_user(pid, 13));
    sim.assert_free(pid);
    lose(&mut sim, |sim| sim.host.set_user(pid, 7));
    sim.assert_own_job(pid, "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn a_pid_that_came_back_unheard_of_is_another_process() {
    let mut sim = Sim::running(usual());
    let (a, b) = (sim.start_program("ffmpeg"), sim.start_program("ls"));
    lose(&mut sim, |sim| {
        for (pid, name) in [(a, "ls"), (b, "ffmpeg")] {
            sim.host.exit(pid);
            sim.host.next_fork_gets(pid);
            sim.host.fork(SHELL);
            sim.host.exec(pid, name);
        }
    });
    sim.assert_free(a);
    sim.assert_own_job(b, "ffmpeg");
    assert_eq!(sim.said(|r| matches!(r, Record::JobEnded { .. })), 1);
    sim.assert_consistent();
}

#[test]
fn a_kernel_that_sends_nothing_means_polling_and_polling_finds_the_same() {
    let refused = SourceRefusal { why: "no network namespace of ours".into(), may_heal: false };
    for refusal in [Some(refused), None] {
        let mut sim = Sim::new(usual());
        sim.host.queue.deaf = refusal.is_none();
        sim.refuse_source = refusal;
        sim.start();
        sim.run(SCAN_INTERVAL);
        assert_eq!(sim.said(|r| matches!(r, Record::Source(SourceRecord::Polling { chosen: false, .. }))), 1);
        assert_eq!(sim.notices.len(), 1);
        let main = sim.start_program("ffmpeg");
        let child = sim.spawn(main, "sleep");
        sim.run(SCAN_INTERVAL);
        sim.assert_own_job(main, "ffmpeg");
        assert_eq!(sim.job_of(child), sim.job_of(main));
        sim.host.exec(child, "ffmpeg");
        sim.host.exit(main);
        sim.run(SCAN_INTERVAL);
        assert_eq!(sim.said(|r| matches!(r, Record::Exited { .. })), 1);
        assert_eq!(sim.governor.attaches, 1);
        sim.host.exit(child);
        sim.run(SCAN_INTERVAL);
        assert!(sim.governor.groups.is_empty());
        sim.assert_consistent();
    }
}

#[test]
fn polling_looks_again_at_what_execs_and_what_waits() {
    let mut sim = Sim::running(Policy { poll_only: true, ..usual() });
    let pid = sim.start_program("bash");
    sim.run(SCAN_INTERVAL);
    sim.host.exec_as(pid, "bash", Some("/usr/bin/ffmpeg"), "bash"); // only the stack tells
    sim.run(SCAN_INTERVAL);
    sim.assert_own_job(pid, "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn a_process_that_could_not_be_read_is_met_again() {
    let mut sim = Sim::running(usual());
    sim.hold.looks = true;
    let pid = sim.start_program("ffmpeg");
    sim.host.proc(pid).unreadable = true;
    sim.hold.looks = false;
    sim.settle();
    sim.host.proc(pid).unreadable = false;
    sim.run(SCAN_INTERVAL + Duration::from_secs(1));
    sim.assert_own_job(pid, "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn what_the_scan_after_a_loss_could_not_read_the_next_one_reads() {
    use crate::config::policy::Filters;
    let mut sim =
        Sim::running(super::policies::filtered(Filters { blocked_uids: [13].into(), ..Filters::default() }));
    let pid = sim.start_program("ffmpeg");
    lose(&mut sim, |sim| {
        sim.host.set_user(pid, 13);
        sim.host.proc(pid).unreadable = true;
    });
    sim.host.proc(pid).unreadable = false;
    sim.run(SCAN_INTERVAL);
    sim.assert_free(pid);
    sim.sighted.clear();
    sim.run(SCAN_INTERVAL);
    assert!(sim.sighted.is_empty(), "once is enough: {:?}", sim.sighted);
    sim.assert_consistent();
}

#[test]
fn a_member_that_could_not_be_read_stays_one() {
    let mut sim = Sim::running(Policy { poll_only: true, ..usual() });
    let main = sim.spawn(SHELL, "ffmpeg");
    let child = sim.spawn(main, "sleep");
    sim.run(SCAN_INTERVAL);
    sim.host.exit(main);
    sim.host.proc(child).unreadable = true;
    sim.run(SCAN_INTERVAL);
    sim.host.proc(child).unreadable = false;
    sim.run(SCAN_INTERVAL);
    sim.assert_consistent();
}

#[test]
fn the_lost_exec_of_a_process_that_nobody_had_read_yet_is_found() {
    let mut sim = Sim::running(usual());
    let pid = sim.host.fork(SHELL);
    sim.settle(); // a plain child of a plain parent: not looked at
    lose(&mut sim, |sim| sim.host.exec_as(pid, "bash", Some("/usr/bin/ffmpeg"), "bash"));
    sim.assert_own_job(pid, "ffmpeg");
}

#[test]
fn a_lost_exec_that_the_scan_could_not_read_either_is_found_later() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("bash");
    sim.host.proc(pid).unreadable = true;
    lose(&mut sim, |sim| sim.host.exec(pid, "ffmpeg"));
    sim.assert_free(pid);
    sim.host.proc(pid).unreadable = false;
    sim.run(SCAN_INTERVAL);
    sim.assert_own_job(pid, "ffmpeg");
    sim.assert_consistent();
}
