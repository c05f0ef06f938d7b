//! The programs a guest is given: the guest tests and the product, built here by cargo, without debug
//! information (a guest has little memory; function names stay for backtraces).

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::cache;
use super::host::{Result, at, run};
use super::worlds::World;

/// Where the programs for a run are, ready to be packed.
#[derive(Debug)]
pub struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// Builds what `worlds` need between them, into `folder`.
    pub fn build(worlds: &[World], folder: &Path) -> Result<Self> {
        let wanted: BTreeSet<&str> = worlds.iter().flat_map(|world| world.tests).copied().collect();
        let mut tests = vec!["test", "--no-run", "--package", "netlink-tests"];
        for test in wanted {
            tests.extend(["--test", test]);
        }
        let product = ["build", "--release", "--package", "ffrtmp", "--bin", "ffrtmp"];
        for (name, executable) in cargo(&tests)?.into_iter().chain(cargo(&product)?) {
            run(Command::new("strip").args(["--strip-debug", "-o"]).arg(folder.join(name)).arg(executable))?;
        }
        Ok(Self { folder: folder.to_owned() })
    }

    pub fn product(&self) -> PathBuf {
        self.test("ffrtmp")
    }

    pub fn test(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Runs cargo, its progress and errors in view, and returns the executables it says it made, by target name.
fn cargo(args: &[&str]) -> Result<Vec<(String, PathBuf)>> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command.args(args).arg("--message-format=json-render-diagnostics").current_dir(cache::workspace());
    let done = at(Path::new("cargo"), command.stderr(Stdio::inherit()).output())?;
    if !done.status.success() {
        return Err(format!("cargo {}: {}", args.join(" "), done.status));
    }
    let messages = String::from_utf8_lossy(&done.stdout);
    Ok(messages.lines().filter_map(executable).collect())
}

fn executable(message: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(message).ok()?;
    let name = message["target"]["name"].as_str()?;
    Some((name.to_owned(), PathBuf::from(message["executable"].as_str()?)))
}
