//! What processes use: one reading of one process, and a round of them all. Rates come of two readings of the same
//! identity and of the time between just these two, so a reused pid, a missed round and a sleeping machine falsify none.

use super::{Comm, Identity, Mono, Pid};
use std::time::Duration;

/// What one line of /proc/PID/stat says of use, or whatever stands in for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Used {
    /// Processor time since its start, of all its threads.
    pub cpu: CpuTime,
    /// Of children that have ended and were waited for, and of theirs. Where a parent ignores SIGCHLD the kernel adds
    /// nothing.
    pub reaped: CpuTime,
    /// Bytes in memory.
    pub resident: u64,
    pub threads: u32,
    /// The letter of proc_pid_stat(5).
    pub state: u8,
    /// As of the last round in which it had run; where the kernel lets us read it.
    pub io: Option<Io>,
}

/// Nanoseconds of processor time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct CpuTime(pub u64);

impl CpuTime {
    /// What has come since; nothing where less is said than before.
    pub fn since(self, before: CpuTime) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(before.0))
    }
}

/// Bytes that went from and to storage since the start, with those of children that have ended and were waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Io {
    pub read: u64,
    pub written: u64,
}

/// One process in one round.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sample {
    pub identity: Identity,
    pub ppid: Pid,
    pub uid: u32,
    pub comm: Comm,
    pub kernel_thread: bool,
    /// It belongs to a job.
    pub governed: bool,
    pub used: Used,
    pub read_at: Mono,
    pub recent: Option<Recent>,
}

/// What a process has used since the round before.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Recent {
    /// Cores that it kept busy with all its threads; one that was born since, over all the time since that round.
    pub cores: f32,
    /// The same, of children that lived too short to be met in any round.
    pub children: f32,
}

/// All processes as one pass met them.
#[derive(Clone, PartialEq, Debug)]
pub struct Round {
    pub at: Mono,
    /// Since the round before.
    pub over: Option<Duration>,
    pub host: HostUse,
    /// Cores that were busy on the whole host since the round before.
    pub busy: Option<f64>,
    /// In order of their pids.
    pub samples: Vec<Sample>,
    /// Processes beyond `scanner.max_processes`, of which there is no sample.
    pub left_out: usize,
}

/// Of the whole host.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct HostUse {
    /// Since boot, of all processors.
    pub busy: CpuTime,
    pub cores: u32,
    /// Bytes it has.
    pub memory: u64,
}

impl Round {
    pub fn of(&self, pid: Pid) -> Option<&Sample> {
        self.place_of(pid).map(|at| &self.samples[at])
    }

    pub(crate) fn of_mut(&mut self, pid: Pid) -> Option<&mut Sample> {
        self.place_of(pid).map(|at| &mut self.samples[at])
    }

    fn place_of(&self, pid: Pid) -> Option<usize> {
        self.samples.binary_search_by_key(&pid, |sample| sample.identity.pid).ok()
    }
}
