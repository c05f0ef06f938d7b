//! Two readings of what a job uses → how much of the time between them it suffered from each strain. Pure.

use crate::model::record::Strain;
use crate::model::usage::{Pressure, Usage};
use std::time::Duration;

/// A period of a quota, as the service sets it.
const PERIOD: Duration = Duration::from_millis(100);

/// How much of the time between two readings each strain was there, in the order of `Strain::ALL`.
pub(super) fn shares(before: &Usage, now: &Usage, passed: Duration) -> [f64; Strain::ALL.len()] {
    let of_time = |time: Duration| (time.as_secs_f64() / passed.as_secs_f64()).min(1.0);
    let more = |of: fn(&Usage) -> Option<u64>| {
        of(now).zip(of(before)).map_or(0, |(now, before)| now.saturating_sub(before))
    };
    let waited = |of: fn(&Pressure) -> Option<Duration>| {
        let both = of(&now.pressure).zip(of(&before.pressure));
        both.map_or(0.0, |(now, before)| of_time(now.saturating_sub(before)))
    };
    // Of all periods, those in which it slept included: one that seldom runs is not held back for long.
    let periods = more(|usage| usage.periods).max((passed.as_millis() / PERIOD.as_millis()) as u64).max(1);
    let throttled = more(|usage| usage.throttled_periods) as f64 / periods as f64;
    let beyond_high = f64::from(u8::from(more(|usage| usage.counts.memory_high) > 0));
    // One that is held back by its quota waits for a processor because of that.
    let no_cpu = if throttled > 0.0 { 0.0 } else { waited(|pressure| pressure.cpu_full) };
    [
        throttled,
        beyond_high,
        no_cpu,
        waited(|pressure| pressure.memory_full),
        waited(|pressure| pressure.io_full),
    ]
}
