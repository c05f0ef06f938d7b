//! How sampling keeps within its means, in words and in fields.

use super::field::Fields;
use crate::model::Human;
use crate::model::record::{ScannerRecord, ShedCause, Why};
use slog::Result;
use std::fmt::{self, Formatter};

pub(super) fn sampling(record: &ScannerRecord, f: &mut Formatter<'_>) -> fmt::Result {
    match record {
        ScannerRecord::Interval { from, to, why, cost } => {
            let (from, to, cost) = (Human(*from), Human(*to), Human(*cost));
            write!(f, "Sampling every {to} instead of every {from}: ")?;
            match why {
                Why::Dear => write!(f, "a pass takes {cost} of processor time, see scanner.cpu_budget"),
                Why::Room => write!(f, "a pass takes only {cost} of processor time now"),
                Why::Policy => {
                    write!(f, "the configuration allows it, a pass takes {cost} of processor time")
                }
            }
        }
        ScannerRecord::Shed { cause, pause } => {
            let (why, pause) = (reason(*cause), Human(*pause));
            write!(f, "Sampling is given up for {pause}: {why}; processes are found and governed as ever")
        }
        ScannerRecord::Resumed { after } => {
            write!(f, "Sampling goes on, after {} without", Human(*after))
        }
        ScannerRecord::LeftOut { most, left_out } => {
            write!(f, "Sampling keeps {most} processes and leaves out {left_out}, see scanner.max_processes")
        }
        ScannerRecord::AllKept => f.write_str("Sampling keeps all processes again"),
    }
}

fn reason(cause: ShedCause) -> &'static str {
    match cause {
        ShedCause::Budget => {
            "even at scanner.max_interval a pass would cost more than scanner.cpu_budget; raise one of them"
        }
        ShedCause::Overload => "the service uses more than scanner.overload",
        ShedCause::EventsLost => "events were lost, and a scan makes good for them first",
    }
}

impl Fields<'_> {
    pub(super) fn sampling(&mut self, record: &ScannerRecord) -> Result<&mut Self> {
        match record {
            ScannerRecord::Interval { from, to, why, cost } => self
                .event("sampling_interval")?
                .seconds("from_seconds", *from)?
                .seconds("to_seconds", *to)?
                .text("why", why.name())?
                .seconds("pass_cpu_seconds", *cost),
            ScannerRecord::Shed { cause, pause } => {
                self.event("sampling_shed")?.text("cause", cause.name())?.seconds("pause_seconds", *pause)
            }
            ScannerRecord::Resumed { after } => {
                self.event("sampling_resumed")?.seconds("after_seconds", *after)
            }
            ScannerRecord::LeftOut { most, left_out } => {
                self.event("sampling_left_out")?.count("kept", *most)?.count("left_out", *left_out)
            }
            ScannerRecord::AllKept => self.event("sampling_all_kept"),
        }
    }
}
