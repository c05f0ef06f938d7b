//! Attachments that fail: tried again, given up, or never tried again; and what ends meanwhile.

use super::governor::failure;
use super::host::SHELL;
use super::policies::usual;
use super::sim::Sim;
use crate::config::policy::Policy;
use crate::model::record::{Record, Step};
use std::time::Duration;

fn waits(sim: &Sim) -> Vec<Option<u64>> {
    let wait = |record: &Record| match record {
        Record::AttachFailed { retry_in, .. } => Some(retry_in.map(|wait| wait.as_secs())),
        _ => None,
    };
    sim.records.iter().filter_map(wait).collect()
}

#[test]
fn what_may_pass_is_tried_again_after_one_second_and_two_and_then_given_up() {
    for failed in 1..=3 {
        let mut sim = Sim::running(usual());
        sim.governor.refuse_attach.extend((0..failed).map(|_| failure(Step::Move, 19)));
        let pid = sim.start_program("ffmpeg");
        sim.run(Duration::from_millis(999));
        assert_eq!(sim.governor.attaches, 1);
        sim.run(Duration::from_millis(101));
        assert_eq!(sim.governor.attaches, 2);
        sim.run(Duration::from_secs(600));
        assert_eq!(waits(&sim), [Some(1), Some(2), None][..failed]);
        assert_eq!((sim.is_governed(pid), sim.governor.attaches), (failed < 3, failed.min(2) + 1));
        sim.assert_consistent();
    }
}

#[test]
fn what_cannot_pass_is_never_tried_again() {
    for (step, errno) in [(Step::Move, 16), (Step::Move, 95), (Step::Mkdir, 30), (Step::Pidfd, 22)] {
        let mut sim = Sim::running(usual());
        sim.governor.refuse_attach.push_back(failure(step, errno));
        let pid = sim.start_program("ffmpeg");
        sim.run(Duration::from_secs(600));
        sim.assert_free(pid);
        assert_eq!((waits(&sim), sim.governor.attaches), (vec![None], 1));
        sim.assert_consistent();
    }
}

#[test]
fn without_retry_once_is_enough() {
    let mut sim = Sim::running(Policy { retry: None, ..usual() });
    sim.governor.refuse_attach.push_back(failure(Step::Move, 19));
    sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(600));
    assert_eq!((waits(&sim), sim.governor.attaches), (vec![None], 1));
}

#[test]
fn a_process_that_ended_is_dropped_at_once() {
    let mut sim = Sim::running(usual());
    sim.governor.refuse_attach.push_back(failure(Step::Move, 19));
    let pid = sim.start_program("ffmpeg");
    sim.host.exit(pid);
    sim.settle();
    assert_eq!(sim.said(|r| matches!(r, Record::Vanished { .. })), 1);
    sim.assert_consistent();
    sim.run(Duration::from_secs(60));
    assert_eq!(sim.governor.attaches, 1);
}

#[test]
fn a_process_that_ends_before_the_move_is_no_failure() {
    for reaped in [false, true] {
        let mut sim = Sim::running(usual());
        sim.hold.governor = true;
        let pid = sim.start_program("ffmpeg");
        sim.host.die(pid);
        if reaped {
            sim.host.reap(pid);
        }
        sim.hold.governor = false;
        sim.run(Duration::from_secs(20));
        assert_eq!(sim.said(|r| matches!(r, Record::Vanished { .. })), 1);
        assert_eq!(sim.said(|r| matches!(r, Record::AttachFailed { .. })), 0);
        sim.assert_consistent();
    }
}

#[test]
fn a_container_is_left_and_that_is_said_once() {
    let mut sim = Sim::running(usual());
    let pid = sim.host.fork(SHELL);
    sim.host.move_to(pid, "/docker-1234.scope");
    sim.host.exec(pid, "ffmpeg");
    sim.run(Duration::from_secs(60));
    sim.assert_free(pid);
    assert_eq!(sim.said(|r| matches!(r, Record::Left { .. })), 1);
    sim.assert_consistent();
}

#[test]
fn one_that_was_moved_although_the_first_try_failed_is_held() {
    let mut sim = Sim::running(usual());
    sim.governor.refuse_attach.push_back(failure(Step::Verify, 0));
    let pid = sim.start_program("ffmpeg");
    sim.governor.adrift(pid, "ffmpeg", &mut sim.host);
    sim.run(Duration::from_secs(5));
    sim.assert_own_job(pid, "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn a_descendant_that_cannot_be_moved_is_tried_again() {
    let mut sim = Sim::running(usual());
    sim.hold.governor = true;
    let main = sim.start_program("ffmpeg");
    let middle = sim.host.fork(main);
    let orphan = sim.host.fork(middle);
    sim.host.exit(middle);
    sim.settle();
    sim.governor.refuse_join.push_back(failure(Step::Move, 19));
    sim.hold.governor = false;
    sim.settle();
    sim.assert_free(orphan);
    sim.run(Duration::from_secs(20));
    assert_eq!(sim.job_of(orphan), sim.job_of(main));
    sim.assert_consistent();
}
