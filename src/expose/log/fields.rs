//! The fields of each record: the same facts as the sentence, by name, for json and the journal. `event` tells which
//! kind of record it is.

use super::field::Fields;
use super::line::Line;
use super::stamp;
use crate::model::record::Record as R;
use slog::{KV, Record, Result, Serializer};

impl KV for Line<'_> {
    fn serialize(&self, _: &Record<'_>, serializer: &mut dyn Serializer) -> Result {
        serializer.emit_i64(stamp::KEY, self.now.0)?;
        let mut out = Fields(serializer);
        match self.record {
            R::Starting { version, targets } => {
                out.event("starting")?.text("version", version)?.list("targets", targets)?
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
            R::WouldAttach { pid, command, job, limits } => out
                .event("would_attach")?
                .pid(*pid)?
                .text("command", command)?
                .job(job)?
                .show("limits", limits)?,
            R::Attaching { pid, command, job } => {
                out.event("attaching")?.pid(*pid)?.text("command", command)?.job(job)?
            }
            R::Attached { pid, job, took, limits } => {
                let out = out.event("attached")?.pid(*pid)?.job(job)?;
                out.seconds("duration_seconds", *took)?.show("limits", limits)?
            }
            R::Adopted { pid, job } => out.event("adopted")?.pid(*pid)?.job(job)?,
            R::Vanished { pid, job } => out.event("vanished")?.pid(*pid)?.job(job)?,
            R::AttachFailed { pid, job, failure, retry_in } => {
                let out = out.event("attach_failed")?.pid(*pid)?.job(job)?.failure(failure)?;
                match retry_in {
                    Some(wait) => out.seconds("retry_in_seconds", *wait)?,
                    None => out,
                }
            }
            R::Stranger { pid, job, put_back_to } => {
                out.event("stranger")?.pid(*pid)?.job(job)?.text("put_back_to", put_back_to)?
            }
            R::ReadStuck { pid, replaced } => {
                out.event("read_stuck")?.pid(*pid)?.flag("replaced", *replaced)?
            }
            R::AlreadyTracked { pid } => out.event("already_tracked")?.pid(*pid)?,
            R::Ignored { pid, command, why } => {
                out.event("ignored")?.pid(*pid)?.text("command", command)?.text("why", why)?
            }
            R::Waiting { pid, command, for_another } => {
                let out = out.event("waiting")?.pid(*pid)?.text("command", command)?;
                out.seconds("wait_seconds", *for_another)?
            }
            R::Left { pid, command, why } => {
                out.event("left")?.pid(*pid)?.text("command", command)?.text("why", why)?
            }
            R::Joined { pid, job } => out.event("joined")?.pid(*pid)?.job(job)?,
            R::LimitsChanged { job, from, to } => {
                out.event("limits_changed")?.job(job)?.show("from", from)?.show("to", to)?
            }
            R::Exited { pid, job, after } => {
                out.event("exited")?.pid(*pid)?.job(job)?.seconds("duration_seconds", *after)?
            }
            R::JobEnded { job } => out.event("job_ended")?.job(job)?,
            R::Released { job, processes, to, why } => {
                let out = out.event("released")?.job(job)?.count("processes", *processes)?;
                out.text("to", to)?.text("why", why)?
            }
            R::LimitsRefused { job, failure } => out.event("limits_refused")?.job(job)?.failure(failure)?,
            R::ReleaseFailed { job, failure } => out.event("release_failed")?.job(job)?.failure(failure)?,
            R::Reloaded { targets } => out.event("reloaded")?.list("targets", targets)?,
            R::ReloadFailed { errors } => out.event("reload_failed")?.text("errors", errors)?,
            R::State(record) => out.state(record)?,
            R::Stopping { why } => out.event("stopping")?.text("why", why)?,
            R::Stopped { governed } => out.event("stopped")?.count("governed", *governed)?,
        };
        Ok(())
    }
}
