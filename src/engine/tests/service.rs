//! The service's own life: ready when it has done what it found, stopped in order, and in between at a loss for nothing.

use super::governor::{failure, group_of};
use super::host::SHELL;
use super::pid;
use super::policies::{SCAN_INTERVAL, filtered, targets, usual};
use super::sim::Sim;
use crate::config::policy::{Filters, Policy, Rule};
use crate::engine::effect::Notice;
use crate::engine::input::Input;
use crate::model::health::Health;
use crate::model::record::{GovernanceRecord, Record, Step};
use crate::model::{Amount, LimitKey, Limits};
use std::time::Duration;

fn stop(sim: &mut Sim) {
    sim.handle(Input::Terminate("SIGTERM"));
    sim.settle();
}

fn stopped(sim: &Sim) -> usize {
    sim.said(|r| matches!(r, Record::Stopped { .. }))
}

#[test]
fn ready_is_said_after_every_attachment_of_the_first_scan() {
    let mut sim = Sim::new(usual());
    let pids: Vec<u32> = (0..100).map(|_| sim.spawn(SHELL, "ffmpeg")).collect();
    sim.governor.refuse_attach.push_back(failure(Step::Move, 19));
    sim.hold.replies = true;
    sim.start();
    sim.settle();
    sim.hold.replies = false;
    while !sim.notices.contains(&Notice::Ready) {
        assert!(sim.round(), "it comes to rest without being ready");
    }
    assert_eq!(pids.iter().filter(|&&pid| sim.is_governed(pid)).count(), 99, "one is tried again later");
    sim.settle();
    assert_eq!(sim.said(|r| matches!(r, Record::Started)), 1);
    sim.run(Duration::from_secs(2));
    sim.assert_consistent();
}

#[test]
fn nothing_is_decided_before_the_first_scan_has_met_all() {
    let mut sim = Sim::new(usual());
    let script = sim.host.fork(SHELL);
    sim.host.exec_script(script, "ffmpeg");
    sim.hold.governor = true;
    sim.start();
    sim.settle();
    let child = sim.spawn(script, "ffmpeg"); // told, while its parent is unknown
    sim.settle();
    sim.hold.governor = false;
    sim.settle();
    sim.assert_own_job(script, "ffmpeg");
    assert_eq!(sim.job_of(child), sim.job_of(script));
    assert_eq!(sim.governor.attaches, 1);
    sim.assert_consistent();
}

#[test]
fn the_rest_of_a_large_backfill_waits_its_turn() {
    let mut sim = Sim::new(usual());
    (0..300).for_each(|_| _ = sim.spawn(SHELL, "ffmpeg"));
    sim.hold.replies = true;
    sim.start();
    for _ in 0..2_000 {
        sim.round();
        assert!(sim.engine.outbox.load().0 <= crate::engine::UNDER_WAY);
    }
    sim.hold.replies = false;
    sim.settle();
    assert_eq!(sim.governor.attaches, 300);
    sim.assert_consistent();
}

#[test]
fn without_governance_it_observes_and_says_so() {
    let mut sim = Sim::new(usual());
    sim.governor.unavailable = Some("no cgroup2 hierarchy is mounted");
    let old = sim.spawn(SHELL, "ffmpeg");
    sim.start();
    sim.settle();
    let young = sim.start_program("ffmpeg");
    let unavailable = |r: &Record| matches!(r, Record::Governance(GovernanceRecord::Unavailable { .. }));
    assert_eq!(sim.said(unavailable), 1);
    assert_eq!(sim.said(|r| matches!(r, Record::Discovered { .. })), 2);
    assert_eq!(sim.said(|r| matches!(r, Record::Attaching { .. } | Record::WouldAttach { .. })), 0);
    assert_eq!((sim.notices.as_slice(), sim.governor.attaches), ([Notice::Ready].as_slice(), 0));
    [old, young].into_iter().for_each(|pid| sim.host.exit(pid));
    sim.settle();
    assert_eq!(sim.said(|r| matches!(r, Record::Exited { .. })), 2);
    assert_eq!(sim.engine.jobs.iter().count(), 0);
}

