//! `set`: limits of one job over those of the policy, whole or not at all, until the job ends or they are reset.

use super::governor::failure;
use super::policies::{limits, policy, rule, usual};
use super::sim::Sim;
use crate::config::policy::{Filters, Policy};
use crate::engine::effect::Refused;
use crate::engine::input::{Change, Order, Whom};
use crate::engine::tests::pid;
use crate::model::failure::Step;
use crate::model::record::{Answer, Record};
use crate::model::{Amount, LimitKey, Limits, Overrides};
use std::time::Duration;

fn with(limits: Limits) -> Policy {
    let mut rule = rule("ffmpeg", Filters::default());
    rule.limits = limits;
    policy(vec![rule])
}

fn quota(percent: i64) -> Overrides {
    Overrides::from([(LimitKey::CpuQuota, percent)])
}

fn memory(bytes: i64) -> Overrides {
    Overrides::from([(LimitKey::MemoryLimit, bytes)])
}

fn weighted(quota: u32) -> Limits {
    limits(quota).with(LimitKey::CpuWeight, Some(Amount::Number(5)))
}

fn set(of: u32, to: Overrides) -> Order {
    Order::Set(Whom::Pid(pid(of)), Change::To(to))
}

fn reset(of: u32) -> Order {
    Order::Set(Whom::Pid(pid(of)), Change::Reset)
}

fn standing(sim: &Sim, pid: u32) -> Limits {
    sim.governor.groups[&format!("auto-ffmpeg-{pid}")].limits.clone()
}

#[test]
fn what_is_set_stands_over_every_policy_until_it_is_reset() {
    let mut sim = Sim::running(with(limits(200)));
    let main = sim.start_program("ffmpeg");
    let done = sim.obeyed(set(main, memory(7))).unwrap();
    assert_eq!(
        done,
        format!(
            "limits of job auto-ffmpeg-{main} are cpu_quota=200 memory_limit=7 until it ends or they are reset; the \
             policy says cpu_quota=200"
        )
    );
    assert!(sim.obeyed(set(main, quota(50))).is_ok());
    let both = limits(50).with(LimitKey::MemoryLimit, Some(Amount::Number(7)));
    assert_eq!(standing(&sim, main), both, "one order adds to the other");
    sim.reload(with(weighted(300)));
    assert_eq!(standing(&sim, main), both.with(LimitKey::CpuWeight, Some(Amount::Number(5))));
    let none: Overrides = [(LimitKey::CpuQuota, None)].into_iter().collect();
    assert!(sim.obeyed(set(main, none.clone())).is_ok());
    assert!(!standing(&sim, main).has(LimitKey::CpuQuota), "it is taken away");
    let view = sim.engine.snapshot(sim.now()).jobs.remove(0);
    assert_eq!((view.set, view.limits), (none.after(&memory(7)), standing(&sim, main)));
    assert_eq!(view.policy_limits, Some(weighted(300)));

    let done = sim.obeyed(reset(main)).unwrap();
    assert!(done.contains("are those of the policy: cpu_quota=300 cpu_weight=5"), "{done}");
    assert_eq!(standing(&sim, main), weighted(300));
    assert_eq!(sim.said(|r| matches!(r, Record::LimitsChanged { .. })), 5);
    sim.assert_consistent();
}

#[test]
fn what_the_kernel_refuses_changes_nothing() {
    let mut sim = Sim::running(with(limits(200)));
    let main = sim.start_program("ffmpeg");
    assert!(sim.obeyed(set(main, memory(7))).is_ok());
    let before = standing(&sim, main);
    let refusal = || failure(Step::LimitWrite, 22);
    sim.governor.refuse_limits.push_back(refusal());
    let refused = sim.obeyed(set(main, quota(50)));
    let text = format!("nothing was changed for job auto-ffmpeg-{main}");
    assert_eq!(refused, Err(Refused::Met(text, refusal())));
    assert_eq!(standing(&sim, main), before);
    // Nor do a reload and a drift bring it about later.
    sim.reload(with(weighted(200)));
    assert_eq!(standing(&sim, main), before.with(LimitKey::CpuWeight, Some(Amount::Number(5))));
    sim.assert_consistent();
}

