//! A new policy is applied to what is governed already and to what was left alone; a bad one changes nothing.

use super::policies::{SCAN_INTERVAL, filtered, limits, policy, rule, targets, usual};
use super::sim::Sim;
use crate::config::policy::{Filters, Policy, RetryPolicy};
use crate::engine::effect::Notice;
use crate::model::Limits;
use crate::model::record::{Record, Step};
use std::time::Duration;

fn with(limits: Limits) -> Policy {
    let mut rule = rule("ffmpeg", Filters::default());
    rule.limits = limits;
    policy(vec![rule])
}

fn standing(sim: &Sim, pid: u32) -> Limits {
    sim.governor.groups[&format!("auto-ffmpeg-{pid}")].limits.clone()
}

#[test]
fn limits_are_raised_lowered_and_removed() {
    let mut sim = Sim::running(with(limits(200)));
    let pid = sim.start_program("ffmpeg");
    for new in [limits(300), limits(50), Limits::default()] {
        sim.reload(with(new.clone()));
        assert_eq!(standing(&sim, pid), new);
    }
    assert_eq!(sim.said(|r| matches!(r, Record::LimitsChanged { .. })), 3);
    sim.reload(with(Limits::default()));
    assert_eq!(sim.said(|r| matches!(r, Record::LimitsChanged { .. })), 3, "nothing to change");
    sim.assert_consistent();
}

#[test]
fn the_last_of_two_quick_reloads_wins() {
    let mut sim = Sim::running(with(limits(200)));
    let pid = sim.start_program("ffmpeg");
    sim.hold.governor = true;
    sim.reload(with(limits(300)));
    sim.reload(with(limits(200)));
    sim.hold.governor = false;
    sim.settle();
    assert_eq!(standing(&sim, pid), limits(200));
}

#[test]
fn a_storm_of_reloads_is_read_once_more_and_ends_with_the_last() {
    let mut sim = Sim::running(with(limits(200)));
    let pid = sim.start_program("ffmpeg");
    sim.hold.clerk = true;
    let notices = sim.notices.len();
    for quota in 1..=100 {
        sim.reload(with(limits(quota)));
    }
    sim.hold.clerk = false;
    sim.settle();
    assert_eq!(sim.said(|r| matches!(r, Record::Reloaded { .. })), 2);
    assert_eq!(standing(&sim, pid), limits(100));
    assert_eq!(sim.notices[notices..], [Notice::Reloading, Notice::Ready]);
    sim.reload(with(limits(7)));
    assert_eq!(standing(&sim, pid), limits(7), "and the next is like the first");
}

#[test]
fn limits_that_were_refused_are_tried_again_by_the_next_reload() {
    let mut sim = Sim::running(with(limits(200)));
    let pid = sim.start_program("ffmpeg");
    sim.governor.refuse_limits.push_back(super::governor::failure(Step::LimitWrite, 22));
    sim.reload(with(limits(300)));
    assert_eq!(
        (standing(&sim, pid), sim.said(|r| matches!(r, Record::LimitsRefused { .. }))),
        (limits(200), 1)
    );
    sim.reload(with(limits(300)));
    assert_eq!(standing(&sim, pid), limits(300));
}

#[test]
fn a_target_that_is_removed_or_blocked_is_released() {
    for new in
        [targets(&["gst-launch-1.0"]), filtered(Filters { blocked_uids: [0].into(), ..Filters::default() })]
    {
        let mut sim = Sim::running(usual());
        let main = sim.start_program("ffmpeg");
        let child = sim.spawn(main, "sleep");
        sim.settle();
        sim.reload(new);
        sim.assert_free(main);
        sim.assert_free(child);
        assert_eq!(sim.said(|r| matches!(r, Record::Released { processes: 2, .. })), 1);
        sim.assert_consistent();
    }
}

#[test]
fn what_is_left_of_a_job_is_judged_by_its_command() {
    let mut sim = Sim::running(with(limits(200)));
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "sleep");
    sim.settle();
    sim.host.exit(main);
    sim.settle();
    sim.reload(with(limits(70)));
    assert_eq!(standing(&sim, main), limits(70));
    sim.reload(targets(&["x"]));
    sim.assert_free(child);
    sim.assert_consistent();
}

#[test]
fn a_bad_file_keeps_the_old_policy() {
    let mut sim = Sim::running(usual());
    let held = sim.start_program("ffmpeg");
    sim.next_policy = Some(Err("line 3: no".into()));
    sim.handle(crate::engine::input::Input::Reload);
    sim.settle();
    assert_eq!(sim.said(|r| matches!(r, Record::ReloadFailed { .. })), 1);
    let next = sim.start_program("ffmpeg");
    sim.assert_own_job(held, "ffmpeg");
    sim.assert_own_job(next, "ffmpeg");
}

#[test]
fn a_new_target_may_be_running_already() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("HandBrakeCLI");
    sim.reload(targets(&["HandBrakeCLI"]));
    sim.assert_own_job(pid, "HandBrakeCLI");
    sim.assert_consistent();
}

#[test]
fn a_filter_that_reads_more_is_not_answered_by_what_was_read_before() {
    let mut sim = Sim::running(usual());
    let held = sim.start_program("ffmpeg");
    sim.hold.names = true;
    let young = sim.start_program("bash");
    sim.host.rename(young, "ffmpeg");
    sim.settle();
    let allowed = Filters { allowed_dirs: vec!["/".into()], ..Filters::default() };
    sim.hold.looks = true;
    sim.host.set_user(held, 7); // asked for under the old policy
    sim.settle();
    sim.reload(filtered(allowed));
    (sim.hold.names, sim.hold.looks) = (false, false);
    sim.settle();
    assert_eq!(sim.said(|r| matches!(r, Record::Ignored { .. } | Record::Released { .. })), 0);
    sim.assert_own_job(held, "ffmpeg");
    sim.assert_own_job(young, "ffmpeg");
}

