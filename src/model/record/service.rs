//! How the service's own parts fare: events, the place where jobs live, the state file, the audit log.

use super::drift::{Answer, LimitDrift};
use crate::model::{LimitKey, Limits};
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, PartialEq, Debug)]
pub enum SourceRecord {
    Live {
        buffer: usize,
    },
    /// No events: found by scans alone. `chosen` when the operator asked for it, `expected` when he counts on events.
    Polling {
        why: String,
        chosen: bool,
        expected: bool,
    },
    /// The kernel dropped events; a scan makes good for them.
    Overrun {
        total: u64,
    },
    /// Events were lost again and again: so often since that was told last, and so many overruns in all.
    LostAgain {
        more: u64,
        over: Duration,
        total: u64,
    },
    /// Events have stopped for another cause than an overrun; connecting anew.
    Interrupted {
        why: String,
    },
    /// The kernel's filter could not be set: events of threads are received too, at more cost.
    Wide {
        why: String,
    },
    /// Events are flowing again, and a full scan has found what was missed.
    Recovered,
}

#[derive(Clone, PartialEq, Debug)]
pub enum GovernanceRecord {
    Ready {
        root: String,
    },
    Unavailable {
        why: String,
    },
    /// Something the operator should know about the place where jobs live.
    Remark {
        text: String,
    },
    LimitCannotHold {
        limit: LimitKey,
        cause: String,
    },
    /// Of all jobs together.
    TotalLimits {
        from: Limits,
        to: Limits,
    },
    /// Somebody else changed one of those.
    TotalDrift {
        drift: LimitDrift,
        answer: Answer,
    },
}

#[derive(Clone, PartialEq, Debug)]
pub enum StateRecord {
    Loaded {
        path: String,
        processes: usize,
    },
    Saved,
    /// The first that worked after others had failed.
    SavedAgain {
        failures: u32,
        after: Duration,
    },
    /// The file before stays as it is. `again`: for a cause that has been told.
    SaveFailed {
        why: String,
        again: bool,
    },
    /// Set aside, unreadable or slow: said, never fatal.
    Trouble {
        text: String,
    },
}

/// Where the service can be asked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum DoorRecord {
    Open {
        at: String,
    },
    /// Nobody can ask there, for this reason; it is tried again.
    Shut {
        at: String,
        why: String,
    },
}

/// How one of those fares who are told of processes. Each is said once, from the first loss until there was none for a while.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ConsumerRecord {
    /// It is too slow: notices are lost to it.
    Behind { name: Arc<str> },
    /// It panicked at a notice, which is lost to it.
    Panicked { name: Arc<str> },
    /// It has the whole picture again and kept up with all that followed.
    CaughtUp {
        name: Arc<str>,
        lost: u64,
        /// From the first loss to the last.
        after: Duration,
    },
}

/// How the audit log itself fares.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AuditRecord {
    /// Its file cannot be written, or not rotated: said when that begins.
    Trouble { why: String },
    /// It is written, and lines before are missing.
    Gap { lost: u64 },
}
