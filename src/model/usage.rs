//! What a job has used, in the words of its group's own files. Each is absent where the host does not count it: without a
//! controller, before a kernel that has the file.

use super::Mono;
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Usage {
    pub cpu: Option<Duration>,
    /// How long, and in how many periods, its quota kept it from running.
    pub throttled: Option<Duration>,
    pub throttled_periods: Option<u64>,
    /// In how many it wanted to run at all.
    pub periods: Option<u64>,
    /// Bytes now, and at the most.
    pub memory: Option<u64>,
    pub memory_peak: Option<u64>,
    pub counts: Counts,
    pub read_bytes: Option<u64>,
    pub written_bytes: Option<u64>,
    pub pressure: Pressure,
}

/// What the kernel has counted against a group since it was made, the groups inside it included.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    /// Times that a limit of the group itself left no memory.
    pub oom: Option<u64>,
    /// Processes killed for want of memory, whoever's.
    pub oom_kills: Option<u64>,
    /// Times that all of the group were.
    pub oom_group_kills: Option<u64>,
    /// Times that it was held back beyond `memory_high`.
    pub memory_high: Option<u64>,
    /// Processes and threads that it was refused.
    pub forks_refused: Option<u64>,
}

impl Counts {
    /// Of two readings of one group, whichever has counted further.
    pub fn or_later(self, other: Counts) -> Counts {
        Counts {
            oom: self.oom.max(other.oom),
            oom_kills: self.oom_kills.max(other.oom_kills),
            oom_group_kills: self.oom_group_kills.max(other.oom_group_kills),
            memory_high: self.memory_high.max(other.memory_high),
            forks_refused: self.forks_refused.max(other.forks_refused),
        }
    }
}

/// How long some, or all, of its processes have waited for a resource.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Pressure {
    pub cpu_some: Option<Duration>,
    pub cpu_full: Option<Duration>,
    pub memory_some: Option<Duration>,
    pub memory_full: Option<Duration>,
    pub io_some: Option<Duration>,
    pub io_full: Option<Duration>,
}

/// A usage, and when it was read.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Reading {
    pub at: Mono,
    pub usage: Usage,
    /// Cores that were busy for it since the reading before.
    pub cpu_rate: Option<f64>,
}

impl Reading {
    pub fn new(at: Mono, usage: Usage, before: Option<&Reading>) -> Reading {
        let rate = |before: &Reading| {
            let used = usage.cpu?.checked_sub(before.usage.cpu?)?;
            let passed = (at - before.at).as_secs_f64();
            (passed > 0.0).then(|| used.as_secs_f64() / passed)
        };
        Reading { at, usage, cpu_rate: before.and_then(rate) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(cpu: Option<u64>) -> Usage {
        Usage { cpu: cpu.map(Duration::from_millis), ..Usage::default() }
    }

    #[test]
    fn the_rate_is_that_between_two_readings() {
        let at = |seconds: u64| Mono(seconds * 1_000_000_000);
        let first = Reading::new(at(10), used(Some(500)), None);
        assert_eq!(first.cpu_rate, None);
        assert_eq!(Reading::new(at(12), used(Some(3500)), Some(&first)).cpu_rate, Some(1.5));
        // A group of the same name that was made anew, a file that is gone, no time between.
        for (now, cpu) in [(at(12), Some(100)), (at(12), None), (at(10), Some(500))] {
            assert_eq!(Reading::new(now, used(cpu), Some(&first)).cpu_rate, None);
        }
    }
}
