//! What the rest of the program asks of the configuration; the engine has its `Policy`.

use super::values::{Address, LogFormat, LogLevel};
use crate::model::cpus::Cpus;
use std::collections::BTreeSet;
use std::path::PathBuf;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    pub config_file: Option<PathBuf>,
    pub log: LogSettings,
    /// `None`: no audit log is kept.
    pub audit: Option<AuditSettings>,
    pub metrics: MetricsSettings,
    /// `None`: nobody can ask the running service.
    pub control: Option<ControlSettings>,
    pub capacity: Capacity,
}

/// What this host has, as far as that is known: limits beyond it limit nothing.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Capacity {
    pub cpus: Option<u32>,
    /// Bytes.
    pub memory: Option<u64>,
    /// The greatest number that the kernel gives to a process.
    pub pids: Option<u32>,
    /// The processors that jobs can have.
    pub processors: Option<Cpus>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LogSettings {
    /// `None`: journal under systemd, else text.
    pub format: Option<LogFormat>,
    pub level: LogLevel,
}

/// The audit log's file, and when it makes way for the next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditSettings {
    pub path: PathBuf,
    /// Bytes; zero leaves it to others.
    pub max_size: u64,
    /// How many full files are kept.
    pub keep: u32,
    /// Permissions of a new file.
    pub mode: u32,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct MetricsSettings {
    pub listen: Vec<Address>,
    /// So many jobs have series of their own; the others are in the sums.
    pub max_jobs: usize,
    /// So many of the greatest processes have.
    pub max_top: usize,
}

/// The control socket, and who besides root and the service's own user may do what there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ControlSettings {
    pub socket: PathBuf,
    /// May ask: members of these groups, and these users.
    pub groups: BTreeSet<u32>,
    pub readers: BTreeSet<u32>,
    /// May ask and command.
    pub operators: BTreeSet<u32>,
}
