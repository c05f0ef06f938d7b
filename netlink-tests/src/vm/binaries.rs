//! The programs that run as tests, the programs these start, and the product, built here by cargo.
//! A guest is given copies without debug information: it has little memory; function names stay, for backtraces.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::cache;
use super::host::{Result, at, run};
use super::worlds::{Place, World};

/// What cargo made for a run.
#[derive(Debug)]
pub struct Binaries {
    made: Vec<Executable>,
    /// Where a guest's copies are.
    folder: PathBuf,
}

/// One executable, as cargo reports it.
#[derive(Debug)]
pub struct Executable {
    pub name: String,
    pub role: Role,
    pub path: PathBuf,
    /// The folder of its package, which cargo makes a test's current one.
    pub package: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The tests within a library or a program.
    Unit,
    /// A file of `tests/`.
    Test,
    /// A program of the bench, which a guest test finds where a test on the host does: in the folder above its own.
    Helper,
    Product,
}

impl Binaries {
    /// Builds what `worlds` need between them; what guests need of it is copied into `folder`.
    pub fn build(worlds: &[World], folder: &Path) -> Result<Self> {
        // What runs in that world is not built here, but by cargo-fuzz.
        let worlds: Vec<&World> = worlds.iter().filter(|world| !matches!(world.place, Place::Fuzz)).collect();
        if worlds.is_empty() {
            return Ok(Self { made: Vec::new(), folder: folder.to_owned() });
        }
        // One command for all tests, and always of the whole workspace: packages chosen otherwise may have
        // other features, and would be compiled once more.
        let mut tests = vec!["test", "--no-run", "--workspace"];
        let is_unit = |world: &&World| matches!(world.place, Place::Unit);
        if worlds.iter().any(is_unit) {
            tests.extend(["--lib", "--bins"]);
        }
        let wanted: BTreeSet<&str> = worlds.iter().flat_map(|world| world.tests()).collect();
        for test in &wanted {
            tests.extend(["--test", test]);
        }
        let mut made = cargo(&tests)?;
        if !worlds.iter().all(is_unit) {
            made.retain(|made| made.role != Role::Product);
            made.extend(cargo(&["build", "--release", "--package", "ffrtmp", "--bin", "ffrtmp"])?);
        }
        if worlds.iter().any(|world| world.guest().is_some()) {
            for made in made.iter().filter(|made| made.role != Role::Unit) {
                let stripped = folder.join(&made.name);
                run(Command::new("strip").args(["--strip-debug", "-o"]).arg(stripped).arg(&made.path))?;
            }
        }
        Ok(Self { made, folder: folder.to_owned() })
    }

    pub fn of(&self, role: Role) -> impl Iterator<Item = &Executable> {
        self.made.iter().filter(move |made| made.role == role)
    }

    /// The program of that name as a guest gets it: a test, a helper, or `ffrtmp`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// Cargo, to be run in the workspace; whoever runs us says which.
pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")));
    command.args(args).current_dir(cache::workspace());
    command
}

/// Runs cargo, its progress and errors in view, and returns the executables it says it made.
fn cargo(args: &[&str]) -> Result<Vec<Executable>> {
    let mut command = command(args);
    command.args(["--locked", "--message-format=json-render-diagnostics"]);
    let done = at(Path::new("cargo"), command.stderr(Stdio::inherit()).output())?;
    if !done.status.success() {
        return Err(format!("cargo {}: {}", args.join(" "), done.status));
    }
    let messages = String::from_utf8_lossy(&done.stdout);
    Ok(messages.lines().filter_map(executable).collect())
}

fn executable(message: &str) -> Option<Executable> {
    let message: Value = serde_json::from_str(message).ok()?;
    let path = PathBuf::from(message["executable"].as_str()?);
    let package = Path::new(message["manifest_path"].as_str()?).parent()?.to_owned();
    let target = &message["target"];
    let name = target["name"].as_str()?.to_owned();
    let role = match target["kind"][0].as_str()? {
        "test" => Role::Test,
        _ if message["profile"]["test"] == true => Role::Unit,
        _ if name == "ffrtmp" => Role::Product,
        _ => Role::Helper,
    };
    Some(Executable { name, role, path, package })
}
