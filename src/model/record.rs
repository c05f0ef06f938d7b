//! Records are facts: what was seen, decided and done. The engine makes them; everything an operator sees is
//! rendered from them. They hold bytes as the kernel gave them: escaping and redaction belong to the rendering.

use super::{Identity, JobId, LimitKey, Limits, Pid};
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, PartialEq, Debug)]
pub enum Record {
    Starting {
        version: &'static str,
        targets: Arc<[String]>,
    },
    InitialScan,
    /// Failed attachments will be tried again.
    RetryStarted,
    /// The complete backfill is done and every decision of it is carried out.
    Started,
    /// The machine was asleep: its processes have aged, and all that was to be waited for goes on.
    Slept {
        time: Duration,
    },
    /// A remark about the configuration that is not an error.
    ConfigWarning {
        text: String,
    },
    Source(SourceRecord),
    Governance(GovernanceRecord),
    Scanning,
    ScanComplete(ScanSummary),
    ScanFailed {
        why: String,
    },
    /// How many targets one scan or one round of events brought.
    Found {
        count: usize,
    },
    Discovered(Box<Discovery>),
    /// What would have been done, under `--dry-run`.
    WouldAttach {
        pid: Pid,
        command: Arc<str>,
        job: JobId,
        limits: Limits,
    },
    Attaching {
        pid: Pid,
        command: Arc<str>,
        job: JobId,
    },
    Attached {
        pid: Pid,
        job: JobId,
        took: Duration,
        limits: Limits,
    },
    /// A job of an earlier run of the service, recognised by its group; nothing was moved.
    Adopted {
        pid: Pid,
        job: JobId,
    },
    /// It ended before, or while, it was attached.
    Vanished {
        pid: Pid,
        job: JobId,
    },
    AttachFailed {
        pid: Pid,
        job: JobId,
        failure: Failure,
        retry_in: Option<Duration>,
    },
    /// The pid was handed to another process between check and write; that one was put back.
    Stranger {
        pid: Pid,
        job: JobId,
        put_back_to: String,
    },
    /// A read of /proc that has not returned for a second.
    ReadStuck {
        pid: Pid,
        replaced: bool,
    },
    AlreadyTracked {
        pid: Pid,
    },
    /// A target that a filter keeps out.
    Ignored {
        pid: Pid,
        command: Arc<str>,
        why: String,
    },
    /// A target that is not old enough yet.
    Waiting {
        pid: Pid,
        command: Arc<str>,
        for_another: Duration,
    },
    /// A target that belongs to somebody who governs it already: a container, a delegated group.
    Left {
        pid: Pid,
        command: Arc<str>,
        why: String,
    },
    /// A descendant that was found outside its job's group and taken along.
    Joined {
        pid: Pid,
        job: JobId,
    },
    LimitsChanged {
        job: JobId,
        from: Limits,
        to: Limits,
    },
    /// The limits before stay in force where the kernel refused the new ones.
    LimitsRefused {
        job: JobId,
        failure: Failure,
    },
    Exited {
        pid: Pid,
        job: JobId,
        after: Duration,
    },
    /// The last process of the job is gone and its group with it.
    JobEnded {
        job: JobId,
    },
    Released {
        job: JobId,
        processes: usize,
        to: String,
        why: &'static str,
    },
    ReleaseFailed {
        job: JobId,
        failure: Failure,
    },
    Reloaded {
        targets: Arc<[String]>,
    },
    ReloadFailed {
        errors: String,
    },
    State(StateRecord),
    Stopping {
        why: &'static str,
    },
    Stopped {
        governed: usize,
    },
}

/// Everything known about a target at the moment it is taken.
#[derive(Clone, PartialEq, Debug)]
pub struct Discovery {
    pub identity: Identity,
    pub command: Arc<str>,
    pub rule: MatchedBy,
    pub ppid: Pid,
    pub uid: u32,
    pub user: Option<Arc<str>>,
    pub age: Duration,
    pub cwd: Option<Vec<u8>>,
    pub exe: Option<Vec<u8>>,
    /// The first 4 KiB as the kernel gives them: NUL-terminated arguments.
    pub argv: Vec<u8>,
    pub argv_cut: bool,
    pub cgroup: Option<String>,
}

/// Which of a process's names made it a target.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MatchedBy {
    Exe,
    Argv0,
    Comm,
}

impl MatchedBy {
    pub fn name(self) -> &'static str {
        match self {
            MatchedBy::Exe => "exe",
            MatchedBy::Argv0 => "argv0",
            MatchedBy::Comm => "comm",
        }
    }
}

#[derive(Clone, PartialEq, Debug)]
pub enum SourceRecord {
    Live {
        buffer: usize,
    },
    /// No events: found by scans alone. `chosen` when the operator asked for it, `expected` when he counts on events.
    Polling {
        why: String,
        chosen: bool,
        expected: bool,
    },
    /// The kernel dropped events; a scan makes good for them.
    Overrun {
        total: u64,
    },
    /// Events were lost again and again: so often since that was told last, and so many overruns in all.
    LostAgain {
        more: u64,
        over: Duration,
        total: u64,
    },
    /// Events have stopped for another cause than an overrun; connecting anew.
    Interrupted {
        why: String,
    },
    /// The kernel's filter could not be set: events of threads are received too, at more cost.
    Wide {
        why: String,
    },
    /// Events are flowing again, and a full scan has found what was missed.
    Recovered,
}

#[derive(Clone, PartialEq, Debug)]
pub enum GovernanceRecord {
    Ready {
        root: String,
    },
    Unavailable {
        why: String,
    },
    /// Something the operator should know about the place where jobs live.
    Remark {
        text: String,
    },
    LimitCannotHold {
        limit: LimitKey,
        cause: String,
    },
}

#[derive(Clone, PartialEq, Debug)]
pub enum StateRecord {
    Loaded {
        path: String,
        processes: usize,
    },
    Saved,
    /// Set aside, unreadable or unwritable: said, never fatal.
    Trouble {
        text: String,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScanSummary {
    /// A full pass reads every process; a steady one only lists them.
    pub full: bool,
    /// Targets taken by this scan.
    pub new: usize,
    /// Processes governed now.
    pub tracked: usize,
    /// Processes on the host.
    pub found: usize,
    pub took: Duration,
}

/// What went wrong, where, and what kind of trouble it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    pub step: Step,
    pub errno: i32,
    pub path: String,
    /// What the errno does not say by itself; empty when it does.
    pub detail: String,
}

/// The steps of attaching and releasing at which the kernel may refuse.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Step {
    Pidfd,
    Proc,
    Mkdir,
    Controllers,
    LimitWrite,
    Move,
    Verify,
    Rmdir,
    Xattr,
    Queue,
}

impl Step {
    pub fn name(self) -> &'static str {
        match self {
            Step::Pidfd => "pidfd_open",
            Step::Proc => "read /proc",
            Step::Mkdir => "mkdir",
            Step::Controllers => "enable controllers",
            Step::LimitWrite => "write limit",
            Step::Move => "move into cgroup",
            Step::Verify => "verify membership",
            Step::Rmdir => "remove cgroup",
            Step::Xattr => "write xattr",
            Step::Queue => "hand to the governor",
        }
    }
}
