//! What the service remembers across restarts. The cgroups themselves tell which process is in which job; this file
//! adds the history and the statistics, and what a host without xattrs could not keep.

pub mod json;

use super::{Identity, JobId, Pid, StartTime, Wall};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The whole of it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct State {
    pub boot_id: String,
    pub last_scan_at: Option<Wall>,
    pub processes: Vec<Tracked>,
    pub released: Vec<Released>,
    pub statistics: Statistics,
}

/// A governed process.
#[derive(Clone, PartialEq, Debug)]
pub struct Tracked {
    pub identity: Identity,
    pub job: JobId,
    pub command: Arc<str>,
    pub cgroup: String,
    pub origin_cgroup: String,
    pub discovered_at: Wall,
    pub attached_at: Wall,
    pub last_seen_at: Wall,
    /// Of its job, those that were told of.
    pub oom_kills: u64,
}

/// A process that an operator released.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Released {
    pub identity: Identity,
    /// The job it was of.
    pub job: JobId,
    /// Where its stack begins: a later program of the same process is not meant.
    pub exec_mark: u64,
}

/// Counted over all runs of the service.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Statistics {
    pub scans: u64,
    pub discovered: u64,
    pub attachments: u64,
}

/// What a file of an earlier run says. Nothing of it is believed before the kernel agrees: files of the older service
/// know neither boot nor start time, and any file may be older than the processes that have its pids by now.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Memory {
    pub boot_id: Option<String>,
    pub last_scan_at: Option<Wall>,
    /// By pid, each once.
    pub processes: Vec<Remembered>,
    pub released: Vec<Released>,
    pub statistics: Statistics,
}

impl Memory {
    /// What there is to know of each process that the file names beyond doubt.
    pub fn pasts(&self) -> BTreeMap<Identity, Past> {
        let past = |r: &Remembered| Some(Past { discovered_at: r.discovered_at?, oom_kills: r.oom_kills });
        let known = |r: &Remembered| Some((Identity { pid: r.pid, start: r.start? }, past(r)?));
        self.processes.iter().filter_map(known).collect()
    }
}

/// What the groups do not tell of a job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Past {
    pub discovered_at: Wall,
    /// Unknown where an older release has written it.
    pub oom_kills: Option<u64>,
}

/// A process that was governed when the file was written.
#[derive(Clone, PartialEq, Debug)]
pub struct Remembered {
    pub pid: Pid,
    pub start: Option<StartTime>,
    pub job: JobId,
    pub command: Arc<str>,
    pub cgroup: Option<String>,
    pub origin_cgroup: Option<String>,
    pub discovered_at: Option<Wall>,
    pub attached_at: Option<Wall>,
    pub last_seen_at: Option<Wall>,
    pub oom_kills: Option<u64>,
}
