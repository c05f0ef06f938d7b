//! What the service remembers across restarts. The cgroups themselves tell which process is in which job; this file
//! adds the history and the statistics, and what a host without xattrs could not keep.

use super::{Identity, JobId, Wall};
use std::sync::Arc;

/// The whole of it.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct State {
    pub boot_id: String,
    pub last_scan_at: Option<Wall>,
    pub processes: Vec<Tracked>,
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
}

/// Counted over all runs of the service.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Statistics {
    pub scans: u64,
    pub discovered: u64,
    pub attachments: u64,
}