#[test]
fn what_stood_against_governing_may_pass() {
    let mut sim = Sim::new(usual());
    sim.governor.unavailable = Some("no cgroup2 hierarchy is mounted");
    let old = sim.spawn(SHELL, "ffmpeg");
    sim.start();
    sim.run(SCAN_INTERVAL);
    let young = sim.start_program("ffmpeg");
    let left = sim.spawn(young, "ffmpeg");
    sim.host.exit(young);
    sim.run(Duration::from_secs(300));
    let unavailable = |r: &Record| matches!(r, Record::Governance(GovernanceRecord::Unavailable { .. }));
    assert_eq!(sim.said(unavailable), 1, "once, however often it is tried");
    assert_eq!(sim.said(|r| matches!(r, Record::Health { is: Health::Degraded, .. })), 1);
    sim.governor.unavailable = None;
    sim.run(Duration::from_secs(61));
    sim.assert_own_job(old, "ffmpeg");
    sim.assert_own_job(left, "ffmpeg");
    assert_eq!(sim.said(|r| matches!(r, Record::Attaching { .. })), 2);
    assert_eq!(sim.said(|r| matches!(r, Record::Attached { .. })), 2);
    sim.run(Duration::from_secs(10));
    assert_eq!(sim.said(|r| matches!(r, Record::Health { is: Health::Healthy, .. })), 1);
    sim.assert_consistent();
}

#[test]
fn what_stands_from_before_is_adopted_as_it_is_when_governing_becomes_possible() {
    let mut sim = Sim::running(targets(&["gst-launch-1.0"]));
    let script = sim.host.fork(SHELL);
    sim.host.exec_script(script, "ffmpeg");
    let held = sim.spawn(script, "gst-launch-1.0");
    sim.settle();
    sim.governor.unavailable = Some("no cgroup2 hierarchy is mounted");
    sim.restart(usual()); // the script is a target now, and all of it is taken for one job
    sim.governor.unavailable = None;
    sim.run(Duration::from_secs(61));
    sim.assert_own_job(script, "ffmpeg");
    sim.assert_own_job(held, "gst-launch-1.0");
    sim.assert_consistent();
}

#[test]
fn a_dry_run_says_what_it_would_do_once_for_each_job() {
    for poll_only in [false, true] {
        let mut sim = Sim::running(Policy { dry_run: true, poll_only, ..usual() });
        let main = sim.start_program("ffmpeg");
        let child = sim.spawn(main, "gst-launch-1.0");
        sim.run(SCAN_INTERVAL * 2);
        sim.host.die(main);
        sim.run(SCAN_INTERVAL * 2);
        assert_eq!(sim.said(|r| matches!(r, Record::WouldAttach { .. })), 1, "the child is of the same job");
        assert_eq!(sim.said(|r| matches!(r, Record::Exited { .. })), 1);
        sim.host.reap(main);
        sim.host.exit(child);
        sim.run(SCAN_INTERVAL * 2);
        assert_eq!((sim.engine.jobs.iter().count(), sim.governor.attaches), (0, 0));
        assert_eq!(sim.said(|r| matches!(r, Record::Exited { .. })), 1);
    }
}

#[test]
fn each_limit_that_cannot_hold_is_said_once_for_each_cause_when_it_is_asked_for() {
    let mut sim = Sim::new(usual());
    sim.governor.cannot_hold =
        vec![(LimitKey::CpuQuota, "bound to v1".into()), (LimitKey::UclampMin, "not in this kernel".into())];
    sim.governor.refuse_limit = vec![(LimitKey::CpuQuota, failure(Step::LimitWrite, 95))];
    sim.start();
    sim.settle();
    (0..3).for_each(|_| _ = sim.start_program("ffmpeg"));
    let cannot = |r: &Record| matches!(r, Record::Governance(GovernanceRecord::LimitCannotHold { .. }));
    assert_eq!(sim.said(cannot), 2);
    let and_clamped = |rule: Rule| {
        let clamped = Amount::Words("12.50".into());
        Rule { limits: rule.limits.with(LimitKey::UclampMin, Some(clamped)), ..rule }
    };
    let rules: Vec<Rule> = usual().rules.into_iter().map(and_clamped).collect();
    (0..2).for_each(|_| sim.reload(Policy { rules: rules.clone(), ..usual() }));
    assert_eq!(sim.said(cannot), 3);
}

