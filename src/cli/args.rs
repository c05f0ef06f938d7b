//! What may be said on the command line. Values stay text here: `config` reads them, so that a wrong flag and a wrong
//! line of the file are told in one run and in the same words.

pub mod client;
pub mod columns;
pub mod limits;

use crate::config::{Flag, Flags};
use clap::{ArgAction, Args, Parser, Subcommand};
use std::ffi::OsString;

/// Finds transcoders the moment they start and holds them to cgroup v2 limits
#[derive(Clone, Debug, Parser)]
#[command(name = "ffrtmp", version, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// The service: discover and govern
    Watch(Box<WatchArgs>),
    /// Keep the unit in which jobs live from ending; started by ffrtmp-jobs.service
    #[command(hide = true)]
    HoldJobs,
    /// Check host and configuration: all that would stop or limit governing here, each with its remedy
    Check(CheckArgs),
    /// Start a command in a governed group of its own, limited from its first instruction
    Run(Box<RunArgs>),
    #[command(flatten)]
    Client(client::ClientCommand),
}

#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(
    args_override_self = true,
    after_help = "A flag stands over the environment, the environment over the file."
)]
pub struct WatchArgs {
    /// Configuration file [$WATCH_CONFIG, or none]
    #[arg(long, value_name = "FILE")]
    pub watch_config: Option<String>,

    /// Time between two scans [10s]
    #[arg(long, value_name = "DURATION")]
    pub scan_interval: Option<String>,

    /// Commands to govern; repeat, or separate by commas [ffmpeg,gst-launch-1.0]
    #[arg(long, value_name = "NAME", action = ArgAction::Append)]
    pub target: Vec<String>,

    /// CPU quota in percent of one core; 200 is two cores [0: none]
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    pub cpu_quota: Option<String>,

    /// CPU weight, 1 to 10000 [100]
    #[arg(long, value_name = "WEIGHT", allow_hyphen_values = true)]
    pub cpu_weight: Option<String>,

    /// Memory limit in MiB, or a size like 4GiB [0: none]
    #[arg(long, value_name = "MIB", allow_hyphen_values = true)]
    pub memory_limit: Option<String>,

    /// Remember governed processes across restarts [true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub enable_state: Option<String>,

    /// The same as --enable-state=false
    #[arg(long, conflicts_with = "enable_state")]
    pub no_state: bool,

    /// State file [/var/lib/ffrtmp/watch-state.json; without root $XDG_STATE_HOME/ffrtmp/watch-state.json]
    #[arg(long, value_name = "FILE")]
    pub state_path: Option<String>,

    /// Greatest age of what the state file says [30s]
    #[arg(long, value_name = "DURATION")]
    pub state_flush_interval: Option<String>,

    /// Try again what failed [true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub enable_retry: Option<String>,

    /// The same as --enable-retry=false
    #[arg(long, conflicts_with = "enable_retry")]
    pub no_retry: bool,

    /// How often one attachment is tried again; 0 is never [3]
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub max_retry_attempts: Option<String>,

    /// Find processes by scans alone, without the kernel's events [false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub poll_only: Option<bool>,

    /// Decide and say what would be done, touch nothing [false]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub dry_run: Option<bool>,

    /// Folder of the cgroup2 hierarchy to keep jobs under
    #[arg(long, value_name = "PATH")]
    pub cgroup_root: Option<String>,

    /// How log lines are written: text, json or journal [text; journal under systemd]
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<String>,

    /// The least important lines to write: error, warning, info, debug or trace [info]
    #[arg(long, value_name = "LEVEL")]
    pub log_level: Option<String>,

    /// Where metrics, health and the status page are served; several with commas [127.0.0.1:9746]
    #[arg(long, value_name = "ADDR|off")]
    pub metrics_listen: Option<String>,

    /// Socket over which the service is asked and commanded [/run/ffrtmp/control.sock; without root below
    /// $XDG_RUNTIME_DIR/ffrtmp]
    #[arg(long, value_name = "PATH|off")]
    pub control_socket: Option<String>,
}

#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[command(
    after_help = "Exit status: 0 ready, 1 usable with warnings, 2 configuration wrong, 3 this host cannot."
)]
pub struct CheckArgs {
    /// Configuration file [$WATCH_CONFIG, or none]
    #[arg(long, value_name = "FILE")]
    pub watch_config: Option<String>,

    /// The root to judge, as given to `watch` [found by itself]
    #[arg(long, value_name = "PATH")]
    pub cgroup_root: Option<String>,

    /// Findings as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone, Debug)]
#[command(
    after_help = "Exit status: that of the command, 128 and the signal's number where a shell tells of one that ended it; \
                  126 not executable, 127 not found; 2 usage or a limit wrong, 3 this host or these privileges cannot, 1 it \
                  failed otherwise: then nothing was started."
)]
pub struct RunArgs {
    #[command(flatten)]
    pub limits: limits::LimitArgs,

    /// What the job is called by, and what rules and filters would be [the file name of the command]
    #[arg(long, value_name = "NAME")]
    pub command: Option<String>,

    /// Start nothing where one of the limits cannot hold
    #[arg(long)]
    pub strict: bool,

    #[command(flatten)]
    pub place: client::PlaceArgs,

    /// The command and its arguments
    #[arg(value_name = "CMD", required = true, trailing_var_arg = true)]
    pub argv: Vec<OsString>,
}

impl WatchArgs {
    /// What was given, as `config` takes it.
    pub fn flags(&self) -> Flags {
        let off = |flag: bool| flag.then(|| "false".to_owned());
        // Of all flags it alone is not called by what its key takes.
        let source = self.poll_only.map(|only| if only { "poll" } else { "auto" }.to_owned());
        let targets = (!self.target.is_empty()).then(|| self.target.join(","));
        let keyed = [
            ("--scan-interval", self.scan_interval.clone()),
            ("--target", targets),
            ("--cpu-quota", self.cpu_quota.clone()),
            ("--cpu-weight", self.cpu_weight.clone()),
            ("--memory-limit", self.memory_limit.clone()),
            ("--enable-state", self.enable_state.clone().or_else(|| off(self.no_state))),
            ("--state-path", self.state_path.clone()),
            ("--state-flush-interval", self.state_flush_interval.clone()),
            ("--enable-retry", self.enable_retry.clone().or_else(|| off(self.no_retry))),
            ("--max-retry-attempts", self.max_retry_attempts.clone()),
            ("--poll-only", source),
            ("--cgroup-root", self.cgroup_root.clone()),
            ("--log-format", self.log_format.clone()),
            ("--log-level", self.log_level.clone()),
            ("--metrics-listen", self.metrics_listen.clone()),
            ("--control-socket", self.control_socket.clone()),
        ];
        Flags {
            keyed: keyed.into_iter().filter_map(|(name, text)| Some(Flag { name, text: text? })).collect(),
            dry_run: self.dry_run.unwrap_or(false),
        }
    }
}

#[cfg(test)]
mod tests;
