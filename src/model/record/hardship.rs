//! What its limits, or the want of something, do to a job: processes killed, forks refused, and strain that lasts.

use crate::model::{Comm, Pid};
use std::time::Duration;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Hardship {
    /// Processes were killed for want of memory.
    OomKilled {
        /// So many since that was told last, within this time.
        count: u64,
        over: Duration,
        /// The latest of them, as far as it is known who they were.
        victims: Vec<Victim>,
        by: Killer,
    },
    /// The same, while the service did not run: whom and when nobody saw.
    OomKilledUnseen { count: u64 },
    /// Processes or threads that it wanted to start were refused.
    ForksRefused { count: u64, over: Duration },
    /// It is held back, or goes short, for so much of the time, and has been for so long.
    Strained { strain: Strain, percent: u8, over: Duration },
    /// That is over; it was so for this much of the whole time.
    Eased { strain: Strain, percent: u8, over: Duration },
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Victim {
    pub pid: Pid,
    pub name: Comm,
}

/// What made the kernel kill.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Killer {
    /// A group above, or the whole host, had no memory left.
    Above,
    /// The job reached a limit of its own.
    OwnLimit,
    /// The same, and `oom_group` made it all of the job.
    OwnLimitAll,
}

impl Killer {
    pub fn name(self) -> &'static str {
        match self {
            Killer::OwnLimit => "own_limit",
            Killer::OwnLimitAll => "own_limit_all",
            Killer::Above => "above",
        }
    }
}

/// What may go on for long.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Strain {
    /// Its quota keeps it from running.
    Throttled,
    /// It is beyond `memory_high`: the kernel slows it down and takes memory back.
    MemoryHigh,
    /// All of it that could run waits for a processor.
    NoCpu,
    /// All of it waits for memory.
    NoMemory,
    /// All of it waits for a device.
    NoIo,
}

impl Strain {
    pub const ALL: [Strain; 5] =
        [Strain::Throttled, Strain::MemoryHigh, Strain::NoCpu, Strain::NoMemory, Strain::NoIo];

    pub fn name(self) -> &'static str {
        match self {
            Strain::Throttled => "throttled",
            Strain::MemoryHigh => "memory_high",
            Strain::NoCpu => "no_cpu",
            Strain::NoMemory => "no_memory",
            Strain::NoIo => "no_io",
        }
    }
}
