//! The sentence and the fields of a hardship: what a job met, by what, and how much of it. Names of processes are their
//! own choice and come escaped.

use super::field::Fields;
use super::phrase::fact;
use crate::model::record::{Hardship, Killer, Strain, Victim};
use crate::model::text::Escaped;
use crate::model::{Human, JobId};
use slog::Result;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

#[derive(Debug)]
pub(in crate::expose) struct Met<'a>(pub(super) &'a JobId, pub(super) &'a Hardship);

impl Display for Met<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Met(job, hardship) = self;
        let job = fact(job.as_str());
        match hardship {
            Hardship::OomKilled { count, over, victims, by } => {
                write!(f, "Out of memory: the kernel killed {count} process(es) of job {job}")?;
                if over.as_secs() > 0 {
                    write!(f, " within {}", Human(*over))?;
                }
                match victims[..] {
                    [] => f.write_str(", it is not known which")?,
                    _ if (victims.len() as u64) < *count => write!(f, ", among them {}", Named(victims))?,
                    _ => write!(f, ": {}", Named(victims))?,
                }
                write!(f, "; {}", why(*by))
            }
            Hardship::OomKilledUnseen { count } => {
                let then = "the kernel's log tells whom";
                write!(
                    f,
                    "Out of memory: the kernel killed {count} process(es) of job {job} while this service did not run; {then}"
                )
            }
            Hardship::ForksRefused { count, over } => {
                write!(f, "Job {job} was refused {count} new process(es) or thread(s)")?;
                if over.as_secs() > 0 {
                    write!(f, " within {}", Human(*over))?;
                }
                f.write_str(": it has as many as its pids_max, or that of a group above it, allows")
            }
            Hardship::Strained { strain, percent, over } => {
                write!(f, "Job {job} is {}", strained(*strain, *percent, Human(*over)))
            }
            Hardship::Eased { strain, percent, over } => {
                write!(f, "Job {job} is no longer {}", no_longer(*strain, *percent, Human(*over)))
            }
        }
    }
}

/// Begins after "is".
pub(in crate::expose) fn strained(strain: Strain, percent: u8, over: Human) -> String {
    match strain {
        Strain::Throttled => {
            format!("throttled: for {over} its cpu_quota has held it back in {percent} % of all periods")
        }
        Strain::MemoryHigh => {
            format!("beyond its memory_high: for {over} the kernel has slowed it down and taken memory back")
        }
        Strain::NoCpu | Strain::NoMemory | Strain::NoIo => {
            let what = lacking(strain);
            format!("starved: for {over} all of it has waited for {what} {percent} % of the time")
        }
    }
}

/// Begins after "is no longer".
fn no_longer(strain: Strain, percent: u8, over: Human) -> String {
    match strain {
        Strain::Throttled => format!("throttled; it was for {over}, in {percent} % of all periods"),
        Strain::MemoryHigh => format!("beyond its memory_high; it was for {over}"),
        Strain::NoCpu | Strain::NoMemory | Strain::NoIo => {
            format!("starved of {}; it was for {over}, {percent} % of the time", lacking(strain))
        }
    }
}

fn why(by: Killer) -> &'static str {
    match by {
        Killer::OwnLimit => "it had reached its memory_limit",
        Killer::OwnLimitAll => "it had reached its memory_limit, and oom_group ends all of it",
        Killer::Above => "not its own limit, but total_limits or the whole host had no memory left",
    }
}

fn lacking(strain: Strain) -> &'static str {
    match strain {
        Strain::NoMemory => "memory",
        Strain::NoIo => "a device",
        Strain::Throttled | Strain::MemoryHigh | Strain::NoCpu => "a processor",
    }
}

/// `PID 7 (ffmpeg), PID 9 (sh)`.
#[derive(Debug)]
pub(in crate::expose) struct Named<'a>(pub(in crate::expose) &'a [Victim]);

impl Display for Named<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let gaps = std::iter::once("").chain(std::iter::repeat(", "));
        self.0.iter().zip(gaps).try_for_each(|(Victim { pid, name }, gap)| {
            write!(f, "{gap}PID {pid} ({})", Escaped(name.as_bytes()))
        })
    }
}

impl Fields<'_> {
    pub(super) fn hardship(&mut self, job: &JobId, hardship: &Hardship) -> Result<&mut Self> {
        match hardship {
            Hardship::OomKilled { count, over, victims, by } => {
                let out = self.event("oom_killed")?.job(job)?.many("count", *count)?;
                let out = out.seconds("within_seconds", *over)?.text("by", by.name())?;
                out.show("victims", Named(victims))
            }
            Hardship::OomKilledUnseen { count } => {
                self.event("oom_killed_unseen")?.job(job)?.many("count", *count)
            }
            Hardship::ForksRefused { count, over } => {
                let out = self.event("forks_refused")?.job(job)?.many("count", *count)?;
                out.seconds("within_seconds", *over)
            }
            Hardship::Strained { strain, percent, over } => {
                self.event("strained")?.job(job)?.strain(*strain, *percent, *over)
            }
            Hardship::Eased { strain, percent, over } => {
                self.event("eased")?.job(job)?.strain(*strain, *percent, *over)
            }
        }
    }

    fn strain(&mut self, strain: Strain, percent: u8, over: Duration) -> Result<&mut Self> {
        let out = self.text("strain", strain.name())?.number("percent", percent.into())?;
        out.seconds("duration_seconds", over)
    }
}
