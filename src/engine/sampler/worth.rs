//! Which samples are kept where there are more processes than may be kept: those of jobs first, then those that use most.

use crate::model::sample::Sample;
use std::cmp::Reverse;

/// So many may come together before they are looked through.
pub(super) fn room(most: usize) -> usize {
    most.saturating_add(most / 8 + 64)
}

/// Keeps the `most` valuable ones, in no order; how many were dropped.
pub(super) fn keep(samples: &mut Vec<Sample>, most: usize) -> usize {
    let dropped = samples.len().saturating_sub(most);
    if dropped > 0 && most > 0 {
        samples.select_nth_unstable_by_key(most - 1, |sample| Reverse(worth(sample)));
    }
    samples.truncate(most);
    dropped
}

/// A job's before others; then by thousandths of a core kept busy lately, and by memory.
fn worth(sample: &Sample) -> (bool, u32, u64) {
    let lately = sample.recent.map_or(0.0, |recent| recent.cores + recent.children);
    (sample.governed, (lately * 1000.0) as u32, sample.used.resident)
}
