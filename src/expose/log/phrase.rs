//! Parts of sentences: what a failure was and what helps against it, what was found, how the service itself fares.
//! A part that can hold foreign bytes escapes them here, so that no sentence has to remember to.

use super::drifted::limit_drifted;
use crate::model::Human;
use crate::model::record::{
    AuditRecord, BreakerRecord, ConsumerRecord, Discovery, DoorRecord, Failure, GovernanceRecord,
    SourceRecord, StateRecord, Step,
};
use crate::model::text::{Escaped, OneLine, Quoted};
use nix::errno::Errno;
use std::fmt::{self, Display, Formatter};

/// A name that stands inside parentheses or at the end: escaped, not quoted.
pub(super) fn fact(name: &str) -> Escaped<'_> {
    Escaped(name.as_bytes())
}

/// `write limit /sys/…/cpu.max: EINVAL (Invalid argument), detail; remedy`.
#[derive(Debug)]
pub struct Cause<'a>(pub &'a Failure);

impl Display for Cause<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Failure { step, errno, path, detail } = self.0;
        f.write_str(step.name())?;
        if !path.is_empty() {
            write!(f, " {}", Quoted(path.as_bytes()))?;
        }
        if *errno != 0 {
            let known = Errno::from_raw(*errno);
            write!(f, ": {known:?} ({})", known.desc())?;
        }
        if !detail.is_empty() {
            write!(f, "{} {}", if *errno == 0 { ":" } else { "," }, OneLine(detail))?;
        }
        match remedy(*step, Errno::from_raw(*errno)) {
            Some(remedy) => write!(f, "; {remedy}"),
            None => Ok(()),
        }
    }
}

/// What an operator can do about it, where the errno tells enough to say.
fn remedy(step: Step, errno: Errno) -> Option<&'static str> {
    Some(match (step, errno) {
        (_, Errno::EMFILE | Errno::ENFILE) => "raise LimitNOFILE of the service",
        (Step::Proc, Errno::EACCES | Errno::EPERM) => {
            "the service needs CAP_SYS_PTRACE to read other users' processes"
        }
        (Step::Mkdir, Errno::EAGAIN) => {
            "cgroup.max.descendants or cgroup.max.depth of a parent group is reached"
        }
        (Step::Mkdir, Errno::EROFS) => "the cgroup tree is mounted read-only here",
        (_, Errno::EACCES | Errno::EPERM) => "run as root, or have this cgroup delegated",
        (Step::Controllers, Errno::ENOENT) => "the parent group does not offer that controller",
        (Step::Controllers, Errno::EBUSY) => {
            "processes sit in that group itself; the root for jobs must hold none"
        }
        (Step::LimitWrite, Errno::EINVAL | Errno::ERANGE) => {
            "the kernel refuses this value; correct the limit in the configuration"
        }
        (Step::LimitWrite, Errno::ENODEV) => "no such device; correct the device path in the configuration",
        (Step::Move, Errno::EINVAL) => {
            "a real-time process cannot join a group with the cpu controller on this kernel"
        }
        (Step::Move, Errno::EBUSY | Errno::EOPNOTSUPP) => "the group cannot hold processes as it is laid out",
        _ => return None,
    })
}

/// A discovery with everything known of it. `rule=` comes last and nothing before `argv=` is unquoted foreign text, so
/// the line can be taken apart again whatever the command line holds.
#[derive(Debug)]
pub(super) struct Found<'a>(pub(super) &'a Discovery, pub(super) Option<&'a str>);

impl Display for Found<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Found(d, argv) = self;
        write!(f, "Discovered new process: PID {} ({})", d.identity.pid, fact(&d.command))?;
        match &d.user {
            Some(user) => write!(f, " user={}", Quoted(user.as_bytes()))?,
            None => write!(f, " user={}", d.uid)?,
        }
        write!(f, " ppid={} cwd={}", d.ppid, Quoted(d.cwd.as_deref().unwrap_or(b"-")))?;
        write!(f, " age={} argv={} rule={}", Human(d.age), argv.unwrap_or("-"), d.rule.name())
    }
}

