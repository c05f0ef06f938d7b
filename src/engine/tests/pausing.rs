//! Causes that every attachment on the host would meet: one line, one probe after each pause, and nobody forgotten.

use super::governor::failure;
use super::policies::usual;
use super::sim::Sim;
use crate::config::policy::Policy;
use crate::model::failure::Step;
use crate::model::record::{BreakerRecord, HostCause, Record};
use std::time::Duration;

const READ_ONLY: (Step, i32) = (Step::Mkdir, 30);
const FULL: (Step, i32) = (Step::Mkdir, 11);
const ALWAYS: usize = 10_000;

fn refusing((step, errno): (Step, i32)) -> Sim {
    let mut sim = Sim::running(usual());
    sim.governor.refuse_attach.extend((0..ALWAYS).map(|_| failure(step, errno)));
    sim
}

fn opened(sim: &Sim) -> usize {
    sim.said(|r| matches!(r, Record::Breaker(BreakerRecord::Opened { .. })))
}

#[test]
fn a_read_only_tree_is_probed_ever_more_seldom_and_said_once() {
    let mut sim = refusing(READ_ONLY);
    let pids: Vec<u32> = (0..50).map(|_| sim.start_program("ffmpeg")).collect();
    assert_eq!((sim.governor.attaches, opened(&sim)), (1, 1));
    sim.run(Duration::from_secs(29));
    assert_eq!(sim.governor.attaches, 1);
    sim.run(Duration::from_secs(2));
    assert_eq!(sim.governor.attaches, 2);
    sim.run(Duration::from_secs(3600));
    let probes = sim.governor.attaches;
    assert!((13..=16).contains(&probes), "after 30 s, 1, 2, 4 min, then every 5: {probes}");
    assert_eq!(opened(&sim), 1);
    sim.assert_consistent();

    sim.governor.refuse_attach.clear();
    sim.run(Duration::from_secs(300));
    pids.iter().for_each(|&pid| sim.assert_own_job(pid, "ffmpeg"));
    let closed = BreakerRecord::Closed { cause: HostCause::ReadOnly, waiting: 49 };
    assert_eq!(sim.said(|r| *r == Record::Breaker(closed.clone())), 1);
    assert_eq!(sim.governor.attaches, probes + 50);
    sim.assert_consistent();
}

#[test]
fn what_may_pass_pauses_all_when_it_has_come_three_times() {
    let mut sim = refusing(FULL);
    let pids: Vec<u32> = (0..3).map(|_| sim.start_program("ffmpeg")).collect();
    assert_eq!((sim.governor.attaches, opened(&sim)), (3, 1));
    let late = sim.start_program("ffmpeg");
    // The first two wait for their own next try, find all paused, and wait with the others.
    sim.run(Duration::from_secs(29));
    assert_eq!(sim.governor.attaches, 3);
    sim.governor.refuse_attach.clear();
    sim.run(Duration::from_secs(2));
    pids.iter().chain([&late]).for_each(|&pid| sim.assert_own_job(pid, "ffmpeg"));
    sim.assert_consistent();
}

#[test]
fn those_on_their_way_are_called_back() {
    let mut sim = refusing(READ_ONLY);
    sim.hold.governor = true;
    let pids: Vec<u32> = (0..300).map(|_| sim.start_program("ffmpeg")).collect();
    sim.hold.governor = false;
    sim.settle();
    let tried = sim.governor.attaches;
    assert!(tried <= crate::engine::UNDER_WAY + 1, "{tried}");
    sim.governor.refuse_attach.clear();
    sim.run(Duration::from_secs(31));
    pids.iter().for_each(|&pid| sim.assert_own_job(pid, "ffmpeg"));
    sim.assert_consistent();
}

#[test]
fn when_nobody_waits_the_next_target_is_the_probe() {
    let mut sim = refusing(READ_ONLY);
    let pid = sim.start_program("ffmpeg");
    sim.host.exit(pid);
    sim.run(Duration::from_secs(40));
    assert_eq!(sim.governor.attaches, 1);
    sim.governor.refuse_attach.clear();
    let next = sim.start_program("ffmpeg");
    sim.assert_own_job(next, "ffmpeg");
    assert_eq!(sim.said(|r| matches!(r, Record::Breaker(BreakerRecord::Closed { waiting: 0, .. }))), 1);
    sim.assert_consistent();
}