#[test]
fn a_younger_min_runtime_replaces_the_older() {
    let late = |s| filtered(Filters { min_runtime: Some(Duration::from_secs(s)), ..Filters::default() });
    let mut sim = Sim::running(late(60));
    let pid = sim.start_program("ffmpeg");
    sim.reload(late(3));
    sim.run(Duration::from_secs(4));
    sim.assert_own_job(pid, "ffmpeg");

    let pid = sim.start_program("ffmpeg");
    sim.reload(filtered(Filters { blocked_uids: [0].into(), ..Filters::default() }));
    sim.records.clear();
    sim.run(Duration::from_secs(8));
    sim.assert_free(pid);
    assert_eq!(sim.said(|r| matches!(r, Record::Ignored { .. })), 0, "said already");
}

#[test]
fn a_job_that_waits_for_its_next_try_follows_the_new_policy() {
    let waiting = |retry| {
        let mut sim = Sim::running(Policy { retry, ..with(limits(200)) });
        sim.governor.refuse_attach.push_back(super::governor::failure(Step::Move, 19));
        let pid = sim.start_program("ffmpeg");
        (sim, pid)
    };
    let retry = Some(RetryPolicy::default());
    let (mut sim, pid) = waiting(retry.clone());
    sim.reload(Policy { retry: retry.clone(), ..with(limits(70)) });
    sim.run(Duration::from_secs(2));
    assert_eq!(standing(&sim, pid), limits(70));
    assert_eq!(sim.said(|r| matches!(r, Record::LimitsChanged { .. })), 0);

    let (mut sim, pid) = waiting(retry);
    sim.reload(targets(&["x"]));
    sim.run(Duration::from_secs(5));
    sim.assert_free(pid);
    assert_eq!(sim.governor.attaches, 1);
    sim.assert_consistent();
}

#[test]
fn a_job_that_is_being_attached_follows_when_it_is_held() {
    let mut sim = Sim::running(with(limits(200)));
    sim.hold.governor = true;
    let pid = sim.start_program("ffmpeg");
    sim.reload(with(limits(70)));
    sim.hold.governor = false;
    sim.settle();
    assert_eq!(standing(&sim, pid), limits(70));
    sim.assert_consistent();
}

#[test]
fn a_user_that_changed_while_another_look_was_under_way_is_noticed() {
    let mut sim = Sim::running(filtered(Filters { blocked_uids: [13].into(), ..Filters::default() }));
    sim.hold.looks = true;
    let pid = sim.start_program("ffmpeg");
    sim.hold.looks = false;
    sim.settle();
    sim.hold.looks = true;
    sim.reload(filtered(Filters { blocked_uids: [13].into(), ..Filters::default() }));
    sim.hold.events = true;
    sim.host.set_user(pid, 13);
    sim.settle();
    sim.hold.looks = false;
    sim.settle(); // the look is newer than the event will be
    sim.hold.events = false;
    sim.run(SCAN_INTERVAL);
    sim.assert_free(pid);
    sim.assert_consistent();
}

#[test]
fn readiness_is_not_said_early_by_a_reload() {
    let mut sim = Sim::new(usual());
    let pid = sim.spawn(super::host::SHELL, "ffmpeg");
    sim.hold.governor = true;
    sim.start();
    sim.settle();
    sim.reload(usual());
    assert_eq!(sim.notices, []);
    sim.hold.governor = false;
    sim.settle();
    assert_eq!(sim.notices, [Notice::Ready]);
    sim.assert_own_job(pid, "ffmpeg");
    sim.reload(usual());
    assert_eq!(sim.notices, [Notice::Ready, Notice::Reloading, Notice::Ready]);
}

#[test]
fn a_group_that_was_removed_by_others_comes_back_with_the_limits_of_today() {
    let mut sim = Sim::running(with(limits(200)));
    let pid = sim.start_program("ffmpeg");
    sim.governor.raze(&format!("auto-ffmpeg-{pid}"), "/somebody-elses", &mut sim.host);
    sim.hold.governor = true;
    sim.settle();
    sim.reload(with(limits(70))); // on its way to the governor behind the removal
    sim.hold.governor = false;
    sim.run(SCAN_INTERVAL);
    assert_eq!(standing(&sim, pid), limits(70));
    sim.assert_consistent();
}

#[test]
fn a_release_that_is_refused_is_tried_again_after_the_next_scan() {
    for main_ended in [false, true] {
        let mut sim = Sim::running(usual());
        let main = sim.start_program("ffmpeg");
        let child = sim.spawn(main, "sleep");
        sim.settle();
        if main_ended {
            sim.host.exit(main);
        }
        sim.governor.refuse_release.push_back(super::governor::failure(Step::Rmdir, 16));
        sim.reload(targets(&["x"]));
        assert!(sim.is_governed(child));
        sim.run(SCAN_INTERVAL);
        sim.assert_free(child);
        assert_eq!(sim.said(|r| matches!(r, Record::ReleaseFailed { .. })), 1);
        sim.assert_consistent();
    }
}

#[test]
fn what_takes_effect_at_the_next_restart_does_not_before() {
    let mut sim = Sim::running(usual());
    let state = None;
    sim.reload(Policy { dry_run: true, poll_only: true, state, ..usual() });
    assert_eq!(sim.said(|r| matches!(r, Record::ConfigWarning { .. })), 3);
    let pid = sim.start_program("ffmpeg");
    sim.assert_own_job(pid, "ffmpeg");
    sim.run(Duration::from_secs(1));
    assert!(sim.saved.last().is_some_and(|state| state.processes.len() == 1));
}
