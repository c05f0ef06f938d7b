//! Parse, run, and turn the outcome into an exit status; nothing else.

use clap::Parser;
use ffrtmp::cli::{self, args::Cli};
use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run(&Cli::parse_from(cli::normalise(std::env::args_os()))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => {
            if !failed.text.is_empty() {
                eprintln!("{}", failed.text);
            }
            ExitCode::from(failed.status.code())
        }
    }
}
