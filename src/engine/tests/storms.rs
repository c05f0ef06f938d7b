//! Losses in any order with whatever else may happen: after the last of them a full scan begins and ends, and in between
//! there are never more scans than the pauses allow.

use super::chance;
use super::governor::failure;
use super::policies::{SCAN_INTERVAL, usual};
use super::sim::Sim;
use crate::engine::input::SourceRefusal;
use crate::model::record::{Record, SourceRecord, Step as At};
use proptest::prelude::*;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Step {
    /// Events are dropped from now on; `secretly`, somebody else takes the error.
    Lose {
        secretly: bool,
    },
    Happen(chance::Step),
    /// No further socket can be opened, or it can again.
    Refuse(bool),
    Events(bool),
    Walk(bool),
    RefuseScan,
    Round,
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => prop::bool::weighted(0.3).prop_map(|secretly| Step::Lose { secretly }),
        8 => chance::life().prop_map(Step::Happen),
        1 => prop::bool::weighted(0.3).prop_map(Step::Refuse),
        2 => any::<bool>().prop_map(Step::Events),
        2 => any::<bool>().prop_map(Step::Walk),
        1 => Just(Step::RefuseScan),
        3 => Just(Step::Round),
        6 => prop_oneof![4 => 0..50_u64, 3 => 200..300_u64, 2 => 900..3_000_u64, 1 => Just(61_000_u64)]
            .prop_map(Step::Pass),
    ]
}

fn take(sim: &mut Sim, step: &Step) {
    let queue = &mut sim.host.queue;
    match step {
        Step::Lose { secretly } => (queue.losing, queue.secretive) = (queue.listening, *secretly),
        Step::Refuse(on) => {
            let refusal = SourceRefusal { why: "too many files".into(), may_heal: true };
            sim.refuse_source = on.then_some(refusal);
        }
        Step::Events(held) => sim.hold.events = *held,
        Step::Walk(held) => sim.hold.walk = *held,
        Step::RefuseScan => sim.refuse_scans.push_back(failure(At::Proc, 24)),
        Step::Happen(life) => chance::on_host(&mut sim.host, life),
        Step::Round => drop(sim.round()),
        Step::Pass(ms) => sim.run(Duration::from_millis(*ms)),
    }
}

/// The most full scans in that time: one for each shortest pause, the periodic ones, and those of the two ends.
fn most_in(time: Duration) -> u128 {
    time.as_millis() / 250 + time.as_millis() / SCAN_INTERVAL.as_millis() + 3
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_last_loss_is_followed_by_a_full_scan(steps in prop::collection::vec(step(), 0..80)) {
        let mut sim = Sim::running(usual());
        let began = sim.host.now;
        steps.iter().for_each(|step| take(&mut sim, step));
        sim.hold = Default::default();
        (sim.host.queue.losing, sim.host.queue.secretive) = (false, false);
        (sim.refuse_source, sim.refuse_scans) = Default::default();
        sim.run(Duration::from_secs(100));
        let passed = Duration::from_nanos(sim.host.now - began);
        prop_assert!(sim.full_passes.len() as u128 <= most_in(passed), "{:?}", sim.full_passes);
        sim.assert_all_is_made_good_for();
        super::invariants::check(&sim, false);
    }
}

#[test]
fn a_storm_is_told_in_few_words_and_leaves_nothing_undone() {
    let mut sim = Sim::running(usual());
    let mut targets = Vec::new();
    for n in 0..300 {
        sim.host.queue.losing = true;
        if n % 10 == 0 {
            targets.push(sim.spawn(super::host::SHELL, "ffmpeg"));
        } else {
            let short = sim.host.fork(super::host::SHELL);
            sim.host.exit(short);
        }
        sim.run(Duration::from_millis(100));
    }
    let told = sim.said(|r| matches!(r, Record::Source(_)));
    assert!(told <= 3, "{told} lines in half a minute of it");
    let passes = sim.full_passes.len();
    assert!(passes <= 12, "{passes} full scans for 300 overruns");
    sim.run(Duration::from_secs(61));
    let last = sim.records.iter().rev().find(|r| matches!(r, Record::Source(_)));
    assert!(
        matches!(last, Some(Record::Source(SourceRecord::LostAgain { more: 299, total: 300, .. }))),
        "{last:?}"
    );
    targets.into_iter().for_each(|pid| sim.assert_own_job(pid, "ffmpeg"));
    sim.assert_all_is_made_good_for();
    sim.assert_consistent();
}

#[test]
fn a_loss_that_nobody_told_of_is_found_at_the_next_scan() {
    let mut sim = Sim::running(usual());
    (sim.host.queue.losing, sim.host.queue.secretive) = (true, true);
    let pid = sim.start_program("bash");
    sim.host.exec(pid, "ffmpeg");
    sim.settle();
    sim.assert_free(pid);
    sim.run(SCAN_INTERVAL);
    sim.assert_own_job(pid, "ffmpeg");
    assert_eq!(sim.said(|r| matches!(r, Record::Source(SourceRecord::Overrun { total: 1 }))), 1);
    sim.run(SCAN_INTERVAL * 3);
    assert_eq!(sim.said(|r| matches!(r, Record::Source(SourceRecord::Overrun { .. }))), 1);
}
