//! Which samples are kept where there are more processes than may be kept: those of jobs first, then those that use most.

use crate::model::sample::{Round, Sample};

/// So many more may come together before they are looked through.
pub(super) fn slack(most: usize) -> usize {
    most / 8 + 64
}

/// Keeps the `most` valuable ones, in no order; how many were dropped.
pub(super) fn keep(samples: &mut Vec<Sample>, most: usize, last: Option<&Round>) -> usize {
    let dropped = samples.len().saturating_sub(most);
    if dropped > 0 && most > 0 {
        samples.select_nth_unstable_by(most - 1, |a, b| worth(b, last).cmp(&worth(a, last)));
    }
    samples.truncate(most);
    dropped
}

/// A job's before others; then by processor time lately used, in hundredths of a second, and memory.
fn worth(sample: &Sample, last: Option<&Round>) -> (bool, u64, u64) {
    let before = last.and_then(|last| last.of(sample.identity.pid));
    let before = before.filter(|before| before.identity == sample.identity).map(|before| before.used.cpu);
    let lately = sample.used.cpu.since(before.unwrap_or_default()).as_millis() as u64 / 10;
    (sample.governed, lately, sample.used.resident)
}
