//! Attachments that fail: what follows one, and what all on a host have in common.

use crate::model::failure::Failure;
use std::time::Duration;

/// What follows a failed attachment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    In(Duration),
    /// When it is known that its cause, which all others would meet too, has gone.
    Paused,
    Never,
}

/// Why every attachment on this host would fail alike.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HostCause {
    ReadOnly,
    Delegation,
    Controllers,
    Layout,
    /// No room for another group.
    Full,
    Memory,
    Descriptors,
}

impl HostCause {
    pub const ALL: [HostCause; 7] = [
        HostCause::ReadOnly,
        HostCause::Delegation,
        HostCause::Controllers,
        HostCause::Layout,
        HostCause::Full,
        HostCause::Memory,
        HostCause::Descriptors,
    ];

    pub fn name(self) -> &'static str {
        match self {
            HostCause::ReadOnly => "read-only cgroup file system",
            HostCause::Delegation => "cgroup not delegated",
            HostCause::Controllers => "controller missing",
            HostCause::Layout => "cgroup layout",
            HostCause::Full => "no room for another cgroup",
            HostCause::Memory => "out of memory",
            HostCause::Descriptors => "out of file descriptors",
        }
    }
}

/// Attaching stops and goes on for all alike.
#[derive(Clone, PartialEq, Debug)]
pub enum BreakerRecord {
    Opened {
        cause: HostCause,
        failure: Failure,
        pause: Duration,
    },
    Closed {
        cause: HostCause,
        /// Those that are tried now.
        waiting: usize,
    },
}
