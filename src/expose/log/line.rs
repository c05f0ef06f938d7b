//! One log line: a record, the moment it is said, and its level. The sentence and the fields are two views of it, so that
//! text, json and journal say the same; what both need and is dear (the redacted argv) is made once.

use crate::config::policy::ArgvInLog;
use crate::expose::redact;
use crate::model::Wall;
use crate::model::health::Health;
use crate::model::record::{
    BreakerRecord, ConsumerRecord, Discovery, DoorRecord, GovernanceRecord, Hardship, NeighbourRecord, Next,
    Record, ScanSummary, ScannerRecord, SourceRecord, StateRecord, Strain,
};
use slog::Level;

#[derive(Debug)]
pub(in crate::expose) struct Line<'a> {
    pub(super) now: Wall,
    pub(super) record: &'a Record,
    /// The command line of a discovery as far as the policy lets it be seen.
    pub(super) argv: Option<String>,
}

impl<'a> Line<'a> {
    pub(in crate::expose) fn new(now: Wall, record: &'a Record, how: ArgvInLog) -> Line<'a> {
        let argv = match record {
            Record::Discovered(d) => shown(d, how),
            _ => None,
        };
        Line { now, record, argv }
    }
}

fn shown(d: &Discovery, how: ArgvInLog) -> Option<String> {
    Some(redact::argv(&d.argv, d.argv_cut, how)).filter(|argv| !argv.is_empty())
}

/// How loud a record is. A filter's refusal and a job's end are said at info because each is said once per process;
/// what repeats with every round of events is debug.
pub(in crate::expose) fn level(record: &Record) -> Level {
    use Record as R;
    match record {
        R::Scanning | R::AlreadyTracked { .. } | R::Waiting { .. } | R::JobEnded { .. } => Level::Debug,
        R::ScanComplete(ScanSummary { full: false, new: 0, .. }) => Level::Debug,
        R::Hardship { hardship: Hardship::Eased { .. }, .. } => Level::Info,
        // What a quota or memory_high does to a job is what they are for.
        R::Hardship {
            hardship: Hardship::Strained { strain: Strain::Throttled | Strain::MemoryHigh, .. },
            ..
        } => Level::Info,
        R::Hardship { .. } => Level::Warning,
        R::ConfigWarning { .. } | R::Drift { .. } | R::Stranger { .. } | R::ReadStuck { .. } => {
            Level::Warning
        }
        R::Source(SourceRecord::Polling { expected: true, .. }) => Level::Error,
        R::Source(
            SourceRecord::Polling { chosen: false, .. }
            | SourceRecord::Overrun { .. }
            | SourceRecord::LostAgain { .. }
            | SourceRecord::Interrupted { .. },
        ) => Level::Warning,
        R::Neighbour(NeighbourRecord::Company { .. }) => Level::Warning,
        R::Neighbour(NeighbourRecord::SignalFailed { .. }) => Level::Error,
        R::Governance(GovernanceRecord::LimitCannotHold { .. }) => Level::Warning,
        R::Door(DoorRecord::Shut { .. }) => Level::Warning,
        R::Scanner(ScannerRecord::Shed { .. } | ScannerRecord::LeftOut { .. }) => Level::Warning,
        R::Consumer(ConsumerRecord::Behind { .. } | ConsumerRecord::Panicked { .. }) => Level::Warning,
        R::State(StateRecord::SaveFailed { again: true, .. }) => Level::Debug,
        R::State(StateRecord::SaveFailed { .. } | StateRecord::Trouble { .. }) | R::Audit(_) => {
            Level::Warning
        }
        // What the breaker has said for all is not said of each.
        R::AttachFailed { next: Next::Paused, .. } => Level::Debug,
        R::AttachFailed { next: Next::In(_), .. } => Level::Warning,
        R::Breaker(BreakerRecord::Opened { .. }) | R::Health { is: Health::Unhealthy, .. } => Level::Error,
        R::Health { is: Health::Degraded, .. } => Level::Warning,
        R::GivenUp { .. }
        | R::LimitsRefused { .. }
        | R::JoinFailed { .. }
        | R::AttachFailed { next: Next::Never, .. }
        | R::ReleaseFailed { .. }
        | R::PutOutFailed { .. }
        | R::ScanFailed { .. } => Level::Error,
        R::ReloadFailed { .. } | R::Governance(GovernanceRecord::Unavailable { .. }) => Level::Error,
        _ => Level::Info,
    }
}

pub(in crate::expose) fn level_name(level: Level) -> &'static str {
    match level {
        Level::Critical => "critical",
        Level::Error => "error",
        Level::Warning => "warn",
        Level::Info => "info",
        Level::Debug => "debug",
        Level::Trace => "trace",
    }
}
