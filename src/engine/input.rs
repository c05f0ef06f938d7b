//! What reaches the engine: events, answers to its effects, and the operator's wishes.

use super::effect::Born;
use crate::config::policy::Policy;
use crate::model::foreign::Bond;
use crate::model::record::{Failure, LimitDrift};
use crate::model::sample::{HostUse, Used};
use crate::model::usage::{Counts, Reading};
use crate::model::{
    Comm, FileName, Identity, JobId, LimitKey, Limits, Made, Mono, Overrides, Pid, StartTime,
};
use crate::wire::event::Event;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug)]
pub enum Input<'a> {
    /// Nothing but the time: a deadline was reached.
    Tick,
    /// The machine was asleep for so long: the clock of all deadlines stood still, and processes have aged.
    Slept(Duration),
    Event(Event),
    /// The source's socket: opened with this receive buffer, or refused.
    SourceOpened(Result<usize, SourceRefusal>),
    /// The kernel's filter is in place, or could not be: then there is more to receive, and nothing is missed.
    SourceNarrowed(Result<(), SourceRefusal>),
    /// The kernel dropped events of ours.
    Overrun,
    /// So many events were dropped since the socket was opened.
    Dropped(u32),
    /// The socket broke.
    SourceBroken(SourceRefusal),
    /// `None`: the process is gone.
    Looked {
        pid: Pid,
        look: Option<&'a Look>,
    },
    /// `None`: the process is gone.
    Sighted {
        pid: Pid,
        seen: Option<Sighting>,
    },
    /// The file name of argv[0]; `None` when it cannot be read (a kernel thread, a zombie, a stuck read).
    Named {
        pid: Pid,
        read_at: Mono,
        name: Option<FileName>,
    },
    Described {
        identity: Identity,
        description: Description,
    },
    /// One process as a scan met it. A steady scan reads only those that `Engine::knows` says no to.
    Scanned(Sighting),
    /// A pid that a scan met and did not read: because the engine knows it, or because that failed.
    Listed(Pid),
    ScanEnded(Result<Walked, Failure>),
    Governed(Reply),
    /// The pidfd of a governed process became readable: the whole process is gone.
    Exited(Identity),
    /// The job's group holds no process any more.
    Emptied(JobId),
    /// What the kernel has counted against a job by now: told when that grows, and when its watch begins.
    Counted {
        job: JobId,
        counts: Counts,
    },
    /// What jobs use, read now and then.
    Measured(&'a BTreeMap<Identity, Reading>),
    /// The group of the unit that the job was moved out of seems to be gone.
    UnitGone(JobId),
    PolicyLoaded(Box<Reloaded>),
    StateSaved(Result<(), String>),
    Reload,
    /// Somebody who may do so wants something done; the answer is marked with the number.
    Ordered {
        ticket: Ticket,
        order: Order,
    },
    Terminate(&'static str),
}

/// What an order and its answer have in common.
pub type Ticket = u64;

/// What an operator may want done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Order {
    Reload,
    /// Try now what was given up, or waits for its next try: all of it, or that of one.
    Retry(Option<Whom>),
    /// Put a job's processes back where they came from, and leave them alone.
    Release(Whom),
    /// Change the limits of one job.
    Set(Whom, Change),
    /// Take a job over that a command has made.
    Adopt(JobId),
    Attach(Wanted),
}

/// A process to be governed, whatever rules and filters say of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    pub pid: Pid,
    pub limits: Overrides,
    /// What it is to be called by; else its executable tells.
    pub name: Option<Arc<str>>,
}

/// A job by its name, or by the pid of any process of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whom {
    Job(JobId),
    Pid(Pid),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// These, beside what was set before.
    To(Overrides),
    /// What the policy says.
    Reset,
}

pub type Reloaded = Result<(Arc<Policy>, Vec<String>), String>;

/// Why there are no events; the sentence is for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceRefusal {
    pub why: String,
    /// Whether trying again later can help: not where a namespace or a missing capability is the cause.
    pub may_heal: bool,
}

/// A pass that came to its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Walked {
    pub took: Duration,
    /// Processor time that the pass took.
    pub cost: Duration,
    /// Processor time that the service has used since its start, with all its threads.
    pub own: Duration,
    /// Asked for by a sampling pass.
    pub host: Option<HostUse>,
}

/// One line of /proc/PID/stat and the owner, read at one moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sighting {
    pub identity: Identity,
    pub ppid: Pid,
    pub uid: u32,
    pub comm: Comm,
    /// Where the stack began at the last exec: it changes with every exec.
    pub exec_mark: u64,
    pub kernel_thread: bool,
    pub zombie: bool,
    pub age: Duration,
    pub used: Used,
    /// When the reading began: events older than this are contained in it.
    pub read_at: Mono,
}

/// Whose a process is, as far as that is known without asking.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Owner {
    /// Only of the process that began then.
    pub of: StartTime,
    pub uid: u32,
}

/// A sighting with the names that rules and filters ask for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Look {
    pub seen: Sighting,
    /// The executable's file name; `None` when it cannot be read.
    pub exe: Option<FileName>,
    pub cwd: Option<PathBuf>,
    pub parent_exe: Option<FileName>,
}

/// What the record of a discovery tells besides; each is absent when the process ended before it was read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Description {
    /// The first 4 KiB as the kernel gives them: NUL-terminated arguments.
    pub argv: Vec<u8>,
    pub argv_cut: bool,
    pub exe: Option<Vec<u8>>,
    pub cwd: Option<Vec<u8>>,
    pub cgroup: Option<String>,
}

