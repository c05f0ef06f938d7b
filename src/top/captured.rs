//! How much of all processor time the list covers.
//!
//! Two totals are known, and each misses something: the sum of samples those that were reaped by nobody, or were left out; the
//! kernel's own count for the host what ran between its ticks. The larger one misses less, and never makes the list look
//! better than it is.

use super::score::busy;
use crate::model::sample::Round;
use crate::model::top::Row;

/// Nothing before there are rates, and nothing of nothing.
pub(super) fn captured(round: &Round, rows: &[Row]) -> Option<f64> {
    round.over?;
    let listed: f64 = rows.iter().map(|row| busy(&row.sample)).sum();
    let met: f64 = round.samples.iter().map(busy).sum();
    // Counted at the ends of two passes and divided by the time between their beginnings, it may be more than there can be.
    let counted = round.busy.map_or(0.0, |busy| busy.min(f64::from(round.host.cores)));
    let all = met.max(counted);
    // The order in which fractions are added up may make the part a little larger than the whole.
    (all > 0.0).then(|| (listed / all).min(1.0))
}
