//! The list of the processes that use the most, as the service tells it.

use super::owner;
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::cli) struct Top {
    pub(in crate::cli) age: f64,
    /// Of how long the rates are; of a first round there are none.
    pub(in crate::cli) over: Option<f64>,
    pub(in crate::cli) cores: u32,
    pub(in crate::cli) memory: u64,
    pub(in crate::cli) busy_cores: Option<f64>,
    /// What the listed have of all processor time that was used, from 0 to 1.
    pub(in crate::cli) captured: Option<f64>,
    pub(in crate::cli) processes: u64,
    /// Of which the service keeps nothing.
    pub(in crate::cli) left_out: u64,
    pub(in crate::cli) list: Vec<Process>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(in crate::cli) struct Process {
    pub(in crate::cli) pid: u32,
    pub(in crate::cli) command: String,
    pub(in crate::cli) uid: u32,
    pub(in crate::cli) user: Option<String>,
    pub(in crate::cli) state: String,
    pub(in crate::cli) threads: u32,
    /// Cores.
    pub(in crate::cli) cpu: Option<f64>,
    pub(in crate::cli) children_cpu: Option<f64>,
    pub(in crate::cli) memory: u64,
    pub(in crate::cli) io_read_bytes: Option<u64>,
    pub(in crate::cli) io_written_bytes: Option<u64>,
    pub(in crate::cli) governed: bool,
    pub(in crate::cli) score: f64,
}

impl Process {
    pub(in crate::cli) fn owner(&self) -> String {
        owner(self.user.as_deref(), self.uid)
    }

    pub(in crate::cli) fn io(&self) -> Option<u64> {
        Some(self.io_read_bytes?.saturating_add(self.io_written_bytes?))
    }
}
