//! How things stand at one moment: what the service shows of itself and of what it governs wherever it is asked. Counters
//! of what has happened are made from records instead.

use super::failure::Tried;
use super::foreign::Bond;
use super::health::{Health, Reason};
use super::record::{HostCause, MatchedBy, ShedCause, Strain, Victim};
use super::top::List;
use super::usage::Reading;
use super::{Comm, Identity, JobId, LimitKey, Limits, Maker, Mono, Now, Overrides, Pid, Tree, Wall};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Debug)]
pub struct Snapshot {
    pub now: Now,
    pub boot_id: String,
    pub phase: Phase,
    /// How long the service has run.
    pub uptime: Duration,
    pub source: SourceView,
    pub governance: GovernanceView,
    pub health: HealthView,
    pub last_scan: Option<Wall>,
    /// On the host, those that the last scan and the events since have shown.
    pub processes: usize,
    pub targets: Vec<Arc<str>>,
    /// How many jobs are governed.
    pub governed: usize,
    /// What all jobs have used, those that have ended included; nothing before it was read.
    pub usage: Option<Reading>,
    /// In order of their identities.
    pub jobs: Vec<JobView>,
    /// Targets that are not governed, by the reason.
    pub ungoverned: BTreeMap<Ungoverned, usize>,
    /// Of all jobs together.
    pub total_limits: Limits,
    /// Those of them that do not hold.
    pub total_unheld: Vec<LimitKey>,
    /// Limits that are asked for and cannot hold, each with its cause.
    pub not_holding: Vec<(LimitKey, String)>,
    /// Causes for which attaching is paused.
    pub paused: Vec<HostCause>,
    pub dead_letters: usize,
    /// The greatest processes of the host that still live; nothing before there is a list, or where none is wanted.
    pub top: Option<Arc<List>>,
    /// How often somebody else was found to have changed something of a job.
    pub drifts: DriftCounts,
    pub overruns: u64,
    /// How often a scan has made good for events that were lost.
    pub resyncs: u64,
    pub events: EventCounts,
    /// Nothing where nothing is sampled.
    pub scanner: Option<ScannerView>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Phase {
    Starting,
    Running,
    Stopping,
}

impl Phase {
    pub fn name(self) -> &'static str {
        match self {
            Phase::Starting => "starting",
            Phase::Running => "running",
            Phase::Stopping => "stopping",
        }
    }
}

/// Where word of processes comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SourceView {
    Connecting,
    /// `resync`: something was lost, and a scan is making good for it.
    Live {
        buffer: usize,
        resync: bool,
    },
    /// Scans alone, for this reason.
    Polling {
        why: String,
        /// Events came once.
        lost: bool,
    },
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GovernanceView {
    Pending,
    Ready { root: String },
    Unavailable { why: String },
    DryRun,
}

#[derive(Clone, PartialEq, Debug)]
pub struct HealthView {
    pub level: Health,
    pub lasted: Duration,
    pub reasons: Vec<Reason>,
    /// In a row.
    pub scan_failures: u32,
    pub attach_failures: u32,
}

/// A target that was taken, and what became of it.
#[derive(Clone, Debug)]
pub struct JobView {
    pub main: Identity,
    pub id: JobId,
    pub command: Arc<str>,
    pub rule: MatchedBy,
    pub uid: u32,
    pub user: Option<Arc<str>>,
    pub ppid: Pid,
    pub state: JobState,
    /// Those that hold, or are to.
    pub limits: Limits,
    /// Those that do not hold, and why.
    pub unheld: Vec<(LimitKey, String)>,
    /// What of them an operator has set.
    pub set: Overrides,
    /// Those of the policy, or that it was given by who made it; none where its command is no target any more.
    pub policy_limits: Option<Limits>,
    /// `None`: the policy made it.
    pub made: Option<Maker>,
    pub members: usize,
    /// Its processes; nothing where nobody asked for them.
    pub family: Option<Family>,
    pub tree: Tree,
    pub main_alive: bool,
    /// How long its main process has lived.
    pub age: Duration,
    pub discovered_at: Wall,
    pub attached_at: Option<Wall>,
    pub origin: Option<String>,
    /// How it stands to those who had its process before.
    pub bond: Option<Bond>,
    /// Failed tries, and the last of them.
    pub tries: u32,
    pub last_failure: Option<Tried>,
    /// What it has used; nothing before it was read.
    pub usage: Option<Reading>,
    pub suffered: Suffered,
}

