//! What is slow to prepare is kept under `target/worlds/`, each thing in a folder of its own.
//! A folder has its final name only when it is complete, and holds the `inputs` it was made from:
//! it is made again when those change, and an interrupted build leaves nothing that looks finished.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::host::{Result, at};

/// `target/worlds/`, the same for every `CARGO_TARGET_DIR`: nothing in it depends on how we were compiled.
pub fn folder() -> Result<PathBuf> {
    let folder = workspace().join("target/worlds");
    at(&folder, fs::create_dir_all(&folder))?;
    Ok(folder)
}

/// The workspace's root. `cargo run` names our package's folder; run by hand, the current folder must be the root.
pub fn workspace() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    package.as_deref().and_then(Path::parent).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

/// A folder for one run, gone when the run ends; what runs that were killed left behind goes now.
pub fn scratch() -> Result<TempDir> {
    let all = folder()?;
    for entry in at(&all, fs::read_dir(&all))?.flatten() {
        let name = entry.file_name().into_string().unwrap_or_default();
        let owner = name.strip_prefix("run-").and_then(|rest| rest.split('-').next());
        if owner.is_some_and(|pid| fs::read_link(format!("/proc/{pid}/exe")).is_err()) {
            remove(&entry.path())?;
        }
    }
    at(&all, tempfile::Builder::new().prefix(&format!("run-{}-", std::process::id())).tempdir_in(&all))
}

/// The folder `name`, made by `build` unless one made from the same `inputs` is there.
pub fn kept(name: &str, inputs: &str, build: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let all = folder()?;
    let (complete, partial) = (all.join(name), all.join(format!("{name}.partial")));
    // Two runs at once prepare one after the other; the second then finds the work done.
    let lock = at(&all, File::create(all.join("lock")))?;
    at(&all, lock.lock())?;
    if fs::read_to_string(complete.join("inputs")).is_ok_and(|made_from| made_from == inputs) {
        return Ok(complete);
    }
    println!("preparing {name}");
    remove(&partial)?;
    at(&partial, fs::create_dir(&partial))?;
    build(&partial)?;
    at(&partial, fs::write(partial.join("inputs"), inputs))?;
    remove(&complete)?;
    at(&complete, fs::rename(&partial, &complete))?;
    Ok(complete)
}

fn remove(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    at(folder, fs::remove_dir_all(folder))
}
