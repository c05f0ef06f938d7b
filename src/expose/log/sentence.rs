//! The sentence of each record: what operators, and scripts that grep, rely on. Those fixed by the contract are tested
//! letter by letter; the others name the cause, and the remedy where there is one. One line each, whatever it quotes.

use super::drifted::Drifted;
use super::hardship::Met;
use super::line::Line;
use super::neighbourly::Neighbourly;
use super::phrase::{Cause, Found, audit, breaker, consumer, door, fact, governance, source, state};
use super::sampling::sampling;
use crate::model::record::{Next, Record as R};
use crate::model::text::{OneLine, Quoted};
use crate::model::{Human, Identity, Maker};
use std::fmt::{self, Display, Formatter};

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("[watch] ")?;
        match self.record {
            R::Starting { .. } => f.write_str("Starting auto-attach service"),
            R::InitialScan => f.write_str("Performing initial scan"),
            R::RetryStarted => f.write_str("Retry worker started"),
            R::Started => f.write_str("Auto-attach service started"),
            R::Slept { time } => write!(f, "The machine was asleep for {}", Human(*time)),
            R::ConfigWarning { text } => write!(f, "Configuration: {}", OneLine(text)),
            R::Source(record) => source(record, f),
            R::Governance(record) => governance(record, f),
            R::Scanning => f.write_str("Scanning for processes"),
            R::ScanComplete(s) => {
                let took = Human(s.took);
                write!(
                    f,
                    "Scan complete: new={} tracked={} duration={took} found={}",
                    s.new, s.tracked, s.found
                )
            }
            R::ScanFailed { why } => write!(f, "Scan failed: {}; the next one tries again", OneLine(why)),
            R::Found { count } => write!(f, "Discovered {count} new process(es)"),
            R::Discovered(d) => write!(f, "{}", Found(d, self.argv.as_deref())),
            R::WouldAttach { identity: Identity { pid, .. }, command, job, limits } => {
                let (command, job) = (fact(command), fact(job.as_str()));
                write!(f, "Dry run: would attach PID {pid} ({command}) as job {job}, limits: {limits}")
            }
            R::Attaching { identity: Identity { pid, .. }, command, job } => {
                write!(f, "Attaching to PID {pid} ({}) as job {}", fact(command), fact(job.as_str()))
            }
            R::Attached { identity: Identity { pid, .. }, job, took, .. } => {
                write!(f, "Attached PID {pid} (job {}) in {}", fact(job.as_str()), Human(*took))
            }
            R::Adopted { identity: Identity { pid, .. }, job, by } => {
                let who = match by {
                    None => "an earlier run attached it",
                    Some(Maker::Run) => "ffrtmp run has started it",
                    Some(Maker::Attach) => "ffrtmp attach has attached it",
                };
                write!(f, "Adopted PID {pid} (job {}): {who}", fact(job.as_str()))
            }
            R::Vanished { identity: Identity { pid, .. }, job } => {
                write!(f, "PID {pid} ended before it was attached (job {})", fact(job.as_str()))
            }
            R::AttachFailed { identity: Identity { pid, .. }, job, failure, class, tries, next } => {
                write!(f, "Could not attach PID {pid} (job {}): {}", fact(job.as_str()), Cause(failure))?;
                write!(f, "; {} error, try {tries}", class.name())?;
                match next {
                    Next::In(wait) => write!(f, ", trying again in {}", Human(*wait)),
                    Next::Paused => f.write_str(", attaching is paused"),
                    Next::Never => f.write_str(", not tried again"),
                }
            }
            R::GivenUp { identity: Identity { pid, .. }, job, tries, .. } => {
                let job = fact(job.as_str());
                write!(f, "Gave up on PID {pid} (job {job}), failed tries: {tries}; a reload tries it again")
            }
            R::Revived { identity: Identity { pid, .. }, job, tries } => {
                let job = fact(job.as_str());
                write!(f, "PID {pid} (job {job}) had been given up after {tries} tries and is tried again")
            }
            R::Breaker(record) => breaker(record, f),
            R::Health { is, reasons, scan_failures, attach_failures, .. } => {
                write!(
                    f,
                    "Health status: {} (scan failures: {scan_failures}, attach failures: {attach_failures})",
                    is.name()
                )?;
                let separators = std::iter::once(": ").chain(std::iter::repeat("; "));
                reasons.iter().zip(separators).try_for_each(|(reason, with)| write!(f, "{with}{reason}"))
            }
            R::Stranger { identity: Identity { pid, .. }, job, put_back_to } => {
                let (job, to) = (fact(job.as_str()), Quoted(put_back_to.as_bytes()));
                write!(
                    f,
                    "PID {pid} had become another process while job {job} was attached; that one was put back to {to}"
                )
            }
            R::ReadStuck { pid, replaced } => {
                let then = match replaced {
                    true => "a new reader goes on with the others",
                    false => "no further reader may be started, so others wait",
                };
                write!(f, "Reading /proc/{pid} is stuck since a second (its memory map is locked); {then}")
            }
            R::AlreadyTracked { identity: Identity { pid, .. } } => {
                write!(f, "PID {pid} already tracked, skipping")
            }
            R::Ignored { identity: Identity { pid, .. }, command, why } => {
                write!(f, "Ignored PID {pid} ({}): {}", fact(command), OneLine(why))
            }
            R::Waiting { identity: Identity { pid, .. }, command, for_another } => {
                write!(
                    f,
                    "PID {pid} ({}) is too young, looking again in {}",
                    fact(command),
                    Human(*for_another)
                )
            }
            R::Left { identity: Identity { pid, .. }, command, why } => {
                write!(f, "Left PID {pid} ({}) where it is: {}", fact(command), OneLine(why))
            }
            R::SocketsOutOfReach { identity: Identity { pid, .. }, job, sockets } => {
                write!(
                    f,
                    "PID {pid} had opened sockets before it joined job {}: {sockets}; network limits do not reach them",
                    fact(job.as_str())
                )
            }
            R::Joined { pid, job } => {
                write!(
                    f,
                    "PID {pid} joined job {}: one of its processes, found outside its group",
                    fact(job.as_str())
                )
            }
            R::PutOut { job, processes, to } => write!(
                f,
                "Put {processes} process(es) that job {} had forked out of it, to {}: its tree is root-only",
                fact(job.as_str()),
                Quoted(to.as_bytes())
            ),
            R::PutOutFailed { job, failure } => {
                let job = fact(job.as_str());
                write!(f, "Could not put what job {job} has forked out of it: {}", Cause(failure))
            }
            R::JoinFailed { pid, job, failure, class } => {
                let job = fact(job.as_str());
                write!(
                    f,
                    "Could not take PID {pid} along into job {job}: {}; {} error",
                    Cause(failure),
                    class.name()
                )?;
                f.write_str(if class.retries() { ", the next scan tries again" } else { ", not tried again" })
            }
            R::LimitsChanged { job, from, to } => {
                write!(f, "Limits of job {} changed from {from} to {to}", fact(job.as_str()))
            }
            R::LimitsRefused { job, failure } => {
                write!(f, "Could not change the limits of job {}: {}", fact(job.as_str()), Cause(failure))
            }
            R::Drift { job, drift, answer } => write!(f, "{}", Drifted(job, drift, *answer)),
            R::Hardship { job, hardship } => write!(f, "{}", Met(job, hardship)),
            R::Neighbour(record) => write!(f, "{}", Neighbourly(record)),
            R::Exited { identity: Identity { pid, .. }, job, after } => {
                write!(f, "Process {pid} exited (job {}, duration {})", fact(job.as_str()), Human(*after))
            }
            R::JobEnded { job } => write!(f, "Job {} ended, its group is removed", fact(job.as_str())),
            R::Released { job, processes, to, why } => {
                let (job, to) = (fact(job.as_str()), Quoted(to.as_bytes()));
                write!(f, "Released job {job}: {processes} process(es) moved to {to} ({why})")
            }
            R::ReleaseFailed { job, failure } => {
                write!(f, "Could not release job {}: {}", fact(job.as_str()), Cause(failure))
            }
            R::Reloaded { targets, .. } => {
                f.write_str("Configuration reloaded, targets:")?;
                targets.iter().try_for_each(|target| write!(f, " {}", Quoted(target.as_bytes())))
            }
            R::ReloadFailed { errors } => {
                write!(f, "Configuration not reloaded, the old policy stays in force: {}", OneLine(errors))
            }
            R::State(record) => state(record, f),
            R::Audit(record) => audit(record, f),
            R::Scanner(record) => sampling(record, f),
            R::Door(record) => door(record, f),
            R::Consumer(record) => consumer(record, f),
            R::Ordered { order, uid, pid } => {
                write!(f, "Ordered by uid {uid}")?;
                if let Some(pid) = pid {
                    write!(f, " (process {pid})")?;
                }
                write!(f, ": {}", OneLine(order))
            }
            R::Stopping { why } => write!(f, "Stopping: {why}"),
            R::Stopped { .. } => f.write_str("Service stopped gracefully"),
        }
    }
}

#[cfg(test)]
mod tests;