#[test]
fn a_limit_that_cannot_hold_is_shown_while_somebody_asks_for_it() {
    let mut sim = Sim::new(usual());
    sim.governor.cannot_hold =
        vec![(LimitKey::MemoryLimit, "bound to v1".into()), (LimitKey::CpuQuota, "bound to v1".into())];
    sim.start();
    sim.settle();
    let shown = |sim: &Sim| sim.engine.snapshot(sim.now()).not_holding;
    assert_eq!(shown(&sim), [(LimitKey::CpuQuota, "bound to v1".to_owned())]);
    let without = |rule| Rule { limits: Limits::default(), ..rule };
    let rules = usual().rules.into_iter().map(without).collect();
    sim.reload(Policy { rules, ..usual() });
    assert_eq!(shown(&sim), []);
}

#[test]
fn what_one_job_is_refused_holds_for_the_others_and_is_forgotten_with_it() {
    let mut sim = Sim::running(usual());
    let sound = sim.start_program("ffmpeg");
    sim.governor.refuse_limit = vec![(LimitKey::CpuQuota, failure(Step::LimitWrite, 95))];
    let refused = sim.start_program("ffmpeg");
    sim.settle();
    let unheld = |sim: &Sim, of: u32| {
        let snapshot = sim.engine.snapshot(sim.now());
        let job = snapshot.jobs.iter().find(|job| job.main.pid == pid(of)).expect("a job");
        job.unheld.len()
    };
    assert_eq!((unheld(&sim, sound), unheld(&sim, refused)), (0, 1));
    let all = |sim: &Sim| sim.engine.snapshot(sim.now()).not_holding.len();
    assert_eq!(all(&sim), 1);
    sim.host.exit(refused);
    sim.settle();
    assert_eq!(all(&sim), 0);
}

#[test]
fn after_a_restart_jobs_are_adopted_and_nothing_is_moved_twice() {
    let mut sim = Sim::running(usual());
    let (main, left) = (sim.start_program("ffmpeg"), sim.start_program("ffmpeg"));
    let (child, orphan) = (sim.spawn(main, "sleep"), sim.spawn(left, "gst-launch-1.0"));
    sim.settle();
    sim.host.exit(left);
    sim.settle();
    sim.restart(usual());
    assert_eq!((sim.governor.attaches, sim.said(|r| matches!(r, Record::Adopted { .. }))), (2, 2));
    sim.assert_consistent();
    let born = sim.spawn(child, "sleep");
    sim.settle();
    assert_eq!(sim.job_of(born), sim.job_of(main));
    sim.assert_consistent();
    [born, child, orphan].into_iter().for_each(|pid| sim.host.exit(pid));
    sim.host.die(main);
    sim.settle();
    assert_eq!(sim.governor.groups.len(), 0);
    assert_eq!(sim.said(|r| matches!(r, Record::JobEnded { .. })), 2);
}

#[test]
fn a_main_process_that_a_release_had_put_back_when_the_service_was_killed_is_taken_along() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "sleep");
    sim.settle();
    sim.governor.put_back(main, "/", &mut sim.host);
    sim.restart(usual());
    assert!(sim.is_governed(main) && sim.is_governed(child));
    assert_eq!((sim.governor.attaches, sim.said(|r| matches!(r, Record::Joined { .. }))), (1, 1));
    sim.assert_consistent();
}

