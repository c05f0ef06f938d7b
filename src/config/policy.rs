//! Policy: the configuration compiled to what the engine asks of it. Names are resolved to numbers, sections are
//! merged key by key, every value has been checked. It is immutable and shared; a reload makes a new one.

use super::foreign::Foreign;
use crate::model::Limits;
pub use crate::model::Tree;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, PartialEq, Debug)]
pub struct Policy {
    pub scan_interval: Duration,
    /// In the order the operator listed them; the name is also the `<command>` of job ids.
    pub rules: Vec<Rule>,
    /// Of all jobs together.
    pub total_limits: Limits,
    pub users: Users,
    pub poll_only: bool,
    /// `events.source: netlink`: that there are no events is trouble here, not one way to work.
    pub events_expected: bool,
    pub dry_run: bool,
    pub receive_buffer: usize,
    pub cgroup_root: Option<PathBuf>,
    /// Whether the cgroup mount favours moves; `None` leaves it as it is.
    pub favor_dynmods: Option<bool>,
    pub release_on_stop: bool,
    /// What others change of a job is put right again.
    pub restore_on_drift: bool,
    /// Jobs that commands have made are held like its own.
    pub adopts_made: bool,
    pub foreign: Arc<Foreign>,
    pub retry: Option<RetryPolicy>,
    pub breaker: BreakerPolicy,
    pub health: HealthPolicy,
    /// `None`: nothing is sampled.
    pub scanner: Option<ScannerPolicy>,
    pub state: Option<StatePolicy>,
    pub argv_in_log: ArgvInLog,
}

impl Policy {
    /// Every set of limits in it.
    pub fn limits(&self) -> impl Iterator<Item = &Limits> {
        self.rules.iter().map(|rule| &rule.limits).chain([&self.total_limits])
    }
}

/// One target: what it is called, what it may use, and when it is taken.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    pub command: Arc<str>,
    pub limits: Limits,
    pub filters: Filters,
    pub tree: Tree,
}

/// All must pass. An empty `allowed_*` set lets everybody through, an empty `blocked_*` set keeps nobody out.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Filters {
    pub allowed_users: BTreeSet<u32>,
    pub blocked_users: BTreeSet<u32>,
    /// Tells an `allowed_users` list that names nobody on this host (nobody passes) from an absent one.
    pub only_allowed_users: bool,
    pub allowed_uids: BTreeSet<u32>,
    pub blocked_uids: BTreeSet<u32>,
    pub allowed_parents: Vec<Parent>,
    pub blocked_parents: Vec<Parent>,
    pub allowed_dirs: Vec<PathBuf>,
    pub blocked_dirs: Vec<PathBuf>,
    pub min_runtime: Option<Duration>,
    pub max_runtime: Option<Duration>,
}

impl Filters {
    /// Whether it was said whose processes are taken.
    pub fn names_users(&self) -> bool {
        self.only_allowed_users || !self.allowed_uids.is_empty()
    }
}

/// A direct parent, by number or by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Parent {
    Pid(u32),
    Name(String),
}

/// User names of this host by uid, read once at load: asking the system later may block.
pub type Users = BTreeMap<u32, Arc<str>>;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RetryPolicy {
    /// How often a failed attachment is tried again.
    pub max_attempts: u32,
    pub initial_delay: Duration,
    pub max_delay: Duration,
}

impl Default for RetryPolicy {
    fn default() -> RetryPolicy {
        let (initial_delay, max_delay) = (Duration::from_secs(1), Duration::from_secs(300));
        RetryPolicy { max_attempts: 3, initial_delay, max_delay }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BreakerPolicy {
    /// Failures of one cause in a row that pause all attaching.
    pub failures: u32,
    /// From one probe to the next: at first, and at most.
    pub pause: Duration,
    pub max_pause: Duration,
}

impl Default for BreakerPolicy {
    fn default() -> BreakerPolicy {
        let (pause, max_pause) = (Duration::from_secs(30), Duration::from_secs(300));
        BreakerPolicy { failures: 3, pause, max_pause }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HealthPolicy {
    pub thresholds: Thresholds,
    /// The thresholds follow what is usual on this host.
    pub adaptive: bool,
    /// The least age of the last good scan that is too old; three scan intervals always are allowed.
    pub scan_age: Duration,
    /// A reason that has gone counts this much longer.
    pub recover_after: Duration,
}

/// So many failures in a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Thresholds {
    pub scan_failures_degraded: u32,
    pub scan_failures_unhealthy: u32,
    pub attach_failures_degraded: u32,
}

impl Default for HealthPolicy {
    fn default() -> HealthPolicy {
        HealthPolicy {
            thresholds: Thresholds {
                scan_failures_degraded: 3,
                scan_failures_unhealthy: 5,
                attach_failures_degraded: 10,
            },
            adaptive: false,
            scan_age: Duration::from_secs(120),
            recover_after: Duration::from_secs(10),
        }
    }
}

#[derive(Clone, PartialEq, Debug)]
pub struct ScannerPolicy {
    /// From one sampling pass to the next: as asked for, and at most where the budget demands more.
    pub interval: Duration,
    pub max_interval: Duration,
    /// What sampling may take, in cores.
    pub cpu_budget: f64,
    /// What the whole service may take, in cores, before sampling is shed.
    pub overload: f64,
    /// Of more of them only the most valuable are kept.
    pub max_processes: usize,
    pub top: Option<TopPolicy>,
}

impl Default for ScannerPolicy {
    fn default() -> ScannerPolicy {
        ScannerPolicy {
            interval: Duration::from_secs(10),
            max_interval: Duration::from_secs(60),
            cpu_budget: 0.0075,
            overload: 0.25,
            max_processes: 10_000,
            top: Some(TopPolicy::default()),
        }
    }
}

/// The list of the greatest processes: a score is the weighted sum of what a process has of the host's processors and
/// of its memory, from 0 to 1.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct TopPolicy {
    pub size: usize,
    pub cpu_weight: f64,
    pub memory_weight: f64,
    /// Below it nobody is listed.
    pub min_score: f64,
    /// By this part of its own score a newcomer must exceed who is listed, to take its place.
    pub stability: f64,
}

impl Default for TopPolicy {
    fn default() -> TopPolicy {
        TopPolicy { size: 50, cpu_weight: 0.7, memory_weight: 0.3, min_score: 0.0, stability: 0.1 }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatePolicy {
    pub path: PathBuf,
    pub flush_interval: Duration,
    /// Whether it is on the disk before it counts as saved.
    pub sync: bool,
    pub mode: u32,
}

/// How much of a command line is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ArgvInLog {
    #[default]
    Redacted,
    Full,
    None,
}
