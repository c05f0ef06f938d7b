//! Why a process is, or is not, governed: all that is known of it at the moment of the question, not yet put into words.

use super::failure::Tried;
use super::record::{Answer, HostCause, MatchedBy};
use super::snapshot::{JobView, Ungoverned};
use super::{Comm, FileName, Identity, JobId, Now, Pid, StartTime};
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Explanation {
    pub now: Now,
    pub pid: Pid,
    pub state: State,
    /// Unknown where there is no such process.
    pub start: Option<StartTime>,
    pub names: Option<Names>,
    /// The target it falls under, and the name by which it does.
    pub command: Option<Arc<str>>,
    pub rule: Option<MatchedBy>,
    /// Every target that there is.
    pub targets: Vec<Arc<str>>,
    /// Each comparison that was made until a name hit.
    pub compared: Vec<Compared>,
    /// The filters that are set for that target, as they judge it now.
    pub checked: Vec<Checked>,
    /// The job it belongs to.
    pub job: Option<JobView>,
    /// What its tries have met, oldest first.
    pub failures: Vec<Tried>,
    /// Bytes of its job's processes that are charged to another group: they were there before the job was.
    pub outside_memory: Option<u64>,
    /// Sockets of its job that were open before the job was there.
    pub outside_sockets: Option<usize>,
    /// Its group, as the kernel shows it.
    pub group: Option<String>,
    /// Its command line could not be read in time.
    pub stalled: bool,
}

/// By what a process is known.
#[derive(Clone, Debug)]
pub struct Names {
    pub exe: Option<FileName>,
    /// The whole first argument, a path perhaps.
    pub argv0: Option<Vec<u8>>,
    pub comm: Comm,
}

/// A target, a kind of name, and whether that name made it this target.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Compared {
    pub target: Arc<str>,
    pub by: MatchedBy,
    pub matches: bool,
}

/// A filter's word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    pub filter: &'static str,
    /// Bounds taking, never holding.
    pub is_about_time: bool,
    pub passed: bool,
    pub text: String,
}

#[derive(Clone, Debug)]
pub enum State {
    Governed,
    Releasing,
    /// Its group is gone although it lives; it is being sought.
    Sought,
    /// The nearest living ancestor in the same job, and its executable where it is the parent.
    Member {
        through: Option<(Pid, Option<FileName>)>,
    },
    /// It is being attached, or being decided about; `within`: not met yet, a scan will come by then.
    Attaching {
        within: Option<Duration>,
    },
    Ignored {
        why: String,
    },
    /// Others govern it, or nobody does until it is looked at again.
    Left {
        why: String,
        by_others: bool,
    },
    Waiting {
        left: Duration,
    },
    /// It was started by a process of a job that is to have none but its own; by which one.
    Apart {
        through: Option<(Pid, Option<FileName>)>,
    },
    /// And so are all others where attaching is paused for these causes.
    Retrying {
        left: Duration,
        paused: Vec<HostCause>,
    },
    /// Attaching is paused for all; a probe comes after so long.
    Paused {
        causes: Vec<HostCause>,
        left: Option<Duration>,
    },
    /// How often it was tried is known of the latest ones.
    DeadLetter {
        job: JobId,
        tries: Option<u32>,
    },
    /// Followed only: why nothing is governed here, or, if for no reason, because it is a dry run.
    Observed {
        why: Option<String>,
    },
    /// Nothing is known of one that was forked by such a one.
    MovedOut {
        from: Option<MovedOut>,
    },
    /// An operator released it, or the one that it was forked of.
    Released {
        job: Option<JobId>,
    },
    /// The service itself, too.
    OwnChild,
    KernelThread,
    NotATarget,
    Zombie {
        parent: Pid,
        parent_exe: Option<FileName>,
    },
    Gone(Departure),
    /// Or the number is that of another process's thread.
    NoSuchPid {
        thread_of: Option<Pid>,
    },
}

impl State {
    pub const NAMES: [&str; 19] = [
        "governed",
        "member",
        "apart",
        "attaching",
        "ignored",
        "left",
        "waiting",
        "retrying",
        "paused",
        "dead_letter",
        "observed",
        "moved_out",
        "released",
        "own_child",
        "kernel_thread",
        "not_a_target",
        "zombie",
        "gone",
        "no_such_pid",
    ];

    /// In a word, for programs.
    pub fn name(&self) -> &'static str {
        match self {
            State::Governed | State::Releasing => "governed",
            State::Member { .. } => "member",
            State::Apart { .. } => "apart",
            State::Attaching { .. } => "attaching",
            State::Ignored { .. } => "ignored",
            State::Left { .. } => "left",
            State::Waiting { .. } => "waiting",
            State::Retrying { .. } => "retrying",
            State::Paused { .. } => "paused",
            State::DeadLetter { .. } => "dead_letter",
            State::Observed { .. } => "observed",
            State::MovedOut { .. } | State::Sought => "moved_out",
            State::Released { .. } => "released",
            State::OwnChild => "own_child",
            State::KernelThread => "kernel_thread",
            State::NotATarget => "not_a_target",
            State::Zombie { .. } => "zombie",
            State::Gone(_) => "gone",
            State::NoSuchPid { .. } => "no_such_pid",
        }
    }
}

/// Out of which job, where to, and why it is left there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MovedOut {
    pub job: JobId,
    pub to: String,
    pub answer: Answer,
}

/// A target that has ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Departure {
    pub identity: Identity,
    pub command: Arc<str>,
    pub job: Option<JobId>,
    pub was: Was,
    pub lived: Option<Duration>,
    /// As wait(2) puts it, where an event told.
    pub status: Option<u32>,
    pub at: Now,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Was {
    Governed,
    NotGoverned(Ungoverned),
}
