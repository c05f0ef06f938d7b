//! The command line: what may be said (`args`), and a file per subcommand.

pub mod args;
mod argv;
mod attach;
mod ask;
mod check;
mod completions;
mod events;
mod explain;
mod family;
mod hold_jobs;
mod jobs;
mod man;
mod orders;
mod out;
mod paint;
mod processes;
mod ps;
mod run;
mod shown;
mod status;
mod table;
mod told;
mod top;
mod visitor;
mod watch;

pub use argv::normalise;

use crate::config::Problem;
use args::client::ClientCommand as Client;
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
    Failed,
    /// Usage or configuration wrong: nothing was started.
    Usage,
    /// This host, or these privileges, cannot.
    Host,
    /// That of the command that was run.
    Its(u8),
}

impl Status {
    pub fn code(self) -> u8 {
        match self {
            Status::Failed => 1,
            Status::Usage => 2,
            Status::Host => 3,
            Status::Its(code) => code,
        }
    }
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
        Command::Run(args) => run::run(args),
        Command::Client(command) => client(command),
    }
}

fn client(command: &Client) -> Result<(), Failed> {
    match command {
        Client::Status(args) => status::run(args),
        Client::Ps(args) => ps::run(args),
        Client::Top(args) => top::run(args),
        Client::Events(args) => events::run(args),
        Client::Explain(args) => explain::run(args),
        Client::Retry(args) => orders::retry(args),
        Client::Attach(args) => attach::attach(args),
        Client::Release(args) => attach::release(args),
        Client::Set(args) => orders::set(args),
        Client::Reload(args) => orders::reload(args),
        Client::Completions { shell } => completions::run(*shell),
        Client::Man => man::run(),
    }
}
