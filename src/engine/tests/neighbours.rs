//! Jobs in which somebody else has a say: a unit that is stopped takes them with it, and who moves in with one that is
//! governed in place ends that.

use super::policies::{SCAN_INTERVAL, usual};
use super::sim::Sim;
use crate::config::foreign::{Foreign, Manner};
use crate::config::policy::Policy;
use crate::engine::input::{Input, Order, Whom};
use crate::model::foreign::{Bond, Ending};
use crate::model::record::{NeighbourRecord, Record};
use crate::model::{JobId, Pid};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(5);

fn unit(then: Option<(i32, Duration)>) -> Bond {
    let ending = Ending { unit: "web.service".into(), signal: 15, then };
    Bond::Unit { ending, group: "/sys/fs/cgroup/system.slice/web.service".into() }
}

fn in_place() -> Bond {
    Bond::InPlace { group: "/sys/fs/cgroup/box".into() }
}

/// One target, bound so.
fn governed(bond: Bond) -> (Sim, u32) {
    let mut sim = Sim::running(usual());
    sim.governor.bond = Some(bond);
    let pid = sim.start_program("ffmpeg");
    sim.settle();
    (sim, pid)
}

fn said(sim: &Sim) -> Vec<NeighbourRecord> {
    let said = |record: &Record| match record {
        Record::Neighbour(record) => Some(record.clone()),
        _ => None,
    };
    sim.records.iter().filter_map(said).collect()
}

fn job(pid: u32) -> JobId {
    JobId::found(&format!("auto-ffmpeg-{pid}"))
}

#[test]
fn a_unit_that_stops_ends_what_came_from_it_with_its_signal_and_its_patience() {
    let (mut sim, pid) = governed(unit(Some((9, PATIENCE))));
    let first = said(&sim);
    assert!(
        matches!(&first[..], [NeighbourRecord::FromUnit { ending, .. }] if ending.signal == 15),
        "{first:?}"
    );
    sim.governor.unit_gone = true;
    sim.handle(Input::UnitGone(job(pid)));
    sim.settle();
    assert_eq!(sim.governor.signals, [15]);
    sim.run(PATIENCE / 2);
    assert_eq!(sim.governor.signals, [15]);
    sim.run(PATIENCE);
    assert_eq!(sim.governor.signals, [15, 9]);
    // However often it is found gone meanwhile.
    sim.run(SCAN_INTERVAL * 3);
    assert_eq!(sim.governor.signals, [15, 9]);
    let told = said(&sim);
    assert!(
        matches!(&told[1..], [NeighbourRecord::UnitStopped { .. }, NeighbourRecord::Outlived { .. }]),
        "{told:?}"
    );
}

#[test]
fn a_unit_that_waits_for_ever_sends_one_signal_and_a_job_that_ends_in_time_gets_no_second() {
    let (mut sim, pid) = governed(unit(None));
    sim.governor.unit_gone = true;
    sim.handle(Input::UnitGone(job(pid)));
    sim.run(SCAN_INTERVAL * 10);
    assert_eq!(sim.governor.signals, [15]);

    let (mut sim, pid) = governed(unit(Some((9, PATIENCE))));
    sim.governor.unit_gone = true;
    sim.handle(Input::UnitGone(job(pid)));
    sim.settle();
    sim.host.exit(pid);
    sim.run(PATIENCE * 3);
    assert_eq!(sim.governor.signals, [15]);
}

#[test]
fn a_scan_finds_the_unit_gone_if_nobody_tells_and_so_does_the_next_start() {
    let (mut sim, _) = governed(unit(Some((9, PATIENCE))));
    sim.governor.unit_gone = true;
    sim.run(SCAN_INTERVAL * 2);
    assert_eq!(sim.governor.signals, [15, 9]);

    let (mut sim, _) = governed(unit(Some((9, PATIENCE))));
    sim.governor.unit_gone = true;
    sim.restart(usual());
    sim.run(SCAN_INTERVAL * 2);
    assert_eq!(sim.governor.signals, [15, 9]);
}

#[test]
fn a_unit_that_only_seems_to_be_gone_ends_nothing() {
    let (mut sim, pid) = governed(unit(Some((9, PATIENCE))));
    sim.handle(Input::UnitGone(job(pid)));
    sim.run(SCAN_INTERVAL * 2);
    assert!(sim.governor.signals.is_empty());
}

#[test]
fn company_ends_governing_in_place_and_says_so() {
    let (mut sim, pid) = governed(in_place());
    sim.governor.company = Some(Pid(77));
    // It is met anew, and left this time.
    sim.governor.bond = None;
    sim.run(SCAN_INTERVAL * 2);
    let told = said(&sim);
    assert!(
        matches!(
            &told[..],
            [
                NeighbourRecord::InPlace { .. },
                NeighbourRecord::Company { pid: Pid(77), .. },
                NeighbourRecord::GivenBack { .. }
            ]
        ),
        "{told:?}"
    );
    assert_eq!(sim.said(|record| matches!(record, Record::Released { .. })), 0);
    assert!(sim.host.alive(pid));
}

#[test]
fn an_operator_who_releases_a_job_in_place_is_told_where_from() {
    let (mut sim, pid) = governed(in_place());
    let answer = sim.obeyed(Order::Release(Whom::Pid(Pid(pid)))).expect("done");
    assert!(answer.contains("taken off"), "{answer}");
}

#[test]
fn another_policy_for_what_is_somebody_elses_meets_those_concerned_anew() {
    let (mut sim, pid) = governed(in_place());
    sim.governor.bond = None;
    let before = sim.governor.attaches;
    sim.reload(usual());
    sim.settle();
    assert_eq!(sim.governor.attaches, before);
    let foreign = Foreign { usual: Manner::Move, ..Foreign::default() };
    sim.reload(Policy { foreign: foreign.into(), ..usual() });
    sim.settle();
    assert_eq!(sim.governor.attaches, before + 1);
    assert!(sim.engine.jobs.named(&job(pid)).is_some());
    assert!(matches!(said(&sim).last(), Some(NeighbourRecord::GivenBack { .. })));
}
