//! The commands that talk to the running service, as a person at a terminal and as a script has them.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

mod answers;
mod following;
mod live;
mod schema;
mod unanswered;

use netlink_tests::bench::{Service, service};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// A command that asks at this socket.
fn command(socket: &Path, words: &str) -> Command {
    let mut command = Command::new(service::program());
    command.args(words.split(' ')).arg("--control-socket").arg(socket);
    command
}

fn asked(service: &Service, words: &str) -> Output {
    let mut command = command(&service.control_socket(), words);
    command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"))
}

/// What it prints when all is well.
fn told(service: &Service, words: &str) -> String {
    let output = asked(service, words);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{words}");
    text(&output.stdout)
}

/// The answer that it prints.
fn answer(service: &Service, words: &str) -> Value {
    let text = told(service, &format!("{words} --json"));
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{text:?}: {e}"))
}
