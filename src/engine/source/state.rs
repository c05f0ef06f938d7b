//! The states of the source and how long each may last.

use crate::model::Mono;
use std::time::Duration;

/// How long the kernel may take to acknowledge: it answers at once or never, but our own loop may be late.
pub(super) const ACK: Duration = Duration::from_millis(250);
/// How long the world may take to open a socket, or our own canary to come back.
pub(super) const PROOF: Duration = Duration::from_secs(1);
/// After this long without any event the canary asks whether it is quiet or deaf.
pub(super) const SILENCE: Duration = Duration::from_secs(30);
/// Between two attempts to get out of polling.
pub(super) const RETRY: Duration = Duration::from_secs(60);
/// Sockets opened in a row before it polls.
pub(super) const ATTEMPTS: u8 = 2;

/// What the engine must know of a step: when to scan.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub(crate) enum Change {
    None,
    /// From here on nothing is missed.
    Live,
    /// Something was missed before: it is time to scan all of /proc.
    Resync,
    /// From here on only scans find anything.
    Polling,
}

/// How a source that has been live fares worse now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Trouble<'s> {
    LostPolling {
        why: &'s str,
    },
    /// Events were missed, and no full scan has made good for them yet.
    Resyncing,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum State {
    Idle,
    Opening {
        until: Mono,
    },
    /// Asked for events under `number`. The first request may be repeated, `last` tells that it was.
    Listening {
        number: u32,
        until: Mono,
        last: bool,
    },
    /// Acknowledged; waits for the canary or any other event.
    Proving {
        until: Mono,
    },
    Live {
        heard: Mono,
    },
    /// Silent for so long that a canary was sent.
    Checking {
        until: Mono,
    },
    Polling {
        retry: Option<Mono>,
    },
}

impl State {
    pub(super) fn deadline(self) -> Option<Mono> {
        match self {
            State::Idle => None,
            State::Opening { until }
            | State::Listening { until, .. }
            | State::Proving { until }
            | State::Checking { until } => Some(until),
            State::Live { heard } => Some(heard + SILENCE),
            State::Polling { retry } => retry,
        }
    }

    pub(super) fn is_live(self) -> bool {
        matches!(self, State::Live { .. } | State::Checking { .. })
    }
}
