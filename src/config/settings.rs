//! What the rest of the program asks of the configuration; the engine has its `Policy`.

use super::values::{LogFormat, LogLevel};
use std::path::PathBuf;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    pub config_file: Option<PathBuf>,
    pub log: LogSettings,
    /// `None`: no audit log is kept.
    pub audit: Option<AuditSettings>,
    /// As given by `--control-socket`.
    pub control_socket: Option<PathBuf>,
    /// As given by `--metrics-listen`.
    pub metrics_listen: Option<String>,
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
