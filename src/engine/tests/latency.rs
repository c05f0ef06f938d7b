//! How long after its exec a target is decided about and held: known where the exec was heard of, and only there.

use super::host::SHELL;
use super::policies::{filtered, usual};
use super::sim::{Hold, Sim};
use crate::config::policy::Filters;
use crate::model::record::Record;
use std::time::Duration;

/// Of the discoveries and attachments that were told.
fn latencies(sim: &Sim) -> (Vec<Option<Duration>>, Vec<Option<Duration>>) {
    let discovered = sim.records.iter().filter_map(|record| match record {
        Record::Discovered(discovery) => Some(discovery.latency),
        _ => None,
    });
    let attached = sim.records.iter().filter_map(|record| match record {
        Record::Attached { latency, .. } => Some(*latency),
        _ => None,
    });
    (discovered.collect(), attached.collect())
}

#[test]
fn both_begin_with_the_exec_and_end_with_decision_and_proof() {
    let mut sim = Sim::running(usual());
    sim.hold.looks = true;
    sim.start_program("ffmpeg");
    sim.host.now += 3_000_000;
    (sim.hold.looks, sim.hold.governor) = (false, true);
    sim.settle();
    sim.host.now += 5_000_000;
    sim.hold = Hold::default();
    sim.settle();
    let (discovered, attached) = latencies(&sim);
    let within = |latency: Option<Duration>, ms| {
        let latency = latency.expect("its exec was heard of");
        assert!(latency.as_millis() == ms, "{latency:?} {ms}");
    };
    assert_eq!((discovered.len(), attached.len()), (1, 1));
    within(discovered[0], 3);
    within(attached[0], 8);
}

#[test]
fn whoever_waits_for_an_ancestors_decision_is_not_timed_anew() {
    let mut sim = Sim::running(usual());
    sim.hold.names = true;
    let script = sim.host.fork(SHELL);
    sim.host.exec_as(script, "bash", Some("/bin/nothing"), "nothing");
    let target = sim.host.fork(script);
    sim.host.exec(target, "ffmpeg");
    sim.settle();
    sim.host.now += 2_000_000;
    sim.hold.names = false;
    sim.settle();
    let (discovered, _) = latencies(&sim);
    assert!(discovered[0].is_some_and(|latency| latency.as_millis() == 2), "{discovered:?}");
}

#[test]
fn one_that_a_scan_found_or_that_had_to_wait_for_its_age_has_none() {
    let mut sim = Sim::new(usual());
    sim.spawn(SHELL, "ffmpeg");
    sim.start();
    sim.settle();
    assert_eq!(latencies(&sim), (vec![None], vec![None]));

    let late = Filters { min_runtime: Some(Duration::from_secs(5)), ..Filters::default() };
    let mut sim = Sim::running(filtered(late));
    sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(60));
    assert_eq!(latencies(&sim), (vec![None], vec![None]));
}

#[test]
fn one_that_became_a_target_by_other_means_is_not_timed_from_its_exec() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("bash");
    sim.run(Duration::from_secs(5));
    sim.host.rename(pid, "ffmpeg");
    sim.settle();
    assert_eq!(latencies(&sim), (vec![None], vec![None]));
}