pub(super) fn source(record: &SourceRecord, f: &mut Formatter<'_>) -> fmt::Result {
    match record {
        SourceRecord::Live { buffer } => {
            write!(f, "Process events: live from the kernel, receive buffer {} KiB", buffer / 1024)
        }
        SourceRecord::Polling { why, chosen: true, .. } => {
            write!(f, "Process events: off ({}); processes are found by scans alone", OneLine(why))
        }
        SourceRecord::Polling { why, chosen: false, expected } => {
            let but = if *expected { ", although events.source is netlink" } else { "" };
            let late = "processes are found by scans alone, up to one scan interval late";
            write!(f, "Process events: not available ({}){but}; {late}", OneLine(why))
        }
        SourceRecord::Overrun { total } => {
            let then = "a scan makes good for them; if this repeats, raise events.buffer";
            write!(f, "Process events: the kernel dropped some (overrun {total}); {then}")
        }
        SourceRecord::LostAgain { more, over, total } => {
            let (over, then) = (Human(*over), "scans make good for them; raise events.buffer");
            write!(f, "Process events: lost {more} more time(s) within {over} (overrun {total}); {then}")
        }
        SourceRecord::Interrupted { why } => {
            write!(
                f,
                "Process events: interrupted ({}); connecting again, a scan makes good for what was missed",
                OneLine(why)
            )
        }
        SourceRecord::Wide { why } => {
            write!(
                f,
                "Process events: not filtered by the kernel ({}); all works, at more cost",
                OneLine(why)
            )
        }
        SourceRecord::Recovered => {
            f.write_str("Process events: flowing again, and a scan has made good for what was missed")
        }
    }
}

pub(super) fn governance(record: &GovernanceRecord, f: &mut Formatter<'_>) -> fmt::Result {
    match record {
        GovernanceRecord::Ready { root } => {
            write!(f, "Governing processes under {}", Quoted(root.as_bytes()))
        }
        GovernanceRecord::Unavailable { why } => {
            write!(f, "Cannot govern processes, only observing: {}", OneLine(why))
        }
        GovernanceRecord::Remark { text } => write!(f, "Governing: {}", OneLine(text)),
        GovernanceRecord::LimitCannotHold { limit, cause } => {
            write!(f, "Limit {limit} cannot hold: {}", OneLine(cause))
        }
        GovernanceRecord::TotalLimits { from, to } => {
            write!(f, "Limits of all jobs together changed from {from} to {to}")
        }
        GovernanceRecord::TotalDrift { drift, answer } => {
            limit_drifted(drift, "all jobs together", *answer, f)
        }
    }
}

pub(super) fn breaker(record: &BreakerRecord, f: &mut Formatter<'_>) -> fmt::Result {
    match record {
        BreakerRecord::Opened { cause, failure, pause } => {
            write!(f, "Attaching is paused ({}): {}", cause.name(), Cause(failure))?;
            write!(f, "; one process in {} is tried, the others wait until that succeeds", Human(*pause))
        }
        BreakerRecord::Closed { cause, waiting } => {
            let cause = cause.name();
            write!(f, "Attaching goes on ({cause} has passed): {waiting} waiting process(es) are tried now")
        }
    }
}

pub(super) fn audit(record: &AuditRecord, f: &mut Formatter<'_>) -> fmt::Result {
    match record {
        AuditRecord::Trouble { why } => write!(f, "Audit log: {}", OneLine(why)),
        AuditRecord::Gap { lost } => write!(f, "Audit log: {lost} line(s) are missing, and it says where"),
    }
}

pub(super) fn door(record: &DoorRecord, f: &mut Formatter<'_>) -> fmt::Result {
    match record {
        DoorRecord::Open { at } => write!(f, "Listening at {}", fact(at)),
        DoorRecord::Shut { at, why } => {
            write!(f, "Not listening at {}: {}; this is tried again every minute", fact(at), OneLine(why))
        }
    }
}

pub(super) fn consumer(record: &ConsumerRecord, f: &mut Formatter<'_>) -> fmt::Result {
    match record {
        ConsumerRecord::Behind { name } => {
            let then = "it is told of the gap and gets the whole picture; nobody else waits for it";
            write!(f, "Consumer {} is too slow and loses notices: {then}", fact(name))
        }
        ConsumerRecord::Panicked { name } => {
            let then = "it goes on with the whole picture; this is a fault of ours, please report it";
            write!(f, "Consumer {} panicked at a notice: {then}", fact(name))
        }
        ConsumerRecord::CaughtUp { name, lost, after } => {
            let after = Human(*after);
            write!(f, "Consumer {} keeps up again: {lost} notice(s) were lost to it in {after}", fact(name))
        }
    }
}

pub(super) fn state(record: &StateRecord, f: &mut Formatter<'_>) -> fmt::Result {
    match record {
        StateRecord::Loaded { path, .. } => write!(f, "State loaded from {}", fact(path)),
        StateRecord::Saved => f.write_str("State saved"),
        StateRecord::SavedAgain { failures, after } => {
            write!(f, "State saved again, after {failures} failure(s) in {}", Human(*after))
        }
        StateRecord::SaveFailed { why, .. } => write!(f, "State: {}", OneLine(why)),
        StateRecord::Trouble { text } => write!(f, "State: {}", OneLine(text)),
    }
}
