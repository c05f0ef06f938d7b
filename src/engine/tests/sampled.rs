//! What must be true of every round of samples, whatever has happened.

use super::manner::SAMPLES;
use super::sim::Sim;
use crate::model::sample::{Round, Sample};

#[track_caller]
pub(super) fn check(sim: &Sim) {
    sim.rounds.iter().for_each(|round| is_sound(round));
    for pair in sim.rounds.windows(2) {
        assert!(pair[0].at < pair[1].at, "{:?} {:?}", pair[0].at, pair[1].at);
    }
}

#[track_caller]
fn is_sound(round: &Round) {
    let pids = round.samples.iter().map(|sample| sample.identity.pid);
    assert!(pids.is_sorted_by(|a, b| a < b), "one of each, in order: {round:?}");
    let met = round.samples.len() + round.left_out;
    assert_eq!(round.samples.len(), met.min(SAMPLES), "{round:?}");
    let is_possible = |sample: &Sample| {
        let told = sample.recent.unwrap_or_default();
        let none_below = told.cores >= 0.0 && told.children >= 0.0;
        none_below && told.cores.is_finite() && told.children <= round.host.cores as f32 * 1.001
    };
    assert!(round.samples.iter().all(is_possible), "{round:?}");
    assert!(round.over.is_none_or(|over| !over.is_zero()));
}
