//! Start times against the clock: they are counted in ticks of the one that runs on while the machine sleeps.

use crate::engine::effect::Born;
use crate::model::{Mono, StartTime};
use crate::sys::clock;
use rustix::param::clock_ticks_per_second;
use std::time::Duration;

/// A start time is cut to whole ticks, and the event is sent a little after it was taken.
const TOLERANCE: u64 = 30_000_000;

/// Whether a process with this start time is the one that is meant.
pub(super) fn is_born(start: StartTime, born: Born) -> bool {
    match born {
        Born::Started(meant) => start == meant,
        Born::Forked(moment) => agree(start, moment),
    }
}

/// Whether a process with this start time can be the one that was forked at this moment.
fn agree(start: StartTime, forked: Mono) -> bool {
    let asleep = clock::since_boot().saturating_sub(clock::mono().0);
    since_boot(start).abs_diff(forked.0.wrapping_add(asleep)) <= TOLERANCE
}

/// How long a process with this start time has lived.
pub(super) fn age(start: StartTime) -> Duration {
    Duration::from_nanos(clock::since_boot().saturating_sub(since_boot(start)))
}

fn since_boot(start: StartTime) -> u64 {
    start.0.saturating_mul(1_000_000_000 / clock_ticks_per_second().max(1))
}
