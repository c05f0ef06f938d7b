//! Scans: what they find, what they leave alone, and what they say.

use super::governor::failure;
use super::host::SHELL;
use super::policies::{SCAN_INTERVAL, usual};
use super::sim::Sim;
use crate::config::policy::Policy;
use crate::model::record::{Record, ScanSummary, Step};

pub(super) fn summaries(sim: &Sim) -> Vec<ScanSummary> {
    let summary = |record: &Record| match record {
        Record::ScanComplete(summary) => Some(*summary),
        _ => None,
    };
    sim.records.iter().filter_map(summary).collect()
}

#[test]
fn a_scan_says_what_it_found_and_a_steady_one_opens_nothing_that_is_known() {
    let mut sim = Sim::new(usual());
    (0..3).for_each(|_| _ = sim.spawn(SHELL, "ffmpeg"));
    sim.start();
    sim.settle();
    let first = summaries(&sim)[0];
    assert_eq!((first.full, first.new, first.found), (true, 3, sim.host.procs.len()));
    sim.sighted.clear();
    sim.looked.clear();
    sim.run(SCAN_INTERVAL);
    let second = summaries(&sim)[1];
    assert_eq!((second.full, second.new, second.tracked, second.found), (false, 0, 3, sim.host.procs.len()));
    assert_eq!((sim.sighted.len(), sim.looked.len()), (0, 0));
}

#[test]
fn a_full_scan_that_failed_is_owed_until_one_succeeds() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("bash");
    sim.host.queue.losing = true;
    sim.host.exec(pid, "ffmpeg"); // nobody hears of it
    sim.refuse_scans.extend([failure(Step::Proc, 24), failure(Step::Proc, 24)]);
    sim.settle();
    sim.assert_free(pid);
    assert_eq!(sim.said(|r| matches!(r, Record::ScanFailed { .. })), 1, "not tried again at once");
    sim.run(SCAN_INTERVAL * 2);
    sim.assert_own_job(pid, "ffmpeg");
    assert_eq!(sim.said(|r| matches!(r, Record::ScanFailed { .. })), 2);
}

#[test]
fn a_summary_is_not_held_back_for_ever_by_a_stuck_read() {
    let mut sim = Sim::new(usual());
    sim.hold.names = true;
    sim.start();
    sim.settle();
    assert_eq!(summaries(&sim).len(), 0);
    let said_by = sim.engine.next_deadline().expect("it waits").0 - sim.host.now;
    assert!(said_by <= 2_000_000_000, "{said_by}");
    sim.run(std::time::Duration::from_secs(3));
    assert_eq!(summaries(&sim).len(), 1);
}

#[test]
fn an_exec_that_a_scan_saw_while_the_name_before_was_being_read_is_not_overlooked() {
    let mut sim = Sim::running(usual());
    sim.hold.names = true;
    let pid = sim.start_program("bash");
    sim.host.queue.losing = true;
    sim.host.exec_as(pid, "ffmpeg", Some("x"), "x");
    sim.settle();
    sim.hold.names = false;
    sim.settle();
    sim.assert_own_job(pid, "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn a_zombie_is_not_counted_among_the_processes() {
    let mut sim = Sim::running(Policy { poll_only: true, ..usual() });
    let pid = sim.start_program("bash");
    sim.run(SCAN_INTERVAL);
    sim.host.die(pid);
    sim.run(SCAN_INTERVAL);
    let found: Vec<usize> = summaries(&sim).iter().map(|summary| summary.found).collect();
    assert_eq!(found, [sim.host.procs.len(), sim.host.procs.len() - 1]);
}

#[test]
fn a_thousand_scans_over_a_thousand_jobs_attach_nothing_twice() {
    for poll_only in [true, false] {
        let mut sim = Sim::running(Policy { poll_only, ..usual() });
        (0..1000).for_each(|_| _ = sim.spawn(SHELL, "ffmpeg"));
        let (mut scans, mut failed) = (0, 0);
        while scans < 1000 {
            sim.run(SCAN_INTERVAL);
            scans += summaries(&sim).len();
            failed += sim.said(|r| matches!(r, Record::ScanFailed { .. } | Record::AttachFailed { .. }));
            sim.forget_what_was();
        }
        assert_eq!((sim.governor.attaches, failed), (1000, 0));
        sim.assert_consistent();
    }
}
