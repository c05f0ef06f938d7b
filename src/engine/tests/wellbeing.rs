//! Health as an operator sees it: what is wrong is said at once with its reason, and that it is well again once it has
//! been so for a while.

use super::governor::failure;
use super::policies::{SCAN_INTERVAL, usual};
use super::sim::Sim;
use crate::engine::input::SourceRefusal;
use crate::model::failure::Step;
use crate::model::health::{Health, Reason};
use crate::model::record::Record;
use std::time::Duration;

/// Every status that was said, with the names of its reasons.
fn said(sim: &Sim) -> Vec<(Health, Vec<&'static str>)> {
    let status = |record: &Record| match record {
        Record::Health { is, reasons, .. } => Some((*is, reasons.iter().map(Reason::name).collect())),
        _ => None,
    };
    sim.records.iter().filter_map(status).collect()
}

const A_WHILE: Duration = Duration::from_secs(10);

#[test]
fn a_start_says_how_it_is() {
    let mut sim = Sim::new(usual());
    sim.start();
    sim.settle();
    assert_eq!(said(&sim), [(Health::Healthy, vec![])]);
}

#[test]
fn three_failed_scans_are_degraded_and_five_unhealthy() {
    let mut sim = Sim::running(usual());
    sim.refuse_scans.extend((0..6).map(|_| failure(Step::Proc, 24)));
    sim.run(SCAN_INTERVAL * 3);
    assert_eq!(said(&sim), [(Health::Degraded, vec!["scan_failures"])]);
    sim.run(SCAN_INTERVAL * 2);
    assert_eq!(said(&sim)[1..], [(Health::Unhealthy, vec!["scan_failures"])]);
    sim.run(SCAN_INTERVAL * 2 + A_WHILE);
    assert_eq!(said(&sim)[2..], [(Health::Healthy, vec![])]);
}

#[test]
fn a_walk_that_never_ends_is_noticed_by_its_age() {
    let mut sim = Sim::running(usual());
    sim.hold.walk = true;
    sim.run(Duration::from_secs(121) + SCAN_INTERVAL);
    assert_eq!(said(&sim), [(Health::Unhealthy, vec!["scan_age"])]);
    sim.hold.walk = false;
    sim.run(A_WHILE + SCAN_INTERVAL);
    assert_eq!(said(&sim)[1..], [(Health::Healthy, vec![])]);
}

#[test]
fn ten_attachments_that_fail_in_a_row_are_degraded_and_one_that_does_not_ends_it() {
    let mut sim = Sim::running(usual());
    sim.governor.refuse_attach.extend((0..10).map(|_| failure(Step::Move, 22)));
    for _ in 0..9 {
        sim.start_program("ffmpeg");
    }
    assert_eq!(said(&sim), []);
    sim.start_program("ffmpeg");
    assert_eq!(said(&sim), [(Health::Degraded, vec!["attach_failures"])]);
    sim.start_program("ffmpeg");
    sim.run(A_WHILE);
    assert_eq!(said(&sim)[1..], [(Health::Healthy, vec![])]);
}

#[test]
fn a_loss_is_degraded_until_the_scan_that_makes_good_for_it_has_lasted() {
    let mut sim = Sim::running(usual());
    sim.host.queue.losing = true;
    sim.start_program("ffmpeg");
    assert_eq!(said(&sim), [(Health::Degraded, vec!["resync"])]);
    sim.run(A_WHILE);
    assert_eq!(said(&sim)[1..], [(Health::Healthy, vec![])]);
}

#[test]
fn a_live_source_that_is_lost_is_degraded_and_one_that_never_was_is_not() {
    let refused = || SourceRefusal { why: "no".into(), may_heal: true };
    let mut sim = Sim::running(usual());
    sim.refuse_source = Some(refused());
    sim.handle(crate::engine::input::Input::SourceBroken(refused()));
    sim.run(A_WHILE * 2);
    assert_eq!(said(&sim).last(), Some(&(Health::Degraded, vec!["events_lost"])));
    sim.refuse_source = None;
    sim.run(Duration::from_secs(60) + A_WHILE);
    assert_eq!(said(&sim).last(), Some(&(Health::Healthy, vec![])));

    let mut sim = Sim::new(usual());
    sim.refuse_source = Some(refused());
    sim.start();
    sim.run(Duration::from_secs(600));
    assert_eq!(said(&sim), [(Health::Healthy, vec![])]);
}

#[test]
fn a_pause_of_all_attaching_is_degraded() {
    let mut sim = Sim::running(usual());
    sim.governor.refuse_attach.push_back(failure(Step::Mkdir, 30));
    sim.start_program("ffmpeg");
    assert_eq!(said(&sim), [(Health::Degraded, vec!["attaching_paused"])]);
    sim.run(Duration::from_secs(31) + A_WHILE);
    assert_eq!(said(&sim)[1..], [(Health::Healthy, vec![])]);
}
