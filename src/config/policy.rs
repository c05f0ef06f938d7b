//! Policy: the configuration compiled to what the engine asks of it. Names are resolved to numbers, sections are
//! merged key by key, every value has been checked. It is immutable and shared; a reload makes a new one.

use crate::model::Limits;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, PartialEq, Debug)]
pub struct Policy {
    pub scan_interval: Duration,
    /// In the order the operator listed them; the name is also the `<command>` of job ids.
    pub rules: Vec<Rule>,
    pub users: Users,
    pub poll_only: bool,
    /// `events.source: netlink`: that there are no events is trouble here, not one way to work.
    pub events_expected: bool,
    pub dry_run: bool,
    pub receive_buffer: usize,
    pub cgroup_root: Option<PathBuf>,
    pub release_on_stop: bool,
    /// What others change of a job is put right again.
    pub restore_on_drift: bool,
    pub retry: Option<RetryPolicy>,
    pub state: Option<StatePolicy>,
    pub argv_in_log: ArgvInLog,
}

/// One target: what it is called, what it may use, and when it is taken.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    pub command: Arc<str>,
    pub limits: Limits,
    pub filters: Filters,
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
    pub max_attempts: u32,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatePolicy {
    pub path: PathBuf,
    pub flush_interval: Duration,
    pub sync: bool,
}

/// How much of a command line is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum ArgvInLog {
    #[default]
    Redacted,
    Full,
    None,
}
