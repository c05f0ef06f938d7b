//! What the service tells, as far as it is shown here; docs/control.md has all of it. What a service of another release
//! leaves out is empty, and what it adds is passed over.

mod top;

pub(super) use top::{Process, Top};

use super::shown::Shown;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Status {
    pub(super) program: String,
    pub(super) time: String,
    pub(super) phase: String,
    pub(super) health: Health,
    pub(super) source: Part,
    pub(super) governance: Part,
    pub(super) targets: Vec<String>,
    pub(super) processes: u64,
    pub(super) governed: u64,
    pub(super) waiting: u64,
    pub(super) dead_letters: u64,
    pub(super) ungoverned: BTreeMap<String, u64>,
    pub(super) total_limits: Map<String, Value>,
    pub(super) limits_not_holding: Vec<NotHolding>,
    pub(super) paused: Vec<String>,
    pub(super) last_scan: Option<String>,
    pub(super) drifts: u64,
    pub(super) overruns: u64,
    /// `None`: nothing is sampled.
    pub(super) scanner: Option<Sampling>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sampling {
    pub(super) interval: f64,
    pub(super) asked_interval: f64,
    pub(super) shed: Option<String>,
    pub(super) processes: u64,
    pub(super) left_out: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Health {
    pub(super) level: String,
    pub(super) lasted: f64,
    pub(super) reasons: Vec<Reason>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reason {
    pub(super) text: String,
}

/// Of the service: its source of events, and how it governs.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Part {
    pub(super) state: String,
    pub(super) why: Option<String>,
    pub(super) root: Option<String>,
    pub(super) resync: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NotHolding {
    pub(super) limit: String,
    pub(super) cause: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Job {
    pub(super) job: String,
    pub(super) pid: u32,
    pub(super) command: String,
    pub(super) state: String,
    pub(super) uid: u32,
    pub(super) user: Option<String>,
    pub(super) processes: u64,
    /// Where they were asked for.
    pub(super) members: Option<Vec<Member>>,
    pub(super) members_left_out: Option<u64>,
    pub(super) age: f64,
    pub(super) limits: Map<String, Value>,
    pub(super) limits_not_holding: Vec<NotHolding>,
    /// By an operator, some of them.
    pub(super) set: bool,
    /// `in-place`: its limits stand on a group of somebody else's.
    pub(super) foreign: Option<String>,
    /// `None`: not read yet.
    pub(super) usage: Option<Usage>,
}

/// A process of a job.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Member {
    pub(super) pid: u32,
    /// Who of the same job has started it.
    pub(super) parent: Option<u32>,
    pub(super) command: String,
    pub(super) inside: bool,
}

/// Each is `None` where this host does not tell.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Usage {
    pub(super) cpu_seconds: Option<f64>,
    /// Cores.
    pub(super) cpu_rate: Option<f64>,
    pub(super) throttled_seconds: Option<f64>,
    pub(super) memory: Option<u64>,
}

impl Job {
    pub(super) fn owner(&self) -> String {
        owner(self.user.as_deref(), self.uid)
    }
}

/// The number where there is no name.
fn owner(user: Option<&str>, uid: u32) -> String {
    user.map_or_else(|| uid.to_string(), |name| Shown(name).to_string())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Explanation {
    pub(super) pid: u32,
    pub(super) state: String,
    pub(super) sentence: String,
    pub(super) tried: Vec<Tried>,
    pub(super) filters: Vec<Filter>,
    pub(super) failures: Vec<Failure>,
    pub(super) facts: Vec<String>,
    pub(super) job: Option<Job>,
}

/// A name of the process, compared with one target.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Tried {
    pub(super) target: String,
    pub(super) by: String,
    pub(super) name: Option<String>,
    pub(super) matches: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    pub(super) filter: String,
    pub(super) passed: bool,
    pub(super) text: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Failure {
    pub(super) time: String,
    pub(super) step: String,
    pub(super) errno: i32,
    pub(super) path: String,
    pub(super) detail: String,
    pub(super) class: String,
}

/// What stands before the records that were asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Stream {
    pub(super) boot_id: String,
    /// When the first record was made: another one belongs to another life of the service.
    pub(super) since: Option<String>,
    pub(super) last: u64,
}
