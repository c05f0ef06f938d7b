//! A parent's time of children that have ended holds all that they ever used, also what rounds before have told of them.
//! To tell nothing twice, that is taken off. Of children that no round met nothing was told: all of theirs is the parent's.

use crate::model::Pid;
use crate::model::sample::{Round, Sample};
use std::collections::HashMap;
use std::time::Duration;

/// By parent, what the last round had told of children that have ended since.
pub(super) fn already_told(last: &Round, samples: &[Sample]) -> HashMap<Pid, Duration> {
    let lives = |before: &Sample| {
        let found = samples.binary_search_by_key(&before.identity.pid, |sample| sample.identity.pid);
        found.is_ok_and(|at| samples[at].identity == before.identity)
    };
    let mut told = HashMap::new();
    for gone in last.samples.iter().filter(|before| !lives(before)) {
        let used = gone.used.cpu.since(Default::default()) + gone.used.reaped.since(Default::default());
        if let Some(heir) = heir(last, gone, lives) {
            *told.entry(heir).or_default() += used;
        }
    }
    told
}

/// Its parent; where that has ended too, the one that waited for the parent, and so on.
fn heir(last: &Round, gone: &Sample, lives: impl Fn(&Sample) -> bool) -> Option<Pid> {
    let mut parent = last.of(gone.ppid)?;
    // Links of one reading form no ring that is longer than this, and a ring has no heir.
    for _ in 0..last.samples.len() {
        if lives(parent) {
            return Some(parent.identity.pid);
        }
        parent = last.of(parent.ppid)?;
    }
    None
}