#[derive(Debug)]
pub enum Reply {
    Prepared(Result<Prepared, String>),
    Attached(Box<Attached>),
    Joined {
        job: JobId,
        pid: Pid,
        outcome: Join,
    },
    Inspected {
        job: JobId,
        result: Result<Inspection, Failure>,
    },
    LimitsSet {
        job: JobId,
        limits: Limits,
        set: Overrides,
        order: Option<Ticket>,
        result: Result<LimitsSet, Failure>,
    },
    TotalLimited {
        limits: Limits,
        /// Those that the kernel refused, the rest being applied.
        result: Result<Vec<(LimitKey, Failure)>, Failure>,
    },
    TotalInspected(Result<Vec<LimitDrift>, Failure>),
    Released {
        job: JobId,
        why: &'static str,
        result: Result<Release, Failure>,
    },
    /// `None`: nobody but the policy made it, or there is none.
    Recognised {
        job: JobId,
        order: Option<Ticket>,
        found: Option<Box<FoundJob>>,
    },
    PutOut {
        job: JobId,
        result: Result<Release, Failure>,
    },
    /// To so many processes.
    Signalled {
        job: JobId,
        result: Result<usize, Failure>,
    },
    /// `Ok(false)`: somebody lives there again.
    Removed {
        job: JobId,
        result: Result<bool, Failure>,
    },
}

#[derive(Debug)]
pub struct Prepared {
    pub root: String,
    /// The limits that cannot hold on this host, each with its cause.
    pub cannot_hold: Vec<(LimitKey, String)>,
    /// Of all jobs together, those that were written, and which of them the kernel refused.
    pub total: Limits,
    pub total_refused: Vec<(LimitKey, Failure)>,
    pub found: Vec<FoundJob>,
    /// What an operator should know besides: the service moved itself out of the way, notes cannot be kept.
    pub remarks: Vec<String>,
}

/// A job group of an earlier run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundJob {
    pub job: JobId,
    pub identity: Identity,
    /// Whether the process of that identity still lives, in the group or, if somebody moved it out, elsewhere.
    pub main_alive: bool,
    pub command: Arc<str>,
    pub parent: Pid,
    pub parent_name: FileName,
    /// Those noted; what the group's files say is found out by an inspection.
    pub limits: Limits,
    /// Those of them that were refused.
    pub unheld: BTreeSet<LimitKey>,
    pub set: Overrides,
    /// `None`: the policy made it.
    pub made: Option<Made>,
    pub bond: Option<Bond>,
    /// Without the process of that identity.
    pub members: Vec<Pid>,
    /// Of its main process, open before the move.
    pub sockets: usize,
    /// Where it came from.
    pub origin: String,
    /// How long the main process has lived.
    pub age: Duration,
    /// Wall clock, for the state file.
    pub attached_at: crate::model::Wall,
}

#[derive(Debug)]
pub struct Attached {
    pub identity: Identity,
    pub outcome: Outcome,
}

#[derive(Debug)]
pub enum Outcome {
    /// Verified by reading the membership back.
    Held {
        job: JobId,
        origin: String,
        /// Descendants that were taken along or were born inside.
        members: Vec<Pid>,
        /// Of its process, open before the move: its network limits do not reach them.
        sockets: usize,
        /// Limits that the kernel refused, the rest being applied.
        refused: Vec<(LimitKey, Failure)>,
        /// Limits of the groups it was taken from that are tighter than the job's own and bind it further on.
        kept: Limits,
        /// How it stands to those who had the process before.
        bond: Option<Bond>,
        took: Duration,
        at: Mono,
    },
    Gone,
    /// The pid was handed to a stranger meanwhile; where that one was put back to, if it had been moved at all.
    Stranger {
        put_back_to: Option<String>,
    },
    /// It sits in this job's group already.
    AlreadyIn {
        job: JobId,
    },
    Foreign {
        why: String,
    },
    Failed(Failure),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Join {
    WasInside,
    Moved,
    Gone,
    /// It lives in a container or in a group that was delegated to somebody else.
    Left,
    /// It could not be moved; it stays where it is.
    Failed(Failure),
}

/// How a job was found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inspection {
    /// Nobody lives in its group, or the group is gone.
    pub deserted: bool,
    /// The members asked for that live in another group, those left out that belong to a container there.
    pub strays: Vec<Stray>,
    /// Files that say something else than was written to them.
    pub limits: Vec<LimitDrift>,
    /// Its note was not as it had been written; it is now.
    pub note_mended: bool,
    /// One who is none of the job's, in the group where it is governed in place.
    pub company: Option<Pid>,
    /// The unit that it was moved out of has been stopped.
    pub unit_gone: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    pub pid: Pid,
    pub born: Born,
    pub at: String,
}

/// How limits were set that the kernel took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LimitsSet {
    /// What binds the job besides: tighter limits of the groups it was taken from.
    pub kept: Limits,
    /// Of those that its processes carry by themselves, the ones that some could not be given.
    pub refused: Vec<(LimitKey, Failure)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Release {
    pub processes: usize,
    /// The groups they came to be in.
    pub to: String,
    /// What its processes had of their own and could not be given back.
    pub refused: Vec<(LimitKey, Failure)>,
}
