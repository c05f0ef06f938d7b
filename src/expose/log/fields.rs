//! The fields of each record: the same facts as the sentence, by name, for json, the journal and the audit log. `event`
//! tells which kind of record it is.

use super::field::Fields;
use super::line::Line;
use super::phrase::Cause;
use super::stamp;
use crate::model::record::{Record as R, Tried};
use slog::{KV, Record, Result, Serializer};

impl KV for Line<'_> {
    fn serialize(&self, _: &Record<'_>, serializer: &mut dyn Serializer) -> Result {
        serializer.emit_i64(stamp::KEY, self.now.0)?;
        self.write_fields(serializer)
    }
}

impl Line<'_> {
    /// For whoever shows a record by its fields, and its time in a way of his own.
    pub(in crate::expose) fn write_fields(&self, to: &mut dyn Serializer) -> Result {
        let mut out = Fields(to);
        match self.record {
            R::Starting { version, boot_id, targets } => {
                let out = out.event("starting")?.text("version", version)?.text("boot_id", boot_id)?;
                out.list("targets", targets)?
            }
            R::InitialScan => out.event("initial_scan")?,
            R::RetryStarted => out.event("retry_started")?,
            R::Started => out.event("started")?,
            R::Slept { time } => out.event("slept")?.seconds("duration_seconds", *time)?,
            R::ConfigWarning { text } => out.event("config_warning")?.text("warning", text)?,
            R::Source(record) => out.source(record)?,
            R::Governance(record) => out.governance(record)?,
            R::Scanning => out.event("scanning")?,
            R::ScanComplete(s) => {
                let out = out.event("scan_complete")?.count("new", s.new)?.count("tracked", s.tracked)?;
                out.count("found", s.found)?.seconds("duration_seconds", s.took)?.flag("full", s.full)?
            }
            R::ScanFailed { why } => out.event("scan_failed")?.text("why", why)?,
            R::Found { count } => out.event("found")?.count("count", *count)?,
            R::Discovered(d) => out.event("discovered")?.discovery(d, self.argv.as_deref())?,
            R::WouldAttach { identity, command, job, limits } => out
                .event("would_attach")?
                .identity(*identity)?
                .text("command", command)?
                .job(job)?
                .show("limits", limits)?,
            R::Attaching { identity, command, job } => {
                out.event("attaching")?.identity(*identity)?.text("command", command)?.job(job)?
            }
            R::Attached { identity, job, origin, took, latency, limits, kept } => {
                let out = out.event("attached")?.identity(*identity)?.job(job)?;
                let out = out.bytes("origin", origin.as_deref().map(str::as_bytes))?;
                let out = out.seconds("duration_seconds", *took)?.seconds_if("latency_seconds", *latency)?;
                out.show("limits", limits)?.show("kept_limits", kept)?
            }
            R::Adopted { identity, job, by } => {
                let out = out.event("adopted")?.identity(*identity)?.job(job)?;
                by.iter().try_fold(out, |out, by| out.text("made_by", by.name()))?
            }
            R::Vanished { identity, job } => out.event("vanished")?.identity(*identity)?.job(job)?,
            R::AttachFailed { identity, job, failure, class, tries, next } => {
                let out = out.event("attach_failed")?.identity(*identity)?.job(job)?.failure(failure)?;
                out.text("class", class.name())?.number("tries", *tries)?.next(*next)?
            }
            R::GivenUp { identity, job, tries, errors } => {
                let error = |tried: &Tried| format!("{} {}", tried.at.millis(), Cause(&tried.failure));
                let errors: Vec<String> = errors.iter().map(error).collect();
                let out = out.event("given_up")?.identity(*identity)?.job(job)?.number("tries", *tries)?;
                out.show("errors", errors.join(" | "))?
            }
            R::Revived { identity, job, tries } => {
                out.event("revived")?.identity(*identity)?.job(job)?.number("tries", *tries)?
            }
            R::Breaker(record) => out.breaker(record)?,
            R::Health { was, is, lasted, reasons, scan_failures, attach_failures } => {
                let names: Vec<String> = reasons.iter().map(|reason| reason.name().to_owned()).collect();
                let out = out.event("health")?.text("health", is.name())?.text("was", was.name())?;
                let out = out.seconds("lasted_seconds", *lasted)?.list("reasons", &names)?;
                out.number("scan_failures", *scan_failures)?.number("attach_failures", *attach_failures)?
            }
            R::Stranger { identity, job, put_back_to } => {
                out.event("stranger")?.identity(*identity)?.job(job)?.text("put_back_to", put_back_to)?
            }
            R::ReadStuck { pid, replaced } => {
                out.event("read_stuck")?.pid(*pid)?.flag("replaced", *replaced)?
            }
            R::AlreadyTracked { identity } => out.event("already_tracked")?.identity(*identity)?,
            R::Ignored { identity, command, why } => {
                out.event("ignored")?.identity(*identity)?.text("command", command)?.text("why", why)?
            }
            R::Waiting { identity, command, for_another } => {
                let out = out.event("waiting")?.identity(*identity)?.text("command", command)?;
                out.seconds("wait_seconds", *for_another)?
            }
            R::Left { identity, command, why } => {
                out.event("left")?.identity(*identity)?.text("command", command)?.text("why", why)?
            }
            R::SocketsOutOfReach { identity, job, sockets } => out
                .event("sockets_out_of_reach")?
                .identity(*identity)?
                .job(job)?
                .count("sockets", *sockets)?,
            R::PutOut { job, processes, to } => {
                out.event("put_out")?.job(job)?.count("processes", *processes)?.text("to", to)?
            }
            R::PutOutFailed { job, failure } => out.event("put_out_failed")?.job(job)?.failure(failure)?,
            R::Joined { pid, job } => out.event("joined")?.pid(*pid)?.job(job)?,
            R::JoinFailed { pid, job, failure, class } => {
                let out = out.event("join_failed")?.pid(*pid)?.job(job)?.failure(failure)?;
                out.text("class", class.name())?
            }
            R::LimitsChanged { job, from, to } => {
                out.event("limits_changed")?.job(job)?.show("from", from)?.show("to", to)?
            }
            R::Drift { job, drift, answer } => out.event("drift")?.job(job)?.drift(drift, *answer)?,
            R::Hardship { job, hardship } => out.hardship(job, hardship)?,
            R::Neighbour(record) => out.neighbour(record)?,
            R::Exited { identity, job, after } => {
                out.event("exited")?.identity(*identity)?.job(job)?.seconds("duration_seconds", *after)?
            }
            R::JobEnded { job } => out.event("job_ended")?.job(job)?,
            R::Released { job, processes, to, why } => {
                let out = out.event("released")?.job(job)?.count("processes", *processes)?;
                out.text("to", to)?.text("why", why)?
            }
            R::LimitsRefused { job, failure } => out.event("limits_refused")?.job(job)?.failure(failure)?,
            R::ReleaseFailed { job, failure } => out.event("release_failed")?.job(job)?.failure(failure)?,
            R::Reloaded { before, targets } => {
                out.event("reloaded")?.list("targets_before", before)?.list("targets", targets)?
            }
            R::ReloadFailed { errors } => out.event("reload_failed")?.text("errors", errors)?,
            R::State(record) => out.state(record)?,
            R::Audit(record) => out.audit(record)?,
            R::Scanner(record) => out.sampling(record)?,
            R::Door(record) => out.door(record)?,
            R::Consumer(record) => out.consumer(record)?,
            R::Ordered { order, uid, pid } => {
                let out = out.event("ordered")?.text("order", order)?.number("by_uid", *uid)?;
                match pid {
                    Some(pid) => out.number("by_pid", pid.0)?,
                    None => out,
                }
            }
            R::Stopping { why } => out.event("stopping")?.text("why", why)?,
            R::Stopped { governed } => out.event("stopped")?.count("governed", *governed)?,
        };
        Ok(())
    }
}
