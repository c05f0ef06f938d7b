//! What somebody else changed of a job.

use crate::model::{LimitKey, Pid};

/// What was found otherwise than it had been left.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Drift {
    Limit(LimitDrift),
    /// A process sits in another group than the job's.
    Moved {
        pid: Pid,
        to: String,
    },
    /// The note by which a later start recognises the job.
    Note,
}

/// A file of the job's group, in the kernel's own words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LimitDrift {
    pub limit: LimitKey,
    pub found: String,
    pub wanted: String,
}

/// What is done about a drift.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Answer {
    Restored,
    /// `cgroup.on_drift: leave`.
    Left,
    /// It was put right again and again: a limit is from now on at a slower pace and unsaid, a process is left.
    Tired,
}