#[test]
fn a_reload_that_comes_while_an_order_is_under_way_has_its_say_too() {
    for refused in [false, true] {
        let mut sim = Sim::running(with(limits(200)));
        let main = sim.start_program("ffmpeg");
        sim.hold.governor = true;
        let ticket = sim.order(set(main, memory(7)));
        sim.settle();
        sim.reload(with(limits(300)));
        sim.governor.refuse_limits.extend(refused.then(|| failure(Step::LimitWrite, 22)));
        sim.hold.governor = false;
        sim.settle();
        assert_eq!(sim.answer_to(ticket).unwrap().is_ok(), !refused);
        let limit = (!refused).then_some(Amount::Number(7));
        assert_eq!(standing(&sim, main), limits(300).with(LimitKey::MemoryLimit, limit));
        let noted = &sim.governor.groups[&format!("auto-ffmpeg-{main}")].note.set;
        assert_eq!(noted.is_empty(), refused);
        sim.assert_consistent();
    }
}

#[test]
fn what_a_refused_order_hid_from_a_reload_comes_all_the_same() {
    let mut sim = Sim::running(with(limits(200)));
    let main = sim.start_program("ffmpeg");
    sim.hold.governor = true;
    sim.order(set(main, quota(300)));
    sim.settle();
    sim.reload(with(limits(300)));
    sim.governor.refuse_limits.push_back(failure(Step::LimitWrite, 22));
    sim.hold.governor = false;
    sim.settle();
    assert_eq!(standing(&sim, main), limits(300));
    sim.reload(with(limits(100)));
    assert_eq!(standing(&sim, main), limits(100));
}

/// The note must not say of something that it was set, when that was refused.
#[test]
fn nothing_of_a_refused_order_is_noted_by_a_reload_behind_it() {
    let mut sim = Sim::running(with(limits(200)));
    let main = sim.start_program("ffmpeg");
    sim.hold.governor = true;
    sim.order(set(main, quota(200)));
    sim.settle();
    sim.reload(with(weighted(200)));
    sim.reload(with(limits(200)));
    sim.governor.refuse_limits.extend([failure(Step::LimitWrite, 22), failure(Step::LimitWrite, 22)]);
    sim.hold.governor = false;
    sim.settle();
    let group = &sim.governor.groups[&format!("auto-ffmpeg-{main}")];
    assert_eq!((&group.limits, &group.note.set), (&limits(200), &Overrides::default()));
}

#[test]
fn what_this_host_cannot_hold_is_refused_with_its_cause() {
    let mut sim = Sim::new(usual());
    sim.governor.cannot_hold = vec![(LimitKey::MemoryLimit, "bound to v1".into())];
    sim.start();
    let main = sim.start_program("ffmpeg");
    let both = quota(50).after(&memory(7));
    let why = "memory_limit cannot hold here: bound to v1; nothing was changed";
    assert_eq!(sim.obeyed(set(main, both)), Err(Refused::Failed(why.into())));
    assert_eq!(standing(&sim, main), limits(200));
    assert!(sim.obeyed(set(main, quota(50))).is_ok());
}

#[test]
fn it_survives_a_restart_somebody_elses_hand_and_a_lost_group() {
    let mut sim = Sim::running(with(limits(200)));
    let main = sim.start_program("ffmpeg");
    assert!(sim.obeyed(set(main, quota(50))).is_ok());
    sim.restart(with(limits(300)));
    assert_eq!(standing(&sim, main), limits(50));

    sim.governor.groups.values_mut().for_each(|group| group.limits = limits(999));
    sim.run(Duration::from_secs(20));
    assert_eq!(standing(&sim, main), limits(50));

    sim.governor.raze(&format!("auto-ffmpeg-{main}"), "/somebody-elses", &mut sim.host);
    sim.run(Duration::from_secs(20));
    assert_eq!(standing(&sim, main), limits(50));
    let restored = |r: &Record| matches!(r, Record::Drift { answer: Answer::Restored, .. });
    assert_eq!(sim.said(restored), 2);
    assert!(sim.obeyed(reset(main)).is_ok());
    assert_eq!(standing(&sim, main), limits(300));
    sim.assert_consistent();
}

#[test]
fn an_order_whose_group_is_lost_meanwhile_is_carried_out_in_the_next_one() {
    let mut sim = Sim::running(with(limits(200)));
    let main = sim.start_program("ffmpeg");
    sim.hold.governor = true;
    let ticket = sim.order(set(main, quota(50)));
    sim.settle();
    sim.governor.raze(&format!("auto-ffmpeg-{main}"), "/somebody-elses", &mut sim.host);
    sim.hold.governor = false;
    sim.run(Duration::from_secs(30));
    let answer = sim.answer_to(ticket).expect("an answer");
    let expected = if answer.is_ok() { 50 } else { 200 };
    assert_eq!(standing(&sim, main), limits(expected), "{answer:?}");
    sim.assert_consistent();
}

