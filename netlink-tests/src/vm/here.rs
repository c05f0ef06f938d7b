//! The worlds that are this machine: runs test programs one after the other, as a guest's `run-tests` does,
//! and tallies what they print in the same way.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::binaries::{self, Binaries, Executable, Role};
use super::host::{Result, at};
use super::lines;
use super::tally::{Line, Tally};
use super::worlds::World;
use crate::bench::actor::children_of;

/// How long a program's output must be silent before we look whether it has ended.
const SILENCE: Duration = Duration::from_millis(100);

/// The tests within the packages, many at once as under `cargo test`, and those in their documentation.
pub fn unit(world: World, binaries: &Binaries, filter: &[String], deadline: Instant) -> Result<Tally> {
    let mut tally = Tally::default();
    let files = binaries.of(Role::Test).filter(|test| world.tests().any(|name| name == test.name));
    for unit in binaries.of(Role::Unit).chain(files) {
        one(&unit.name, program(unit).arg("--color=never").args(filter), deadline, &mut tally)?;
    }
    let mut documentation = binaries::command(&["test", "--workspace", "--doc", "--locked"]);
    documentation.args(["--", "--color=never"]).args(filter);
    one("documentation", &mut documentation, deadline, &mut tally)?;
    Ok(tally)
}

/// The test files of `world` against this kernel. One test at a time and with nothing captured: they share the
/// kernel, and a test that finds it lacking says so and passes.
pub fn host(world: World, binaries: &Binaries, filter: &[String], deadline: Instant) -> Result<Tally> {
    let mut tally = Tally::default();
    for test in binaries.of(Role::Test).filter(|test| world.tests().any(|name| name == test.name)) {
        let mut command = program(test);
        command.env_remove("FFRTMP_WORLD");
        command.envs(binaries.of(Role::Product).map(|product| ("FFRTMP_BIN", &product.path)));
        command.args(["--test-threads=1", "--nocapture", "--color=never"]).args(filter);
        one(&test.name, &mut command, deadline, &mut tally)?;
    }
    Ok(tally)
}

/// Started as cargo starts it.
fn program(test: &Executable) -> Command {
    let mut command = Command::new(&test.path);
    command.current_dir(&test.package).env("CARGO_MANIFEST_DIR", &test.package);
    command
}

/// Runs one test program to its end, or to the deadline.
fn one(name: &str, command: &mut Command, deadline: Instant, tally: &mut Tally) -> Result<()> {
    tally.begin(name);
    let status = watch(name, command, deadline, |line| {
        if tally.read(&line) == Line::Text {
            println!("{line}");
        }
    })?;
    let status = status.map(|status| status.code().or(status.signal().map(|signal| 128 + signal)));
    tally.end(status.flatten());
    Ok(())
}

/// Runs any program, and hands on each line it prints. No status if the deadline came before its end.
pub fn watch(
    name: &str,
    command: &mut Command,
    deadline: Instant,
    take: impl FnMut(String),
) -> Result<Option<ExitStatus>> {
    let (reader, writer) = at(Path::new("a pipe"), std::io::pipe())?;
    let errors = at(Path::new("a pipe"), writer.try_clone())?;
    command.stdin(Stdio::null()).stdout(writer).stderr(errors);
    let mut child = at(Path::new(name), command.spawn())?;
    // Ours are the pipe's last writing ends, but for the child's.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    println!("\n{name}");
    let status = follow(&mut child, &lines::of(reader), deadline, take);
    if status.is_none() {
        println!("{name} is out of time");
        end(&mut child);
    }
    Ok(status)
}

/// Relays its lines until it has ended and they have: what it left running may hold the pipe open. `None` if it does not end.
fn follow(
    child: &mut Child,
    lines: &Receiver<String>,
    deadline: Instant,
    mut take: impl FnMut(String),
) -> Option<ExitStatus> {
    while Instant::now() < deadline {
        match lines.recv_timeout(SILENCE) {
            Ok(line) => take(line),
            Err(RecvTimeoutError::Disconnected) => return child.wait().ok(),
            Err(RecvTimeoutError::Timeout) => {
                if let Ok(Some(status)) = child.try_wait() {
                    return Some(status);
                }
            }
        }
    }
    None
}

/// Ends it with all it has started, which would otherwise go on governing this machine.
fn end(child: &mut Child) {
    let mut family = vec![child.id()];
    for next in 0.. {
        let Some(pid) = family.get(next).copied() else { break };
        family.extend(children_of(pid));
    }
    for pid in family {
        let _ =
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid.cast_signed()), nix::sys::signal::SIGKILL);
    }
    let _ = child.wait();
}
