//! How the service fares, in words for people: a level, and the reasons for it.

use super::Human;
use super::record::HostCause;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// The worst of its reasons.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Health {
    #[default]
    Healthy,
    Degraded,
    Unhealthy,
}

impl Health {
    pub const ALL: [Health; 3] = [Health::Healthy, Health::Degraded, Health::Unhealthy];

    pub fn name(self) -> &'static str {
        match self {
            Health::Healthy => "healthy",
            Health::Degraded => "degraded",
            Health::Unhealthy => "unhealthy",
        }
    }
}

/// Something that is not as it should be. What was learned about this host is told with what it is compared to.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Reason {
    ScanFailures {
        count: u32,
        limit: u32,
    },
    ScanAge {
        age: Duration,
    },
    AttachFailures {
        count: u32,
        limit: u32,
    },
    /// Events came once, and come no more.
    EventsLost,
    /// Events were lost; a scan is making good for them.
    Resync,
    Paused(HostCause),
    NotGoverning,
    SlowScan {
        took: Duration,
        usual: Duration,
        limit: Duration,
    },
    EventStorm {
        rate: f64,
        usual: f64,
        limit: f64,
    },
}

impl Reason {
    /// One word for programs.
    pub fn name(&self) -> &'static str {
        match self {
            Reason::ScanFailures { .. } => "scan_failures",
            Reason::ScanAge { .. } => "scan_age",
            Reason::AttachFailures { .. } => "attach_failures",
            Reason::EventsLost => "events_lost",
            Reason::Resync => "resync",
            Reason::Paused(_) => "attaching_paused",
            Reason::NotGoverning => "not_governing",
            Reason::SlowScan { .. } => "slow_scan",
            Reason::EventStorm { .. } => "event_storm",
        }
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match *self {
            Reason::ScanFailures { count, limit } => {
                write!(f, "{count} scans in a row failed (limit {limit})")
            }
            Reason::ScanAge { age } => write!(f, "the last good scan is {} old", Human(age)),
            Reason::AttachFailures { count, limit } => {
                write!(f, "{count} attachments in a row failed (limit {limit})")
            }
            Reason::EventsLost => f.write_str("process events have ended, only scans find processes"),
            Reason::Resync => f.write_str("resync: process events were lost, a scan makes good for them"),
            Reason::Paused(cause) => write!(f, "attaching is paused: {}", cause.name()),
            Reason::NotGoverning => f.write_str("processes cannot be governed here"),
            Reason::SlowScan { took, usual, limit } => write!(
                f,
                "a scan took {} (usual here {}, learned limit {})",
                Human(took),
                Human(usual),
                Human(limit)
            ),
            Reason::EventStorm { rate, usual, limit } => {
                write!(
                    f,
                    "{rate:.0} process events a second (usual here {usual:.0}, learned limit {limit:.0})"
                )
            }
        }
    }
}