#[test]
fn it_waits_for_an_attachment_and_not_for_the_next_try() {
    let mut sim = Sim::running(with(limits(200)));
    sim.hold.governor = true;
    let main = sim.start_program("ffmpeg");
    let ticket = sim.order(set(main, quota(50)));
    sim.settle();
    assert_eq!(sim.answer_to(ticket), None);
    sim.hold.governor = false;
    sim.settle();
    assert!(sim.answer_to(ticket).unwrap().is_ok());
    assert_eq!(standing(&sim, main), limits(50));

    sim.governor.refuse_attach.push_back(failure(Step::Move, 19));
    let waits = sim.start_program("ffmpeg");
    let refused = sim.obeyed(set(waits, quota(50)));
    assert!(matches!(refused, Err(Refused::Failed(why)) if why.contains("is not governed")));
    sim.run(Duration::from_secs(5));
    assert_eq!(standing(&sim, waits), limits(200));
}

#[test]
fn tighter_limits_of_where_it_came_from_are_told() {
    let mut sim = Sim::running(with(limits(200)));
    let main = sim.start_program("ffmpeg");
    sim.governor.kept = limits(20);
    let done = sim.obeyed(set(main, quota(50))).unwrap();
    assert!(
        done.ends_with("; tighter ones of the groups it came from bind it further on: cpu_quota=20"),
        "{done}"
    );
}

#[test]
fn orders_for_one_job_are_carried_out_one_after_the_other() {
    let mut sim = Sim::running(with(limits(200)));
    let main = sim.start_program("ffmpeg");
    let tickets = [quota(50), quota(60), memory(7)].map(|to| sim.order(set(main, to)));
    let release = sim.order(Order::Release(Whom::Pid(pid(main))));
    let late = sim.order(set(main, quota(70)));
    sim.settle();
    assert!(tickets.iter().chain([&release]).all(|&ticket| sim.answer_to(ticket).unwrap().is_ok()));
    assert!(sim.answer_to(late).unwrap().is_err());
    assert_eq!(sim.said(|r| matches!(r, Record::LimitsChanged { .. })), 3);
    sim.assert_consistent();
}

#[test]
fn so_many_may_wait_and_no_more() {
    let mut sim = Sim::running(with(limits(200)));
    let main = sim.start_program("ffmpeg");
    sim.hold.governor = true;
    let tickets: Vec<_> = (0..100).map(|n| sim.order(set(main, quota(n)))).collect();
    let busy = tickets.iter().filter(|&&t| matches!(sim.answer_to(t), Some(Err(Refused::Busy(_))))).count();
    assert_eq!(busy, 0, "answers are effects like all others");
    sim.settle();
    let busy = tickets.iter().filter(|&&t| matches!(sim.answer_to(t), Some(Err(Refused::Busy(_))))).count();
    assert_eq!(busy, 100 - 64);
    sim.hold.governor = false;
    sim.settle();
    assert!(tickets.iter().all(|&ticket| sim.answer_to(ticket).is_some()));
    assert_eq!(standing(&sim, main), limits(63));
}

#[test]
fn what_would_not_go_together_changes_nothing_and_what_would_be_in_vain_is_told() {
    let mut sim = Sim::running(with(limits(50)));
    let main = sim.start_program("ffmpeg");
    let burst = |percent| Overrides::from([(LimitKey::CpuBurst, percent)]);
    let Err(Refused::Failed(why)) = sim.obeyed(set(main, burst(60))) else { panic!("not refused") };
    assert_eq!(
        why,
        "cpu_burst: 60 is more than cpu_quota, which is 50; the kernel takes no more; nothing was changed"
    );
    assert_eq!(standing(&sim, main), limits(50));
    assert!(sim.obeyed(set(main, burst(40))).is_ok());
    let none: Overrides = [(LimitKey::CpuQuota, None)].into_iter().collect();
    let done = sim.obeyed(set(main, none)).unwrap();
    assert!(done.ends_with("; cpu_burst: has no effect: there is no cpu_quota to go beyond"), "{done}");
    assert!(!sim.engine.snapshot(sim.now()).jobs[0].limits.has(LimitKey::CpuQuota));
}