#[test]
fn a_probe_that_ends_meanwhile_gives_way_to_the_next() {
    let mut sim = refusing(READ_ONLY);
    let pids: Vec<u32> = (0..3).map(|_| sim.start_program("ffmpeg")).collect();
    sim.governor.refuse_attach.clear();
    sim.hold.governor = true;
    sim.run(Duration::from_secs(31));
    sim.host.exit(pids[0]);
    sim.hold.governor = false;
    sim.settle();
    sim.assert_own_job(pids[1], "ffmpeg");
    sim.assert_own_job(pids[2], "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn a_probe_that_is_called_back_gives_way_to_the_next() {
    const FORBIDDEN: (Step, i32) = (Step::Mkdir, 13);
    let mut sim = Sim::running(usual());
    (0..2).for_each(|_| _ = sim.start_program("ffmpeg"));
    sim.hold.governor = true;
    let pids: Vec<u32> = (0..crate::engine::UNDER_WAY + 2).map(|_| sim.start_program("ffmpeg")).collect();
    sim.governor.refuse_attach.push_back(failure(READ_ONLY.0, READ_ONLY.1));
    sim.governor.refuse_attach.extend((0..ALWAYS).map(|_| failure(FORBIDDEN.0, FORBIDDEN.1)));
    sim.hold.governor = false;
    sim.round(); // one answer
    sim.hold.governor = true;
    let mut half = super::policies::rule("ffmpeg", Default::default());
    half.limits = super::policies::limits(50);
    sim.reload(super::policies::policy(vec![half])); // more to do for those that are held
    sim.run(Duration::from_secs(31));
    assert!(sim.engine.outbox.load().1 > 2, "the probe waits behind others");
    sim.hold.governor = false;
    sim.settle();
    sim.governor.refuse_attach.clear();
    sim.run(Duration::from_secs(600));
    pids.iter().for_each(|&pid| sim.assert_own_job(pid, "ffmpeg"));
    sim.assert_consistent();
}

#[test]
fn readiness_does_not_wait_for_those_that_are_paused() {
    let mut sim = Sim::new(usual());
    sim.governor.refuse_attach.extend((0..ALWAYS).map(|_| failure(READ_ONLY.0, READ_ONLY.1)));
    let pid = sim.host.fork(super::host::SHELL);
    sim.host.exec(pid, "ffmpeg");
    sim.start();
    sim.settle();
    assert_eq!(sim.said(|r| *r == Record::Started), 1);
    assert_eq!(sim.said(|r| matches!(r, Record::GivenUp { .. })), 0);
    sim.assert_consistent();
}

#[test]
fn without_retry_they_are_paused_all_the_same() {
    let mut sim = Sim::running(Policy { retry: None, ..usual() });
    sim.governor.refuse_attach.push_back(failure(READ_ONLY.0, READ_ONLY.1));
    let pid = sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(31));
    sim.assert_own_job(pid, "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn a_stop_does_not_wait_for_them() {
    let mut sim = refusing(READ_ONLY);
    sim.start_program("ffmpeg");
    sim.handle(crate::engine::input::Input::Terminate("SIGTERM"));
    sim.settle();
    assert_eq!(sim.stopped, 1);
}

/// One process that will never succeed, for a reason that looks like everybody's.
#[test]
fn the_failure_of_one_does_not_keep_the_others_waiting() {
    let mut sim = Sim::running(usual());
    let layout = || failure(Step::Move, 16);
    sim.governor.refuse_attach.push_back(layout());
    let poison = sim.start_program("ffmpeg");
    assert_eq!((opened(&sim), sim.said(|r| matches!(r, Record::GivenUp { .. }))), (0, 1));
    let next = sim.start_program("ffmpeg");
    sim.assert_own_job(next, "ffmpeg");
    sim.assert_free(poison);

    sim.governor.refuse_attach.extend((0..4).map(|_| failure(FULL.0, FULL.1)));
    let pids: Vec<u32> = (0..4).map(|_| sim.start_program("ffmpeg")).collect();
    assert_eq!(opened(&sim), 1);
    // The probe is the one that was not tried yet; it fails, and the next probe is another.
    sim.run(Duration::from_secs(30 + 60 + 2));
    pids.iter().for_each(|&pid| sim.assert_own_job(pid, "ffmpeg"));
    sim.assert_consistent();
}