#[test]
fn an_adopted_job_is_brought_to_the_policy() {
    for (new, held) in [
        (filtered(Filters { blocked_uids: [0].into(), ..Filters::default() }), false),
        (targets(&["x"]), false),
        (filtered(Filters { min_runtime: Some(Duration::from_secs(900)), ..Filters::default() }), true),
    ] {
        let mut sim = Sim::running(usual());
        let main = sim.start_program("ffmpeg");
        sim.restart(new);
        assert_eq!(sim.is_governed(main), held);
        sim.assert_consistent();
    }
}

#[test]
fn a_stop_keeps_jobs_and_saves_before_it_is_said() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    sim.run(Duration::from_millis(499)); // just before the save that the attachment asked for
    sim.hold.clerk = true;
    sim.run(Duration::from_millis(2));
    stop(&mut sim);
    assert_eq!((stopped(&sim), sim.saved.len()), (0, 2));
    sim.hold.clerk = false;
    sim.settle();
    assert_eq!((stopped(&sim), sim.stopped), (1, 1));
    sim.assert_own_job(main, "ffmpeg");
    assert_eq!(sim.saved.last().map(|state| state.processes.len()), Some(1));
}

#[test]
fn a_stop_waits_for_the_last_save_not_for_the_one_before() {
    let mut sim = Sim::running(usual());
    sim.start_program("ffmpeg");
    sim.hold.clerk = true;
    sim.run(Duration::from_secs(1));
    stop(&mut sim);
    sim.handle(Input::StateSaved(Ok(()))); // the first of two
    sim.settle();
    assert_eq!((stopped(&sim), sim.saved.len()), (0, 2));
    sim.handle(Input::StateSaved(Ok(())));
    sim.settle();
    assert_eq!(stopped(&sim), 1);
}

#[test]
fn a_stop_may_release_and_takes_nothing_any_more() {
    let mut sim = Sim::running(Policy { release_on_stop: true, ..usual() });
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "ffmpeg");
    sim.settle();
    sim.hold.governor = true;
    let late = sim.start_program("ffmpeg"); // being attached when the word comes
    stop(&mut sim);
    sim.hold.governor = false;
    let last = sim.start_program("ffmpeg");
    sim.settle();
    for pid in [main, child, late, last] {
        sim.assert_free(pid);
    }
    assert_eq!((stopped(&sim), sim.stopped, sim.governor.attaches), (1, 1, 2));
    assert!(sim.host.members(&group_of("auto-ffmpeg-101")).is_empty());
}

#[test]
fn a_stop_takes_nobody_although_governing_becomes_possible() {
    let mut sim = Sim::new(usual());
    sim.governor.unavailable = Some("no cgroup2 hierarchy is mounted");
    let pid = sim.spawn(SHELL, "ffmpeg");
    sim.start();
    sim.settle();
    sim.governor.unavailable = None;
    sim.hold.governor = true;
    sim.run(Duration::from_secs(61));
    sim.hold.clerk = true;
    stop(&mut sim);
    sim.hold = Default::default();
    sim.settle();
    assert_eq!((sim.governor.attaches, stopped(&sim)), (0, 1));
    sim.assert_free(pid);
}

#[test]
fn a_stop_loses_patience_and_says_so_once() {
    let mut sim = Sim::running(Policy { release_on_stop: true, ..usual() });
    sim.start_program("ffmpeg");
    sim.hold.governor = true;
    sim.hold.clerk = true;
    stop(&mut sim);
    sim.run(Duration::from_secs(11));
    assert_eq!((stopped(&sim), sim.saved.len()), (0, 2), "the state is still saved");
    sim.run(Duration::from_secs(10));
    assert_eq!((stopped(&sim), sim.stopped), (1, 1));
    sim.hold.clerk = false;
    sim.run(Duration::from_secs(30));
    assert_eq!((stopped(&sim), sim.stopped), (1, 1));
}

#[test]
fn statistics_are_saved_although_nothing_changes() {
    let mut sim = Sim::running(usual());
    sim.run(Duration::from_secs(31));
    assert_eq!(sim.saved.len(), 1);
}
