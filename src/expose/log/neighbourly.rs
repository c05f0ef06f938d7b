//! The sentence and the fields of what happens between a job and those who had its process before. Names of units and
//! groups are theirs and are escaped.

use super::field::Fields;
use super::phrase::{Cause, fact};
use crate::model::Human;
use crate::model::foreign::Ending;
use crate::model::record::NeighbourRecord as N;
use crate::model::text::Quoted;
use nix::sys::signal::Signal;
use slog::Result;
use std::fmt::{self, Display, Formatter};

#[derive(Debug)]
pub(super) struct Neighbourly<'a>(pub(super) &'a N);

impl Display for Neighbourly<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            N::InPlace { job, group } => {
                let (job, group) = (fact(job.as_str()), Quoted(group.as_bytes()));
                write!(f, "Job {job} is governed in place: its limits stand on {group}, where it is alone")
            }
            N::FromUnit { job, ending: Ending { unit, signal, then } } => {
                let (job, unit) = (fact(job.as_str()), fact(unit));
                write!(f, "Job {job} came from unit {unit}: when that stops it gets {}", name(*signal))?;
                match then {
                    Some((last, after)) => write!(f, ", and {} after {}", name(*last), Human(*after)),
                    None => Ok(()),
                }
            }
            N::Company { job, pid } => {
                let job = fact(job.as_str());
                write!(
                    f,
                    "Job {job} is not alone in its group any more (PID {pid}): its limits are taken off it"
                )
            }
            N::GivenBack { job, group, why } => {
                let (job, group) = (fact(job.as_str()), Quoted(group.as_bytes()));
                write!(f, "Released job {job}: on {group} stands again what stood there before ({why})")
            }
            N::UnitStopped { job, unit, signal } => {
                let (job, unit) = (fact(job.as_str()), fact(unit));
                write!(f, "Unit {unit} was stopped: job {job}, which came from it, gets {}", name(*signal))
            }
            N::Outlived { job, unit, signal } => {
                let (job, unit) = (fact(job.as_str()), fact(unit));
                write!(
                    f,
                    "Job {job} has outlived unit {unit} for as long as that waits: it gets {}",
                    name(*signal)
                )
            }
            N::SignalFailed { job, failure } => {
                write!(f, "Could not end job {} with its unit: {}", fact(job.as_str()), Cause(failure))
            }
        }
    }
}

impl Fields<'_> {
    pub(super) fn neighbour(&mut self, record: &N) -> Result<&mut Self> {
        match record {
            N::InPlace { job, group } => self.event("in_place")?.job(job)?.text("group", group),
            N::FromUnit { job, ending: Ending { unit, signal, then } } => {
                let out = self.event("from_unit")?.job(job)?.text("unit", unit)?;
                let out = out.text("signal", &name(*signal))?;
                match then {
                    Some((last, after)) => {
                        out.text("last_signal", &name(*last))?.seconds("timeout_seconds", *after)
                    }
                    None => Ok(out),
                }
            }
            N::Company { job, pid } => self.event("company")?.job(job)?.pid(*pid),
            N::GivenBack { job, group, why } => {
                self.event("given_back")?.job(job)?.text("group", group)?.text("why", why)
            }
            N::UnitStopped { job, unit, signal } => {
                self.event("unit_stopped")?.job(job)?.text("unit", unit)?.text("signal", &name(*signal))
            }
            N::Outlived { job, unit, signal } => {
                self.event("outlived_unit")?.job(job)?.text("unit", unit)?.text("signal", &name(*signal))
            }
            N::SignalFailed { job, failure } => self.event("signal_failed")?.job(job)?.failure(failure),
        }
    }
}

fn name(signal: i32) -> String {
    Signal::try_from(signal).map_or_else(|_| format!("signal {signal}"), |signal| signal.as_str().to_owned())
}
