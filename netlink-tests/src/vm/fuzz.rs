//! The world of arbitrary bytes: builds the targets of `fuzz/` and gives each its share of the time. A target is one
//! test; what broke it is printed and kept. What a run learned stays in `fuzz/corpus/`, where the next one begins.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::host::{self, Result, at};
use super::tally::Tally;
use super::{binaries, cache, here};
use crate::need;

const VERSION: &str = "0.13.2";

/// For all targets together, unless `DURATION` says how many seconds.
const SHORT: Duration = Duration::from_secs(40);

/// Far more than any input may take: an input that takes longer, or more memory, could stall the service.
const LIMITS: [&str; 2] = ["-timeout=10", "-rss_limit_mb=1024"];

/// The targets whose names hold a word of `filter`, or all of them. `deadline` leaves out the time asked for.
pub fn run(filter: &[String], deadline: Instant) -> Result<Tally> {
    if host::output(Command::new("c++").arg("--version")).is_err() {
        if !nix::unistd::geteuid().is_root() {
            return Ok(Tally::absent("needs a C++ compiler, to build libFuzzer", need::may_skip()));
        }
        host::install_missing(&["g++"])?;
    }
    let time = time()?;
    let tool = tool()?;
    let names = host::output(&mut fuzz(&tool, "list"))?;
    let wanted = |name: &&str| filter.is_empty() || filter.iter().any(|word| name.contains(word));
    let targets: Vec<&str> = names.lines().filter(wanted).collect();
    println!("building {}", targets.join(" "));
    // cargo-fuzz itself would bring the lock file up to date without a word.
    host::run(&mut binaries::command(&["fetch", "--locked", "--manifest-path", "fuzz/Cargo.toml"]))?;
    host::run(fuzz(&tool, "build").args(HOW))?;
    let mut tally = Tally::default();
    for target in &targets {
        let share = time.as_secs() / targets.len() as u64;
        one(&tool, target, share.max(1), deadline + time, &mut tally)?;
    }
    Ok(tally)
}

fn time() -> Result<Duration> {
    let Ok(said) = std::env::var("DURATION") else { return Ok(SHORT) };
    said.parse().map(Duration::from_secs).map_err(|_| format!("DURATION={said}: not a number of seconds"))
}

/// cargo-fuzz knows how targets are instrumented, and how a crash is told.
fn tool() -> Result<PathBuf> {
    let folder = cache::kept("cargo-fuzz", VERSION, |folder| {
        let mut install = binaries::command(&["install", "--locked", "--root"]);
        host::run(install.arg(folder).arg(format!("cargo-fuzz@{VERSION}")))
    })?;
    Ok(folder.join("bin/cargo-fuzz"))
}

/// No sanitizer: outside of `src/sys` there is nothing unsafe, and what Rust checks by itself needs no special compiler.
const HOW: [&str; 2] = ["--sanitizer=none", "--target-dir=target/fuzz"];

fn fuzz(tool: &Path, what: &str) -> Command {
    let mut command = Command::new(tool);
    command.arg(what).current_dir(cache::workspace());
    command
}

fn one(tool: &Path, target: &str, seconds: u64, deadline: Instant, tally: &mut Tally) -> Result<()> {
    let (learned, seeds) = (format!("fuzz/corpus/{target}"), format!("fuzz/seeds/{target}"));
    let folder = cache::workspace().join(&learned);
    at(&folder, std::fs::create_dir_all(&folder))?;
    let mut command = fuzz(tool, "run");
    command.args(HOW).args([target, &learned, &seeds, "--"]).args(LIMITS);
    command.arg(format!("-max_total_time={seconds}"));

    let mut said = Vec::new();
    let status = here::watch(target, &mut command, deadline, |line| said.extend(news(line)))?;
    if status.is_some_and(|status| status.success()) {
        println!("{}", said.last().map_or("", |last| last));
        tally.passed += 1;
    } else {
        println!("{}", said.join("\n"));
        tally.failed.push(target.to_owned());
    }
    Ok(())
}

/// libFuzzer tells of every input that reached something new; its last such line sums up.
fn news(line: String) -> Option<String> {
    let progress = line.starts_with('#') && !line.contains("DONE") || line.contains("NEW_FUNC");
    (!progress).then_some(line)
}
