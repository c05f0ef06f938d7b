//! What others do to a job is noticed with the next scan, put right or left, said, and not fought over for ever.

use super::governor::failure;
use super::host::SHELL;
use super::policies::{SCAN_INTERVAL, limits, policy, rule, targets, usual};
use super::sim::Sim;
use crate::config::policy::{Filters, Policy};
use crate::engine::input::Input;
use crate::model::LimitKey;
use crate::model::record::{Answer, Drift, Record, Step};
use std::time::Duration;

mod meanwhile;
mod moved;

const ELSEWHERE: &str = "/somebody-elses";

fn leaving() -> Policy {
    Policy { restore_on_drift: false, ..usual() }
}

fn drifts(sim: &Sim) -> Vec<(Drift, Answer)> {
    let drift = |record: &Record| match record {
        Record::Drift { drift, answer, .. } => Some((drift.clone(), *answer)),
        _ => None,
    };
    sim.records.iter().filter_map(drift).collect()
}

fn answers(sim: &Sim) -> Vec<Answer> {
    drifts(sim).into_iter().map(|(_, answer)| answer).collect()
}

impl Sim {
    fn steal(&mut self, pid: u32) {
        self.governor.steal(pid, ELSEWHERE, &mut self.host);
    }

    fn overwrite(&mut self, pid: u32, quota: u32) {
        let group = self.governor.groups.get_mut(&format!("auto-ffmpeg-{pid}")).expect("a group");
        group.limits = limits(quota);
    }

    fn stands(&self, pid: u32) -> Option<i64> {
        self.governor.groups[&format!("auto-ffmpeg-{pid}")].limits.number(LimitKey::CpuQuota)
    }

    fn is_left(&self, pid: u32) -> bool {
        self.host.procs[&pid].group == ELSEWHERE
    }
}

#[test]
fn an_overwritten_limit_is_written_again_and_said_once() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    sim.overwrite(pid, 900);
    sim.run(SCAN_INTERVAL * 3);
    assert_eq!((sim.stands(pid), answers(&sim)), (Some(200), vec![Answer::Restored]));
    assert_eq!(sim.engine.drifts.limit, 1);
    assert_eq!(sim.said(|r| matches!(r, Record::LimitsChanged { .. })), 0);
    sim.assert_consistent();
}

#[test]
fn an_overwritten_limit_is_left_where_the_policy_says_so_until_it_says_otherwise() {
    let mut sim = Sim::running(leaving());
    let pid = sim.start_program("ffmpeg");
    sim.overwrite(pid, 900);
    sim.run(SCAN_INTERVAL * 5);
    sim.overwrite(pid, 800);
    sim.run(SCAN_INTERVAL * 5);
    assert_eq!((sim.stands(pid), answers(&sim)), (Some(800), vec![Answer::Left; 2]));
    sim.reload(usual());
    sim.run(SCAN_INTERVAL);
    assert_eq!((sim.stands(pid), answers(&sim).last()), (Some(200), Some(&Answer::Restored)));
}

#[test]
fn a_fight_over_a_limit_is_said_once_and_goes_on_slowly() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    let mut rewritten = 0;
    for _ in 0..60 {
        rewritten += u32::from(sim.stands(pid) == Some(200));
        sim.overwrite(pid, 900);
        sim.run(SCAN_INTERVAL);
    }
    let said = [vec![Answer::Restored; 3], vec![Answer::Tired]].concat();
    assert_eq!(answers(&sim), said);
    assert!((12..=14).contains(&rewritten), "{rewritten} times in ten minutes");
    sim.run(Duration::from_secs(700));
    assert_eq!(sim.stands(pid), Some(200), "it was not given up");
    sim.overwrite(pid, 900);
    sim.run(SCAN_INTERVAL);
    assert_eq!((sim.stands(pid), answers(&sim).len()), (Some(200), 5), "peace has been made meanwhile");
}

#[test]
fn a_reload_that_changes_limits_is_no_drift() {
    let with = |quota| {
        let mut rule = rule("ffmpeg", Filters::default());
        rule.limits = limits(quota);
        policy(vec![rule])
    };
    let mut sim = Sim::running(with(200));
    let pid = sim.start_program("ffmpeg");
    for quota in [300, 50, 700] {
        sim.hold.replies = true;
        sim.run(SCAN_INTERVAL); // an inspection is on its way
        sim.hold.governor = true;
        sim.reload(with(quota));
        sim.hold = Default::default();
        sim.run(SCAN_INTERVAL * 2);
        assert_eq!(sim.stands(pid), Some(quota.into()));
    }
    assert_eq!(drifts(&sim), []);
}

#[test]
fn limits_that_the_kernel_refuses_to_restore_are_told() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    sim.overwrite(pid, 900);
    sim.governor.refuse_limits.push_back(failure(Step::LimitWrite, 16));
    sim.run(SCAN_INTERVAL);
    assert_eq!(sim.said(|r| matches!(r, Record::LimitsRefused { .. })), 1);
    sim.run(SCAN_INTERVAL);
    assert_eq!(sim.stands(pid), Some(200));
}

#[test]
fn a_note_that_was_removed_is_written_again_under_either_policy() {
    for policy in [usual(), leaving()] {
        let mut sim = Sim::running(policy);
        let pid = sim.start_program("ffmpeg");
        sim.governor.groups.get_mut(&format!("auto-ffmpeg-{pid}")).expect("a group").noted = false;
        sim.run(SCAN_INTERVAL * 3);
        assert_eq!(drifts(&sim), [(Drift::Note, Answer::Restored)]);
    }
}

#[test]
fn every_job_has_its_turn_and_no_attachment_waits_for_more_than_one() {
    let mut sim = Sim::running(usual());
    (0..1000).for_each(|_| _ = sim.spawn(SHELL, "ffmpeg"));
    sim.settle();
    sim.governor.inspections = 0;
    sim.run(SCAN_INTERVAL);
    assert_eq!(sim.governor.inspections, 167);
    sim.hold.governor = true;
    sim.run(SCAN_INTERVAL * 2);
    assert_eq!(sim.governor.tasks.len(), 1, "{:?}", sim.governor.tasks);
    sim.hold.governor = false;
    let stolen: Vec<u32> =
        sim.host.procs.iter().filter(|(_, p)| p.ppid == SHELL).map(|(&pid, _)| pid).collect();
    stolen.iter().for_each(|&pid| sim.overwrite(pid, 900));
    sim.run(SCAN_INTERVAL * 7);
    assert!(stolen.iter().all(|&pid| sim.stands(pid) == Some(200)));
    assert_eq!(sim.engine.drifts.total(), 1000);
    // What is taken over is asked about at once.
    sim.governor.inspections = 0;
    sim.restart(usual());
    assert_eq!(sim.governor.inspections, 1000);
}

#[test]
fn scans_may_follow_each_other_faster_than_inspections() {
    let mut sim = Sim::running(Policy { scan_interval: Duration::from_millis(10), ..usual() });
    sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(10));
    assert!((9..=12).contains(&sim.governor.inspections), "{}", sim.governor.inspections);
}
