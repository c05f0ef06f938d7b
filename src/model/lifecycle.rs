//! That processes begin, change and end: any process of the host, whether or not it is anybody's target.

use super::{Comm, Mono, Pid, StartTime};
use std::time::Duration;

/// A process as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Process {
    pub pid: Pid,
    /// Unknown until /proc has been read: an event tells only that there is one.
    pub start: Option<StartTime>,
    pub ppid: Pid,
    pub uid: u32,
    pub comm: Comm,
    pub governed: bool,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Change {
    /// When it happened, if an event told; else when it was seen.
    pub at: Mono,
    pub process: Process,
    pub what: What,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum What {
    Created,
    /// What of it is new; the process is told as it is now.
    Updated(Updated),
    Terminated {
        /// As wait(2) gives it; only events tell.
        status: Option<u32>,
        lifetime: Option<Duration>,
    },
}

#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Updated {
    /// It runs another program.
    pub program: bool,
    pub name: bool,
    pub user: bool,
    /// It joined a job, or left one.
    pub governed: bool,
    /// Cores that it keeps busy, if that is noticeably other than was told last.
    pub cpu: Option<f32>,
    /// Bytes it has in memory, the same.
    pub memory: Option<u64>,
}
