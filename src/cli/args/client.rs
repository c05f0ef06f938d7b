//! What may be said to those commands that talk to the running service.

use super::columns::{self, JobKey};
use super::limits::{GROUP, LimitArgs};
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
    /// Govern a process that runs, and its descendants, whether or not it is a target
    Attach(AttachArgs),
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

    /// The processes of each job below it, and who started whom
    #[arg(long)]
    pub tree: bool,
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

/// For those commands that the service carries out where one runs, and that do without where none does.
#[derive(Args, Clone, Debug, Default)]
pub struct PlaceArgs {
    /// Folder of the cgroup2 hierarchy to keep jobs under where no service runs [that of the service, else found by itself]
    #[arg(long, value_name = "PATH")]
    pub cgroup_root: Option<PathBuf>,

    /// Socket of the service [/run/ffrtmp/control.sock; without root $XDG_RUNTIME_DIR/ffrtmp/control.sock if there is one]
    #[arg(long, value_name = "PATH")]
    pub control_socket: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
pub struct AttachArgs {
    /// The process
    #[arg(long, value_name = "PID")]
    pub pid: u32,

    #[command(flatten)]
    pub limits: LimitArgs,

    /// What the job is called by, and whose rule it falls under [the file name of the executable]
    #[arg(long, value_name = "NAME")]
    pub command: Option<String>,

    #[command(flatten)]
    pub place: PlaceArgs,

    /// The answer as one object of JSON on a line
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Clone, Debug)]
pub struct ReleaseArgs {
    #[command(flatten)]
    pub place: PlaceArgs,

    /// The answer as one object of JSON on a line
    #[arg(long)]
    pub json: bool,

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
    #[arg(long, conflicts_with = GROUP, required_unless_present = GROUP)]
    pub reset: bool,
}
