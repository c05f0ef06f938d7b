//! Limits of all jobs together: written before the first job, changed by a reload, put right when somebody changes them.

use super::policies::{SCAN_INTERVAL, limits, usual};
use super::sim::Sim;
use crate::config::policy::Policy;
use crate::model::record::{Answer, GovernanceRecord, Record};
use crate::model::{LimitKey, Limits};

fn together(quota: u32) -> Policy {
    Policy { total_limits: limits(quota), ..usual() }
}

fn changes(sim: &Sim) -> Vec<(Limits, Limits)> {
    let change = |record: &Record| match record {
        Record::Governance(GovernanceRecord::TotalLimits { from, to }) => Some((from.clone(), to.clone())),
        _ => None,
    };
    sim.records.iter().filter_map(change).collect()
}

fn answers(sim: &Sim) -> Vec<Answer> {
    let answer = |record: &Record| match record {
        Record::Governance(GovernanceRecord::TotalDrift { answer, .. }) => Some(*answer),
        _ => None,
    };
    sim.records.iter().filter_map(answer).collect()
}

#[test]
fn they_are_written_at_the_start_and_follow_a_reload_until_there_are_none() {
    let mut sim = Sim::new(together(300));
    sim.start();
    sim.settle();
    assert_eq!(sim.governor.total[0], limits(300));
    assert_eq!(sim.engine.snapshot(sim.now()).total_limits, limits(300));
    sim.reload(together(200));
    sim.run(SCAN_INTERVAL);
    assert_eq!(sim.governor.total[0], limits(200));
    sim.reload(usual());
    sim.run(SCAN_INTERVAL);
    assert_eq!(sim.governor.total[0], Limits::default());
    let none = Limits::default();
    assert_eq!(changes(&sim), [(none.clone(), limits(300)), (limits(300), limits(200)), (limits(200), none)]);
}

#[test]
fn what_somebody_else_makes_of_them_is_put_right_or_left_and_counted() {
    for (restores, answer) in [(true, Answer::Restored), (false, Answer::Left)] {
        let mut sim = Sim::running(Policy { restore_on_drift: restores, ..together(300) });
        sim.governor.total[0] = limits(900);
        sim.run(SCAN_INTERVAL * 4);
        assert_eq!(sim.governor.total[0] == limits(300), restores);
        assert_eq!((answers(&sim), sim.engine.drifts.limit), (vec![answer], 1));
    }
}

#[test]
fn one_that_cannot_hold_here_is_missed_although_no_job_asks_for_it() {
    let mut sim = Sim::new(Policy { total_limits: Limits::from([(LimitKey::PidsMax, 9)]), ..usual() });
    sim.governor.cannot_hold =
        vec![(LimitKey::PidsMax, "no pids".into()), (LimitKey::IoWeight, "no io".into())];
    sim.start();
    sim.settle();
    let missed = |limit: LimitKey| {
        sim.said(|record| {
            matches!(record, Record::Governance(GovernanceRecord::LimitCannotHold { limit: one, .. }) if *one == limit)
        })
    };
    assert_eq!((missed(LimitKey::PidsMax), missed(LimitKey::IoWeight)), (1, 0));
}
