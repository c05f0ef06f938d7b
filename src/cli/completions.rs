//! `ffrtmp completions SHELL`: made of the same definitions as the command line itself.

use super::Failed;
use super::args::Cli;
use super::out::print;
use clap::CommandFactory;
use clap_complete::Shell;

pub(super) fn run(shell: Shell) -> Result<(), Failed> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "ffrtmp", &mut script);
    print(&String::from_utf8_lossy(&script)).map(drop)
}
