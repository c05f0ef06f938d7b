//! Attachments that fail: tried again, given up, or never tried again; and what ends meanwhile.

use super::governor::failure;
use super::host::SHELL;
use super::policies::{filtered, policy, rule, usual};
use super::sim::Sim;
use crate::config::policy::{Filters, Policy};
use crate::model::failure::Step;
use crate::model::record::{Next, Record};
use std::time::Duration;

/// For each failure, the seconds until the next try.
fn waits(sim: &Sim) -> Vec<Option<u64>> {
    let wait = |record: &Record| match record {
        Record::AttachFailed { next: Next::In(wait), .. } => Some(Some(wait.as_secs())),
        Record::AttachFailed { .. } => Some(None),
        _ => None,
    };
    sim.records.iter().filter_map(wait).collect()
}

#[test]
fn what_may_pass_is_tried_again_after_one_second_and_two_and_four_and_then_given_up() {
    for failed in 1..=4 {
        let mut sim = Sim::running(usual());
        sim.governor.refuse_attach.extend((0..failed).map(|_| failure(Step::Move, 19)));
        let pid = sim.start_program("ffmpeg");
        sim.run(Duration::from_millis(999));
        assert_eq!(sim.governor.attaches, 1);
        sim.run(Duration::from_millis(101));
        assert_eq!(sim.governor.attaches, 2);
        sim.run(Duration::from_secs(600));
        assert_eq!(waits(&sim), [Some(1), Some(2), Some(4), None][..failed]);
        assert_eq!((sim.is_governed(pid), sim.governor.attaches), (failed < 4, failed.min(3) + 1));
        sim.assert_consistent();
    }
}

#[test]
fn what_cannot_pass_for_this_process_is_never_tried_again() {
    for (step, errno) in [(Step::Move, 22), (Step::Move, 13), (Step::Pidfd, 22), (Step::Proc, 13)] {
        let mut sim = Sim::running(usual());
        sim.governor.refuse_attach.push_back(failure(step, errno));
        let pid = sim.start_program("ffmpeg");
        sim.run(Duration::from_secs(600));
        sim.assert_free(pid);
        assert_eq!((waits(&sim), sim.governor.attaches), (vec![None], 1));
        assert_eq!(sim.said(|r| matches!(r, Record::GivenUp { tries: 1, .. })), 1);
        sim.assert_consistent();
    }
}

/// Two targets that were given up, with what they met.
fn given_up() -> (Sim, [u32; 2]) {
    let mut sim = Sim::running(usual());
    let pids = [(); 2].map(|()| {
        sim.governor.refuse_attach.push_back(failure(Step::Move, 22));
        sim.start_program("ffmpeg")
    });
    let letters: Vec<_> = sim.engine.letters.iter().collect();
    assert_eq!(letters.iter().map(|(who, _)| who.pid.0).collect::<Vec<_>>(), pids);
    assert_eq!(letters[0].1.tries.errors()[0].failure, failure(Step::Move, 22));
    (sim, pids)
}

#[test]
fn a_dead_letter_is_left_alone_until_a_reload() {
    let (mut sim, [first, ended]) = given_up();
    sim.run(Duration::from_secs(600));
    assert_eq!(sim.governor.attaches, 2);
    sim.host.exit(ended);
    sim.reload(usual());
    sim.assert_own_job(first, "ffmpeg");
    assert_eq!(sim.said(|r| matches!(r, Record::Revived { .. })), 1);
    assert_eq!(sim.engine.letters.iter().count(), 0, "nor does one stay of a process that ended");
    sim.assert_consistent();
}

#[test]
fn whether_it_is_still_wanted_is_asked_before_each_try() {
    let blocked = || Filters { blocked_uids: [13].into(), ..Filters::default() };
    let mut sim = Sim::running(filtered(blocked()));
    sim.governor.refuse_attach.push_back(failure(Step::Move, 19));
    let pid = sim.start_program("ffmpeg");
    sim.host.queue.losing = true; // nobody tells
    sim.host.set_user(pid, 13);
    sim.run(Duration::from_secs(5));
    sim.assert_free(pid);
    assert_eq!(sim.governor.attaches, 1);
    sim.assert_consistent();
}

