//! Records are facts: what was seen, decided and done. The engine makes them; everything an operator sees is
//! rendered from them. They hold bytes as the kernel gave them: escaping and redaction belong to the rendering.

mod drift;
mod hardship;
mod neighbour;
mod scanner;
mod service;
mod trying;

pub use super::failure::{Class, Failure, Step, Tried};
use super::health::{Health, Reason};
use super::{Identity, JobId, Limits, Maker, Pid};
pub use drift::{Answer, Drift, LimitDrift};
pub use hardship::{Hardship, Killer, Strain, Victim};
pub use neighbour::NeighbourRecord;
pub use scanner::{ScannerRecord, ShedCause, Why};
pub use service::{AuditRecord, ConsumerRecord, DoorRecord, GovernanceRecord, SourceRecord, StateRecord};
use std::sync::Arc;
use std::time::Duration;
pub use trying::{BreakerRecord, HostCause, Next};

#[derive(Clone, PartialEq, Debug)]
pub enum Record {
    Starting {
        version: &'static str,
        /// Pids and start times name processes of this boot alone.
        boot_id: String,
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
        identity: Identity,
        command: Arc<str>,
        job: JobId,
        limits: Limits,
    },
    Attaching {
        identity: Identity,
        command: Arc<str>,
        job: JobId,
    },
    Attached {
        identity: Identity,
        job: JobId,
        /// The group it was taken from; unknown where an earlier try had moved it.
        origin: Option<String>,
        took: Duration,
        /// From its exec, which the kernel dates, until it was seen in its group; known at the first time, and only of one
        /// whose exec was heard of.
        latency: Option<Duration>,
        limits: Limits,
        /// Tighter limits of the groups it was taken from, which bind it further on.
        kept: Limits,
    },
    /// What passes through them is not limited: they belong to the group in which they were opened.
    SocketsOutOfReach {
        identity: Identity,
        job: JobId,
        sockets: usize,
    },
    /// A job of an earlier run of the service, or one that a command has made, recognised by its group; nothing was moved.
    Adopted {
        identity: Identity,
        job: JobId,
        by: Option<Maker>,
    },
    /// It ended before, or while, it was attached.
    Vanished {
        identity: Identity,
        job: JobId,
    },
    AttachFailed {
        identity: Identity,
        job: JobId,
        failure: Failure,
        class: Class,
        /// How many failed, this one included.
        tries: u32,
        next: Next,
    },
    /// A dead letter: not tried again before it changes, or somebody asks for it.
    GivenUp {
        identity: Identity,
        job: JobId,
        tries: u32,
        /// The latest of them, oldest first.
        errors: Vec<Tried>,
    },
    /// One that had been given up is tried again.
    Revived {
        identity: Identity,
        job: JobId,
        tries: u32,
    },
    Breaker(BreakerRecord),
    Health {
        was: Health,
        is: Health,
        /// How long it was what it was.
        lasted: Duration,
        reasons: Vec<Reason>,
        /// In a row.
        scan_failures: u32,
        attach_failures: u32,
    },
    /// The pid was handed to another process between check and write; that one was put back.
    Stranger {
        identity: Identity,
        job: JobId,
        put_back_to: String,
    },
    /// A read of /proc that has not returned for a second.
    ReadStuck {
        pid: Pid,
        replaced: bool,
    },
    AlreadyTracked {
        identity: Identity,
    },
    /// A target that a filter keeps out.
    Ignored {
        identity: Identity,
        command: Arc<str>,
        why: String,
    },
    /// A target that is not old enough yet.
    Waiting {
        identity: Identity,
        command: Arc<str>,
        for_another: Duration,
    },
    /// A target that belongs to somebody who governs it already: a container, a delegated group.
    Left {
        identity: Identity,
        command: Arc<str>,
        why: String,
    },
    /// What a process of a job had forked was moved out of its group: its command's tree is root-only.
    PutOut {
        job: JobId,
        processes: usize,
        to: String,
    },
    PutOutFailed {
        job: JobId,
        failure: Failure,
    },
    /// A process that was found outside its job's group and taken along.
    Joined {
        pid: Pid,
        job: JobId,
    },
    /// A descendant that could not be taken along: it stays where it is.
    JoinFailed {
        pid: Pid,
        job: JobId,
        failure: Failure,
        class: Class,
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
    /// Somebody else changed what was set for a job.
    Drift {
        job: JobId,
        drift: Drift,
        answer: Answer,
    },
    /// What its limits, or the want of something, do to a job.
    Hardship {
        job: JobId,
        hardship: Hardship,
    },
    Neighbour(NeighbourRecord),
    Exited {
        identity: Identity,
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
        before: Arc<[String]>,
        targets: Arc<[String]>,
    },
    ReloadFailed {
        errors: String,
    },
    State(StateRecord),
    Audit(AuditRecord),
    Scanner(ScannerRecord),
    Door(DoorRecord),
    Consumer(ConsumerRecord),
    /// Somebody who may do so has given an order; what comes of it is told by further records.
    Ordered {
        order: String,
        uid: u32,
        /// The process that gave it, where it can be seen from here.
        pid: Option<Pid>,
    },
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
    /// From its exec, which the kernel dates, to the decision to take it; unknown of one that a scan found or that had to
    /// wait for its age.
    pub latency: Option<Duration>,
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
    /// By none: an operator wanted it.
    Order,
}

impl MatchedBy {
    pub fn name(self) -> &'static str {
        match self {
            MatchedBy::Exe => "exe",
            MatchedBy::Argv0 => "argv0",
            MatchedBy::Comm => "comm",
            MatchedBy::Order => "order",
        }
    }
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
