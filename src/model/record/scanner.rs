//! How sampling keeps within its means: what of it was put off, given up or left out, and why.

use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScannerRecord {
    /// From now on samples are this far apart.
    Interval {
        from: Duration,
        to: Duration,
        why: Why,
        /// Processor time of the last pass.
        cost: Duration,
    },
    /// No samples are taken; after the pause one pass is tried.
    Shed {
        cause: ShedCause,
        pause: Duration,
    },
    /// They are again, after so long without.
    Resumed {
        after: Duration,
    },
    /// There are more processes than samples are kept of.
    LeftOut {
        most: usize,
        left_out: usize,
    },
    AllKept,
}

/// Why the interval is another one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// A pass costs more than its budget allows.
    Dear,
    /// Passes have become cheaper.
    Room,
    /// The configuration allows more, or less, than before.
    Policy,
}

impl Why {
    pub fn name(self) -> &'static str {
        match self {
            Why::Dear => "dear",
            Why::Room => "room",
            Why::Policy => "policy",
        }
    }
}

/// Why there are no samples.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ShedCause {
    /// Even at the longest interval they would cost more than they may.
    Budget,
    /// The whole service uses more than `scanner.overload`.
    Overload,
    /// Events were lost, and a scan makes good for them.
    EventsLost,
}

impl ShedCause {
    pub const ALL: [ShedCause; 3] = [ShedCause::Budget, ShedCause::Overload, ShedCause::EventsLost];

    pub fn name(self) -> &'static str {
        match self {
            ShedCause::Budget => "budget",
            ShedCause::Overload => "overload",
            ShedCause::EventsLost => "events_lost",
        }
    }
}
