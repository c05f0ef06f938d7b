//! Clocks that jump: a service that stood still for ten minutes, a machine that slept, a wall clock that was set. Nothing
//! is lost by it, and nothing that fell due meanwhile comes more than once.

use super::governor::failure;
use super::host::SHELL;
use super::policies::{SCAN_INTERVAL, filtered, usual};
use super::scanning::summaries;
use super::sim::Sim;
use crate::config::policy::{Filters, Policy};
use crate::model::record::{Record, SourceRecord, Step};
use std::time::Duration;

const GAP: Duration = Duration::from_secs(600);
const HOUR: i64 = 3_600_000_000_000;

fn young_ones_wait(min_runtime: Duration) -> Policy {
    filtered(Filters { min_runtime: Some(min_runtime), ..Filters::default() })
}

/// What a whole life of the service tells: a start, targets, a wait, a failure, a loss, ends.
fn told_when_the_wall_clock_is_set_by(step: i64) -> Vec<String> {
    let mut sim = Sim::running(young_ones_wait(Duration::from_secs(5)));
    let first = sim.start_program("ffmpeg");
    sim.governor.refuse_attach.push_back(failure(Step::Move, 19));
    sim.run(Duration::from_secs(3));
    sim.host.wall_set_by = step;
    sim.run(Duration::from_secs(30));
    let second = sim.start_program("ffmpeg");
    sim.host.queue.losing = true;
    sim.host.exit(first);
    sim.run(Duration::from_secs(60));
    sim.host.exit(second);
    sim.run(Duration::from_secs(60));
    sim.assert_consistent();
    sim.records.iter().map(|record| format!("{record:?}")).collect()
}

#[test]
fn a_wall_clock_that_is_set_changes_nothing() {
    let told = told_when_the_wall_clock_is_set_by(0);
    for kind in ["Waiting", "AttachFailed", "Attached", "Overrun", "Recovered", "Exited", "JobEnded"] {
        assert!(told.iter().any(|record| record.contains(kind)), "{kind} is not in it: {told:#?}");
    }
    for step in [HOUR, -HOUR] {
        assert_eq!(told_when_the_wall_clock_is_set_by(step), told);
    }
}

#[test]
fn after_a_gap_of_ten_minutes_each_thing_due_is_done_once() {
    let mut sim = Sim::running(young_ones_wait(Duration::from_secs(60)));
    let held = sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(61));
    let (ripening, ends) = (sim.start_program("ffmpeg"), sim.start_program("ffmpeg"));
    sim.records.clear();
    sim.saved.clear();
    // Nobody runs the loop; events gather.
    sim.host.now += GAP.as_nanos() as u64 / 2;
    let started = sim.spawn(SHELL, "ffmpeg");
    [ends, held].into_iter().for_each(|pid| sim.host.exit(pid));
    sim.host.now += GAP.as_nanos() as u64 / 2;
    sim.settle();
    sim.assert_own_job(ripening, "ffmpeg");
    sim.assert_own_job(started, "ffmpeg");
    assert_eq!(sim.said(|r| matches!(r, Record::Exited { .. })), 1);
    assert_eq!(sim.said(|r| matches!(r, Record::Source(_))), 0, "late is not lost");
    assert_eq!((summaries(&sim).len(), sim.saved.len()), (1, 1), "sixty scans and twenty saves fell due");
    sim.run(SCAN_INTERVAL * 6);
    assert_eq!(summaries(&sim).len(), 7);
    sim.assert_consistent();
}

#[test]
fn after_a_gap_with_a_loss_in_it_no_storm_of_scans_follows() {
    let mut sim = Sim::running(usual());
    sim.host.queue.losing = true;
    let started: Vec<u32> = (0..20).map(|_| sim.spawn(SHELL, "ffmpeg")).collect();
    sim.host.now += GAP.as_nanos() as u64;
    sim.settle();
    sim.run(Duration::from_secs(1));
    started.into_iter().for_each(|pid| sim.assert_own_job(pid, "ffmpeg"));
    // The periodic one was due, too, before the new socket was live.
    assert!(summaries(&sim).len() <= 2, "{:?}", summaries(&sim));
    assert_eq!(sim.said(|r| matches!(r, Record::Source(SourceRecord::Recovered))), 1);
    sim.assert_consistent();
}

#[test]
fn a_target_that_ripens_while_the_machine_sleeps_is_taken_when_it_wakes() {
    let mut sim = Sim::running(young_ones_wait(Duration::from_secs(300)));
    let pid = sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(1));
    sim.sleep(GAP);
    sim.settle();
    sim.assert_own_job(pid, "ffmpeg");
    assert_eq!(sim.said(|r| matches!(r, Record::Slept { .. })), 1);
    assert_eq!(sim.said(|r| matches!(r, Record::Source(_))), 0);
    sim.assert_consistent();
}

#[test]
fn a_short_sleep_brings_nothing_forward_by_more_than_itself() {
    let mut sim = Sim::running(young_ones_wait(Duration::from_secs(300)));
    let pid = sim.start_program("ffmpeg");
    sim.sleep(Duration::from_secs(200));
    sim.run(Duration::from_secs(90));
    sim.assert_free(pid);
    sim.run(Duration::from_secs(11));
    sim.assert_own_job(pid, "ffmpeg");
    let born_after = sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(301));
    sim.assert_own_job(born_after, "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn a_child_born_before_a_sleep_is_known_after_it() {
    // One was moved out by somebody else, the other had not been moved in yet.
    for stolen in [true, false] {
        let mut sim = Sim::running(usual());
        let main = sim.start_program("ffmpeg");
        sim.hold.governor = !stolen;
        let child = if stolen { sim.host.fork(main) } else { orphan_of(&mut sim, main) };
        sim.settle();
        if stolen {
            sim.governor.steal(child, "/somebody-elses", &mut sim.host);
        }
        sim.sleep(GAP);
        sim.hold.governor = false;
        sim.run(SCAN_INTERVAL * 2);
        assert_eq!(sim.job_of(child), sim.job_of(main));
        sim.assert_consistent();
    }
}

#[test]
fn a_child_born_before_a_sleep_is_taken_along_after_it() {
    let mut sim = Sim::running(usual());
    let parent = sim.start_program("bash");
    let between = sim.host.fork(parent);
    let orphan = sim.host.fork(between);
    sim.settle();
    sim.sleep(GAP);
    sim.hold.governor = true;
    sim.host.exec(parent, "ffmpeg");
    sim.settle();
    sim.host.exit(between); // the governor will not find the way from one to the other
    sim.settle();
    sim.hold.governor = false;
    sim.run(SCAN_INTERVAL * 2);
    assert!(sim.is_governed(parent));
    assert_eq!(sim.job_of(orphan), sim.job_of(parent));
    sim.assert_consistent();
}

/// Forked of a child that had left its parent's job and ended: nobody has read it, and it sits elsewhere.
fn orphan_of(sim: &mut Sim, main: u32) -> u32 {
    let between = sim.host.fork(main);
    sim.host.move_to(between, "/user.slice");
    let orphan = sim.host.fork(between);
    sim.host.exit(between);
    orphan
}
