//! What may be said to those commands that talk to the running service.

use super::columns::{self, JobKey};
use clap::{Args, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

#[derive(Clone, Debug, Subcommand)]
pub enum ClientCommand {
    /// How the service fares, and what it does
    Status(ClientArgs),
    /// Governed processes, their limits and what they use
    Ps(PsArgs),
    /// Jobs, or the processes that use the most, as a live screen; a plain table where there is no terminal
    Top(TopArgs),
    /// What has happened, and with --follow what happens
    Events(EventsArgs),
    /// Why a process is governed, or is not: every rule and filter that was tried
    Explain(ExplainArgs),
    /// Try again what was given up
    Retry(RetryArgs),
    /// Put a job's processes back where they came from
    Release(ReleaseArgs),
    /// Change the limits of one running job until it ends or is reset
    Set(SetArgs),
    /// Have the configuration read again
    Reload(ClientArgs),
    /// Words for a shell to complete commands with
    Completions { shell: Shell },
    /// The manual page, ffrtmp(1)
    Man,
}

#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientArgs {
    /// Socket of the service [/run/ffrtmp/control.sock; without root $XDG_RUNTIME_DIR/ffrtmp/control.sock if there is one]
    #[arg(long, value_name = "PATH")]
    pub control_socket: Option<PathBuf>,

    /// The service's own answer, one object of JSON on a line
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone, Debug)]
pub struct PsArgs {
    #[command(flatten)]
    pub client: ClientArgs,

    /// What the lines are sorted by
    #[arg(long, value_name = "COLUMN", default_value = "job")]
    pub sort: JobKey,

    /// Jobs of this command alone
    #[arg(long, value_name = "NAME")]
    pub command: Option<String>,

    /// Jobs in this state alone: governed, attaching, retrying, …
    #[arg(long, value_name = "STATE")]
    pub state: Option<String>,
}

#[derive(Args, Clone, Debug)]
pub struct TopArgs {
    #[command(flatten)]
    pub client: ClientArgs,

    /// The processes that use the most of the host, governed or not, in place of jobs
    #[arg(long, short)]
    pub processes: bool,

    /// What the lines are sorted by at first [jobs: cpu; processes: score]
    #[arg(long, value_name = "COLUMN", value_parser = columns::of_either())]
    pub sort: Option<String>,

    /// Time between two readings
    #[arg(long, value_name = "DURATION", default_value = "2s")]
    pub interval: String,

    /// Print so many plain tables and end [a live screen on a terminal, else 1]
    #[arg(long, value_name = "N")]
    pub count: Option<u32>,
}

#[derive(Args, Clone, Debug)]
pub struct EventsArgs {
    #[command(flatten)]
    pub client: ClientArgs,

    /// Go on with what happens, also after the service was restarted
    #[arg(long, short)]
    pub follow: bool,

    /// Begin behind the record of this number [with the oldest that is held]
    #[arg(long, value_name = "SEQ", conflicts_with = "processes")]
    pub after: Option<u64>,

    /// Of all processes of this host instead: those there are, and with --follow each that begins, changes and ends
    #[arg(long)]
    pub processes: bool,
}

#[derive(Args, Clone, Debug)]
pub struct ExplainArgs {
    #[command(flatten)]
    pub client: ClientArgs,

    pub pid: u32,
}

#[derive(Args, Clone, Debug)]
pub struct RetryArgs {
    #[command(flatten)]
    pub client: ClientArgs,

    /// Job that was given up, or its process [all of them]
    #[arg(value_name = "PID|JOB")]
    pub whom: Option<String>,
}

#[derive(Args, Clone, Debug)]
pub struct ReleaseArgs {
    #[command(flatten)]
    pub client: ClientArgs,

    /// Job, or a process of it
    #[arg(value_name = "PID|JOB")]
    pub whom: String,
}

#[derive(Args, Clone, Debug)]
pub struct SetArgs {
    #[command(flatten)]
    pub client: ClientArgs,

    /// Job, or a process of it
    #[arg(value_name = "PID|JOB")]
    pub whom: String,

    #[command(flatten)]
    pub limits: LimitArgs,

    /// What the configuration says holds again
    #[arg(long, conflicts_with = "LimitArgs", required_unless_present = "LimitArgs")]
    pub reset: bool,
}

/// By the names that the configuration has; their values are text here, and read by the service.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
#[group(multiple = true)]
pub struct LimitArgs {
    /// CPU quota in percent of one core; 200 is two cores, 0 none
    #[arg(long, value_name = "PERCENT", allow_hyphen_values = true)]
    pub cpu_quota: Option<String>,

    /// CPU weight, 1 to 10000
    #[arg(long, value_name = "WEIGHT", allow_hyphen_values = true)]
    pub cpu_weight: Option<String>,

    /// Memory limit in MiB, or a size like 4GiB; 0 is none
    #[arg(long, value_name = "MIB", allow_hyphen_values = true)]
    pub memory_limit: Option<String>,
}

impl LimitArgs {
    /// Those that were given, by their keys.
    pub fn given(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("cpu_quota", &self.cpu_quota),
            ("cpu_weight", &self.cpu_weight),
            ("memory_limit", &self.memory_limit),
        ];
        all.into_iter().filter_map(|(key, text)| Some((key, text.as_deref()?)))
    }
}
