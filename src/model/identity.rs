//! Who a process is. A pid alone names nobody: the kernel hands it on. A pid with the start time names
//! one process of one boot, and that pair is what the engine remembers and the world checks again.

use std::fmt;

/// A thread-group id as the initial pid namespace (or ours) numbers it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Pid(pub u32);

/// Field 22 of `/proc/PID/stat`: clock ticks since boot, fixed for the life of the process.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct StartTime(pub u64);

/// One process of this boot.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Identity {
    pub pid: Pid,
    pub start: StartTime,
}

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for StartTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