#[test]
fn a_reload_while_it_waits_brings_the_new_limits_and_not_the_next_try() {
    let mut sim = Sim::running(usual());
    sim.governor.refuse_attach.push_back(failure(Step::Move, 19));
    let pid = sim.start_program("ffmpeg");
    let mut half = rule("ffmpeg", Filters::default());
    half.limits = super::policies::limits(50);
    let limits = half.limits.clone();
    sim.reload(policy(vec![half]));
    assert_eq!(sim.governor.attaches, 1);
    sim.run(Duration::from_secs(2));
    sim.assert_own_job(pid, "ffmpeg");
    assert_eq!(sim.governor.groups.values().next().unwrap().limits, limits);
    sim.assert_consistent();
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

/// And its job's main process.
fn with_an_orphan_that_cannot_be_moved() -> (Sim, u32, u32) {
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
    (sim, main, orphan)
}

#[test]
fn a_descendant_that_cannot_be_moved_is_tried_again() {
    let (mut sim, main, orphan) = with_an_orphan_that_cannot_be_moved();
    sim.assert_free(orphan);
    sim.run(Duration::from_secs(20));
    assert_eq!(sim.job_of(orphan), sim.job_of(main));
    sim.assert_consistent();
}

#[test]
fn what_became_of_it_is_told_after_the_discovery() {
    for errno in [19, 22] {
        let mut sim = Sim::running(usual());
        sim.hold.described = true;
        sim.governor.refuse_attach.push_back(failure(Step::Move, errno));
        sim.start_program("ffmpeg");
        sim.run(Duration::from_secs(5));
        assert_eq!(
            sim.records.iter().filter(|r| !matches!(r, Record::Scanning | Record::Health { .. })).count(),
            0
        );
        sim.hold.described = false;
        sim.settle();
        let told = |wanted: fn(&Record) -> bool| sim.records.iter().position(wanted);
        let discovered = told(|r| matches!(r, Record::Discovered { .. }));
        assert!(discovered.is_some() && discovered < told(|r| matches!(r, Record::AttachFailed { .. })));
        sim.assert_consistent();
    }
}

#[test]
fn who_ends_before_its_command_line_was_read_is_told_all_the_same() {
    let dry_run = Policy { dry_run: true, ..usual() };
    for (policy, refused, told) in [
        (usual(), false, vec!["Discovered", "Attaching", "Attached", "Exited", "JobEnded"]),
        (usual(), true, vec!["Discovered", "Attaching", "Vanished"]),
        (dry_run, false, vec!["Discovered", "WouldAttach", "Exited"]),
    ] {
        let mut sim = Sim::running(policy);
        if refused {
            sim.governor.refuse_attach.push_back(failure(Step::Mkdir, 30));
            sim.start_program("ffmpeg"); // from here on all attaching is paused
        }
        sim.records.clear();
        sim.hold.described = true;
        let pid = sim.start_program("ffmpeg");
        sim.host.exit(pid);
        sim.settle();
        sim.hold.described = false;
        sim.settle();
        let kinds: Vec<String> = sim.kinds().into_iter().filter(|kind| kind != "Found").collect();
        assert_eq!(kinds, told);
        sim.assert_consistent();
    }
}

#[test]
fn who_is_forked_of_one_that_could_not_be_moved_is_not_taken_to_be_inside() {
    let (mut sim, main, orphan) = with_an_orphan_that_cannot_be_moved();
    sim.run(Duration::from_secs(1));
    let child = sim.host.fork(orphan);
    sim.settle();
    assert_eq!(sim.job_of(child), sim.job_of(main), "moved at once, not by the next scan");
    sim.run(Duration::from_secs(20));
    assert_eq!(sim.job_of(orphan), sim.job_of(main));
    sim.assert_consistent();
}
