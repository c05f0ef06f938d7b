//! The clocks. The only place that reads them.

use crate::model::{Mono, Now, Wall};
use rustix::time::{ClockId, Timespec, clock_gettime};
use std::time::Duration;

pub fn now() -> Now {
    Now { mono: mono(), wall: Wall(nanos(clock_gettime(ClockId::Realtime))) }
}

pub fn mono() -> Mono {
    Mono(nanos(clock_gettime(ClockId::Monotonic)) as u64)
}

/// Since boot, time asleep included: the clock of process start times.
pub fn since_boot() -> u64 {
    nanos(clock_gettime(ClockId::Boottime)) as u64
}

/// How long the machine has slept since boot. Boot time is read first: whoever is interrupted between the two readings
/// takes it for less, never for more.
pub fn asleep() -> Duration {
    let since_boot = since_boot();
    Duration::from_nanos(since_boot.saturating_sub(mono().0))
}

/// What the calling thread has run for.
pub fn thread_cpu() -> Duration {
    ran(ClockId::ThreadCPUTime)
}

/// What all threads have run for.
pub fn process_cpu() -> Duration {
    ran(ClockId::ProcessCPUTime)
}

fn ran(clock: ClockId) -> Duration {
    Duration::from_nanos(nanos(clock_gettime(clock)) as u64)
}

fn nanos(time: Timespec) -> i64 {
    time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_nsec)
}
