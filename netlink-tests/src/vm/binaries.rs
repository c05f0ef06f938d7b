//! The programs a guest is given: the guest tests, the programs these start, and the product. Built here by cargo,
//! and packed without debug information (a guest has little memory; function names stay, for backtraces).

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
    /// The package's own programs, which a guest test finds where a test on the host does: in the folder above its own.
    pub helpers: Vec<String>,
}

/// One executable, as cargo reports it.
struct Executable {
    name: String,
    kind: String,
    path: PathBuf,
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
        let mut helpers = Vec::new();
        for made in cargo(&tests)?.into_iter().chain(cargo(&product)?) {
            let stripped = folder.join(&made.name);
            run(Command::new("strip").args(["--strip-debug", "-o"]).arg(stripped).arg(made.path))?;
            if made.kind == "bin" && made.name != "vm" && made.name != "ffrtmp" {
                helpers.push(made.name);
            }
        }
        Ok(Self { folder: folder.to_owned(), helpers })
    }

    /// The program of that name: a test, a helper, or `ffrtmp`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Runs cargo, its progress and errors in view, and returns the executables it says it made.
fn cargo(args: &[&str]) -> Result<Vec<Executable>> {
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

fn executable(message: &str) -> Option<Executable> {
    let message: Value = serde_json::from_str(message).ok()?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let target = &message["target"];
    let path = PathBuf::from(message["executable"].as_str()?);
    Some(Executable { name: text(&target["name"])?, kind: text(&target["kind"][0])?, path })
}
