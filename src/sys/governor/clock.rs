//! The three clocks the governor needs: monotonic time for durations, wall time for the note on a group, and the
//! clock that start times are counted in, which runs on while the machine sleeps.

use crate::model::{Mono, StartTime, Wall};
use rustix::param::clock_ticks_per_second;
use rustix::time::{ClockId, clock_gettime};
use std::time::Duration;

pub(super) fn mono() -> Mono {
    Mono(nanoseconds(ClockId::Monotonic))
}

pub(super) fn wall() -> Wall {
    Wall(i64::try_from(nanoseconds(ClockId::Realtime)).unwrap_or(i64::MAX))
}

/// A start time is cut to whole ticks, and the event is sent a little after it was taken.
const TOLERANCE: u64 = 30_000_000;

/// Whether a process with this start time can be the one that was forked at this moment.
pub(super) fn agree(start: StartTime, forked: Mono) -> bool {
    let asleep = nanoseconds(ClockId::Boottime).saturating_sub(mono().0);
    let started = start.0.saturating_mul(1_000_000_000 / clock_ticks_per_second().max(1));
    started.abs_diff(forked.0.saturating_add(asleep)) <= TOLERANCE
}

/// How long a process with this start time has lived.
pub(super) fn age(start: StartTime) -> Duration {
    let started = start.0.saturating_mul(1_000_000_000 / clock_ticks_per_second().max(1));
    Duration::from_nanos(nanoseconds(ClockId::Boottime).saturating_sub(started))
}

fn nanoseconds(clock: ClockId) -> u64 {
    let time = clock_gettime(clock);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(time.tv_nsec).unwrap_or_default())
}