/// The processes of a job, by their numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Family {
    pub kin: Vec<Kin>,
    /// Beyond those.
    pub left_out: usize,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Kin {
    pub pid: Pid,
    /// The nearest living ancestor in the same job.
    pub parent: Option<Pid>,
    pub name: Comm,
    /// In the job's group, as far as is known.
    pub inside: bool,
}

/// What its limits, or the want of something, have done to a job.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Suffered {
    /// Processes killed for want of memory, and the last time that happened, if the service saw it.
    pub oom_kills: u64,
    pub last_kill: Option<Killed>,
    pub forks_refused: u64,
    /// What goes on: since how long, and for how many percent of that time.
    pub strains: Vec<(Strain, Duration, u8)>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Killed {
    pub at: Wall,
    /// As far as it is known who they were.
    pub victims: Vec<Victim>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum JobState {
    Attaching,
    /// A try failed; the next comes then.
    Retrying {
        at: Mono,
    },
    /// Attaching is paused for all.
    Paused,
    Governed {
        since: Mono,
    },
    /// Followed only: a dry run, or a host where nothing can be governed.
    Observed,
    Releasing,
    Ending,
}

impl JobState {
    pub fn name(self) -> &'static str {
        match self {
            JobState::Attaching => "attaching",
            JobState::Retrying { .. } => "retrying",
            JobState::Paused => "paused",
            JobState::Governed { .. } => "governed",
            JobState::Observed => "observed",
            JobState::Releasing => "releasing",
            JobState::Ending => "ending",
        }
    }
}

/// Why a target is not governed.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Ungoverned {
    /// A filter keeps it out.
    Filter,
    /// It is not old enough yet.
    MinRuntime,
    /// Others govern it: a container, a delegated group.
    Foreign,
    Attaching,
    Retrying,
    Paused,
    DeadLetter,
    /// A dry run, or a host where nothing can be governed.
    Observed,
    /// It was moved out of its job by somebody else, and is left there.
    MovedOut,
    /// An operator released it.
    Released,
}

impl Ungoverned {
    pub const ALL: [Ungoverned; 10] = [
        Ungoverned::Filter,
        Ungoverned::MinRuntime,
        Ungoverned::Foreign,
        Ungoverned::Attaching,
        Ungoverned::Retrying,
        Ungoverned::Paused,
        Ungoverned::DeadLetter,
        Ungoverned::Observed,
        Ungoverned::MovedOut,
        Ungoverned::Released,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Ungoverned::Filter => "filter",
            Ungoverned::MinRuntime => "min_runtime",
            Ungoverned::Foreign => "foreign",
            Ungoverned::Attaching => "attaching",
            Ungoverned::Retrying => "retrying",
            Ungoverned::Paused => "paused",
            Ungoverned::DeadLetter => "dead_letter",
            Ungoverned::Observed => "observed",
            Ungoverned::MovedOut => "moved_out",
            Ungoverned::Released => "released",
        }
    }
}

/// What somebody else was found to have changed of jobs, by what it was.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct DriftCounts {
    pub limit: u64,
    pub moved: u64,
    pub note: u64,
}

impl DriftCounts {
    pub fn total(self) -> u64 {
        self.limit + self.moved + self.note
    }
}

/// Events of the kernel that were received, by kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct EventCounts {
    pub fork: u64,
    pub exec: u64,
    pub exit: u64,
    pub uid: u64,
    pub comm: u64,
    pub other: u64,
}

/// How sampling fares.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ScannerView {
    /// From one sample of all processes to the next, as it is and as it was asked for.
    pub interval: Duration,
    pub asked: Duration,
    /// Why none are taken at the moment.
    pub shed: Option<ShedCause>,
    pub rounds: u64,
    /// Processor time of all sampling passes.
    pub spent: Duration,
    /// In the last round, and beyond those that are kept.
    pub processes: usize,
    pub left_out: usize,
    /// What the whole service used lately, in cores.
    pub own_cores: Option<f64>,
}
