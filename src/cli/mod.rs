//! The command line: what may be said (`args`), and a file per subcommand.

pub mod args;
mod argv;
mod check;
mod hold_jobs;
mod paint;
mod watch;

pub use argv::normalise;

use crate::config::Problem;
use args::{Cli, Command};
use std::fmt;

/// Why a command did not do what it was asked to, and with which status the program ends.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failed {
    pub status: Status,
    pub text: String,
}

/// The statuses a script may rely on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    Failed = 1,
    /// Usage or configuration wrong: nothing was started.
    Usage = 2,
    /// This host, or these privileges, cannot.
    Host = 3,
}

impl Failed {
    fn usage(problems: &[Problem]) -> Failed {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        Failed { status: Status::Usage, text: lines.join("\n") }
    }

    fn because(what: &str, why: &dyn fmt::Display) -> Failed {
        Failed { status: Status::Failed, text: format!("{what}: {why}") }
    }
}

pub fn run(cli: &Cli) -> Result<(), Failed> {
    match &cli.command {
        Command::Watch(args) => watch::run(args),
        Command::HoldJobs => hold_jobs::run(),
        Command::Check(args) => check::run(args),
    }
}
