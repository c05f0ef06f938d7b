//! Programs of Debian's packages that a test runs as they are: downloaded by apt (which checks the signature), unpacked into
//! the cache, and never installed. For programs that need no more than the C library.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::cache;
use super::host::{Result, apt, at, refresh_lists, run};

/// A folder with these programs of the package, from the cache or from Debian.
pub fn programs(package: &str, names: &[&str]) -> Result<PathBuf> {
    cache::kept(package, &format!("{package}: {names:?}"), |folder| {
        refresh_lists()?;
        run(apt("apt-get").arg("download").arg(package).current_dir(folder))?;
        let whole = folder.join("whole");
        for file in at(folder, fs::read_dir(folder))?.flatten() {
            run(Command::new("dpkg").arg("-x").arg(file.path()).arg(&whole))?;
            at(&file.path(), fs::remove_file(file.path()))?;
        }
        for name in names {
            at(&whole, fs::rename(whole.join("usr/bin").join(name), folder.join(name)))?;
        }
        at(&whole, fs::remove_dir_all(&whole))
    })
}
