//! What the engine wants done. The world carries an effect out and answers with an `Input`; effects never fail here.

use super::input::Ticket;
use crate::config::foreign::Foreign;
use crate::config::policy::Policy;
use crate::model::lifecycle::Change;
use crate::model::record::{Failure, Record};
use crate::model::sample::Round;
use crate::model::{FileName, Identity, JobId, Limits, Made, Mono, Overrides, Pid, StartTime};
use std::collections::VecDeque;
use std::sync::Arc;

/// Filled by the engine, emptied by the reactor: both lists keep their capacity from round to round.
#[derive(Debug, Default)]
pub struct Effects {
    pub wanted: VecDeque<Effect>,
    pub records: Vec<Record>,
    /// What became of processes, in order; only while somebody wants to know.
    pub changes: Vec<Change>,
    /// The round of samples that has just been completed.
    pub round: Option<Arc<Round>>,
}

impl Effects {
    pub fn want(&mut self, effect: Effect) {
        self.wanted.push_back(effect);
    }

    pub fn record(&mut self, record: Record) {
        self.records.push(record);
    }
}

#[derive(Debug, PartialEq)]
pub enum Effect {
    /// Open the connector's socket and bind it, in place of the one that is open now.
    OpenSource {
        buffer: usize,
    },
    /// Ask for events; the answer is an `Ack` event to this number.
    Listen {
        seq: u32,
    },
    /// Let the kernel drop what nobody needs, now that the ack has come.
    Narrow,
    CloseSource,
    /// Make the kernel send an event of our own.
    Canary,
    /// Ask the source's socket how much the kernel has dropped since it was opened.
    CountDrops,
    /// Read what /proc says of one process, at once.
    Look {
        pid: Pid,
        wants: Wants,
    },
    /// Read how one process stands, at once.
    Sight {
        pid: Pid,
    },
    /// Read the first argument's file name; may stall, so it is answered later. Unless it is to be `soon`, it may wait
    /// a little, and need not be read at all once the engine no longer `awaits_name`.
    ReadName {
        pid: Pid,
        soon: bool,
    },
    /// Read the command line for the record of a discovery; may stall, so it is answered later. Unless it is to be
    /// `soon`, it may wait until the process is attached.
    ReadArgv {
        identity: Identity,
        soon: bool,
    },
    /// Go through /proc, a slice each round.
    Scan(Depth),
    Govern(Task),
    /// Stop watching for the end of a process that is governed no more.
    Unwatch {
        identity: Identity,
    },
    /// Read the configuration again.
    LoadPolicy,
    /// Write the state file.
    SaveState(Box<crate::model::state::State>),
    /// Tell whoever gave the order under this number what came of it, in a sentence.
    Answer {
        ticket: Ticket,
        result: Result<String, Refused>,
    },
    /// Tell the service manager.
    Notify(Notice),
    /// Everything is in order: end the loop.
    Stop,
}

/// Why an order was not carried out; the sentence is for whoever gave it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refused {
    /// There is no such process or job.
    Unknown(String),
    /// Too many wait for the same.
    Busy(String),
    Failed(String),
    /// The same, and what stood against it.
    Met(String, Failure),
}

/// How much a pass through /proc reads.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Depth {
    /// The list, and of processes only those that the engine does not know.
    Steady,
    /// Every process.
    Full,
    /// Every process, and what the whole host uses.
    Sampling,
}

/// What a look costs beyond stat and uid is read only where the policy asks for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Wants {
    pub cwd: bool,
    pub parent_exe: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Notice {
    Ready,
    Reloading,
    Stopping,
}

/// Work for the governor's own thread: everything that writes to the cgroup file system.
#[derive(Debug, PartialEq)]
pub enum Task {
    /// Find the hierarchy and the root, enable controllers, say what can hold; then list the jobs that stand there.
    Prepare {
        policy: Arc<Policy>,
    },
    Attach(Box<Attach>),
    /// Make sure that a descendant is inside its job's group, and move it if not.
    Join {
        job: JobId,
        pid: Pid,
        born: Born,
    },
    /// Look whether a job still stands as it was set up, and where these members of it sit.
    Inspect {
        job: JobId,
        members: Vec<(Pid, Born)>,
    },
    SetLimits {
        job: JobId,
        limits: Limits,
        /// What of them an operator has set.
        set: Overrides,
        names_users: bool,
        /// For an order all of them or none; else what is not refused.
        order: Option<Ticket>,
    },
    /// Limit all jobs together, on the group above them.
    LimitTotal {
        limits: Limits,
    },
    /// Look whether those limits still stand.
    InspectTotal,
    /// Put the job's processes back where they came from and remove the group.
    Release {
        job: JobId,
        why: &'static str,
    },
    /// Look whether somebody else has made this job and noted it.
    Recognise {
        job: JobId,
        order: Option<Ticket>,
    },
    /// Put everybody back where the job came from but the process it was made for.
    PutOut {
        job: JobId,
        main: Identity,
    },
    /// To every process of a job.
    Signal {
        job: JobId,
        signal: i32,
    },
    /// Remove the group of a job that has ended.
    Remove {
        job: JobId,
    },
}

/// A process to be put into a job of its own.
#[derive(Debug, PartialEq, Clone)]
pub struct Attach {
    pub identity: Identity,
    pub command: Arc<str>,
    pub limits: Limits,
    pub set: Overrides,
    /// The rule does: what processes carry by themselves may be lowered.
    pub names_users: bool,
    /// `None`: the policy wants it.
    pub made: Option<Made>,
    /// The direct parent when first seen, kept on the group: filters by parent must survive a restart.
    pub parent: Pid,
    pub parent_name: FileName,
    /// The job in whose group it was born, and which it may leave for this one.
    pub out_of: Option<JobId>,
    /// Without the children it has.
    pub alone: bool,
    /// What is done if somebody else takes care of it.
    pub foreign: Arc<Foreign>,
}

/// How to tell a process from a later one with its pid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Born {
    /// Its start time has been read.
    Started(StartTime),
    /// Only its fork has been seen, at this moment.
    Forked(Mono),
}
