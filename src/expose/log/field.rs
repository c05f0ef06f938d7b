//! Writes fields one after the other to whatever serializer a drain brings. Foreign bytes are escaped exactly as in the
//! sentence, so that a value is always text.

use super::phrase::fact;
use crate::model::record::{
    AuditRecord, BreakerRecord, ConsumerRecord, Discovery, DoorRecord, Failure, GovernanceRecord, Next,
    SourceRecord, StateRecord,
};
use crate::model::text::Escaped;
use crate::model::{Identity, JobId, Pid};
use slog::{Key, Result, Serializer};
use std::fmt::Display;
use std::time::Duration;

pub(super) struct Fields<'a>(pub(super) &'a mut dyn Serializer);

impl Fields<'_> {
    pub(super) fn event(&mut self, name: &str) -> Result<&mut Self> {
        self.text("event", name)
    }

    pub(super) fn text(&mut self, key: Key, value: &str) -> Result<&mut Self> {
        self.show(key, fact(value))
    }

    pub(super) fn bytes(&mut self, key: Key, value: Option<&[u8]>) -> Result<&mut Self> {
        match value {
            Some(value) => self.show(key, Escaped(value)),
            None => Ok(self),
        }
    }

    pub(super) fn show(&mut self, key: Key, value: impl Display) -> Result<&mut Self> {
        self.0.emit_arguments(key, &format_args!("{value}"))?;
        Ok(self)
    }

    pub(super) fn list(&mut self, key: Key, names: &[String]) -> Result<&mut Self> {
        self.text(key, &names.join(","))
    }

    pub(super) fn pid(&mut self, pid: Pid) -> Result<&mut Self> {
        self.0.emit_u32("pid", pid.0)?;
        Ok(self)
    }

    pub(super) fn identity(&mut self, identity: Identity) -> Result<&mut Self> {
        self.pid(identity.pid)?;
        self.0.emit_u64("start_time", identity.start.0)?;
        Ok(self)
    }

    pub(super) fn job(&mut self, job: &JobId) -> Result<&mut Self> {
        self.text("job", job.as_str())
    }

    pub(super) fn count(&mut self, key: Key, count: usize) -> Result<&mut Self> {
        self.0.emit_usize(key, count)?;
        Ok(self)
    }

    pub(super) fn number(&mut self, key: Key, number: u32) -> Result<&mut Self> {
        self.0.emit_u32(key, number)?;
        Ok(self)
    }

    pub(super) fn many(&mut self, key: Key, count: u64) -> Result<&mut Self> {
        self.0.emit_u64(key, count)?;
        Ok(self)
    }

    pub(super) fn flag(&mut self, key: Key, value: bool) -> Result<&mut Self> {
        self.0.emit_bool(key, value)?;
        Ok(self)
    }

    pub(super) fn seconds(&mut self, key: Key, duration: Duration) -> Result<&mut Self> {
        self.0.emit_f64(key, duration.as_secs_f64())?;
        Ok(self)
    }

    pub(super) fn seconds_if(&mut self, key: Key, duration: Option<Duration>) -> Result<&mut Self> {
        match duration {
            Some(duration) => self.seconds(key, duration),
            None => Ok(self),
        }
    }

    pub(super) fn failure(&mut self, failure: &Failure) -> Result<&mut Self> {
        self.text("step", failure.step.name())?.text("path", &failure.path)?;
        self.0.emit_i32("errno", failure.errno)?;
        self.text("detail", &failure.detail)
    }

    pub(super) fn next(&mut self, next: Next) -> Result<&mut Self> {
        match next {
            Next::In(wait) => self.text("next", "retry")?.seconds("retry_in_seconds", wait),
            Next::Paused => self.text("next", "paused"),
            Next::Never => self.text("next", "never"),
        }
    }

    pub(super) fn breaker(&mut self, record: &BreakerRecord) -> Result<&mut Self> {
        match record {
            BreakerRecord::Opened { cause, failure, pause } => self
                .event("breaker_opened")?
                .text("cause", cause.name())?
                .failure(failure)?
                .seconds("pause_seconds", *pause),
            BreakerRecord::Closed { cause, waiting } => {
                self.event("breaker_closed")?.text("cause", cause.name())?.count("waiting", *waiting)
            }
        }
    }

    pub(super) fn discovery(&mut self, d: &Discovery, argv: Option<&str>) -> Result<&mut Self> {
        self.identity(d.identity)?;
        self.text("command", &d.command)?.text("rule", d.rule.name())?;
        self.0.emit_u32("ppid", d.ppid.0)?;
        self.0.emit_u32("uid", d.uid)?;
        self.bytes("user", d.user.as_deref().map(str::as_bytes))?.seconds("age_seconds", d.age)?;
        self.seconds_if("latency_seconds", d.latency)?;
        self.bytes("cwd", d.cwd.as_deref())?.bytes("exe", d.exe.as_deref())?;
        self.bytes("cgroup", d.cgroup.as_deref().map(str::as_bytes))?;
        match argv {
            // Escaped when it was made: once more would double its backslashes.
            Some(argv) => self.show("argv", argv),
            None => Ok(self),
        }
    }

    pub(super) fn source(&mut self, record: &SourceRecord) -> Result<&mut Self> {
        match record {
            SourceRecord::Live { buffer } => self.event("source_live")?.count("buffer", *buffer),
            SourceRecord::Polling { why, chosen, expected } => self
                .event("source_polling")?
                .text("why", why)?
                .flag("chosen", *chosen)?
                .flag("expected", *expected),
            SourceRecord::Overrun { total } => self.event("source_overrun")?.many("total", *total),
            SourceRecord::LostAgain { more, over, total } => self
                .event("source_lost_again")?
                .many("more", *more)?
                .seconds("within_seconds", *over)?
                .many("total", *total),
            SourceRecord::Interrupted { why } => self.event("source_interrupted")?.text("why", why),
            SourceRecord::Wide { why } => self.event("source_wide")?.text("why", why),
            SourceRecord::Recovered => self.event("source_recovered"),
        }
    }

    pub(super) fn governance(&mut self, record: &GovernanceRecord) -> Result<&mut Self> {
        match record {
            GovernanceRecord::Ready { root } => self.event("governance_ready")?.text("root", root),
            GovernanceRecord::Unavailable { why } => self.event("governance_unavailable")?.text("why", why),
            GovernanceRecord::Remark { text } => self.event("governance_remark")?.text("text", text),
            GovernanceRecord::LimitCannotHold { limit, cause } => {
                self.event("limit_cannot_hold")?.text("limit", limit.name())?.text("cause", cause)
            }
            GovernanceRecord::TotalLimits { from, to } => {
                self.event("total_limits")?.show("from", from)?.show("to", to)
            }
            GovernanceRecord::TotalDrift { drift, answer } => {
                self.event("total_drift")?.limit_drift(drift, *answer)
            }
        }
    }

    pub(super) fn audit(&mut self, record: &AuditRecord) -> Result<&mut Self> {
        match record {
            AuditRecord::Trouble { why } => self.event("audit_trouble")?.text("why", why),
            AuditRecord::Gap { lost } => {
                self.event("audit_gap")?.0.emit_u64("lost", *lost)?;
                Ok(self)
            }
        }
    }

    pub(super) fn door(&mut self, record: &DoorRecord) -> Result<&mut Self> {
        match record {
            DoorRecord::Open { at } => self.event("listening")?.text("address", at),
            DoorRecord::Shut { at, why } => {
                self.event("not_listening")?.text("address", at)?.text("why", why)
            }
        }
    }

    pub(super) fn consumer(&mut self, record: &ConsumerRecord) -> Result<&mut Self> {
        match record {
            ConsumerRecord::Behind { name } => self.event("consumer_behind")?.text("consumer", name),
            ConsumerRecord::Panicked { name } => self.event("consumer_panicked")?.text("consumer", name),
            ConsumerRecord::CaughtUp { name, lost, after } => self
                .event("consumer_caught_up")?
                .text("consumer", name)?
                .many("lost", *lost)?
                .seconds("after_seconds", *after),
        }
    }

    pub(super) fn state(&mut self, record: &StateRecord) -> Result<&mut Self> {
        match record {
            StateRecord::Loaded { path, processes } => {
                self.event("state_loaded")?.text("path", path)?.count("processes", *processes)
            }
            StateRecord::Saved => self.event("state_saved"),
            StateRecord::SavedAgain { failures, after } => self
                .event("state_saved_again")?
                .count("failures", *failures as usize)?
                .seconds("after_seconds", *after),
            StateRecord::SaveFailed { why, again } => {
                self.event("state_save_failed")?.text("why", why)?.flag("again", *again)
            }
            StateRecord::Trouble { text } => self.event("state_trouble")?.text("why", text),
        }
    }
}
