//! Programs of Debian's that a test needs and this machine does not have: downloaded by apt (which checks signatures)
//! with whatever they need that is lacking here, and unpacked in the cache without being installed.

use super::cache;
use super::host::{Result, apt, at, output, refresh_lists, run};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder in which `packages` and what they need stand as if it were `/`.
pub fn unpacked(name: &str, packages: &[&str]) -> Result<PathBuf> {
    cache::kept(name, &packages.join(" "), |folder| {
        refresh_lists()?;
        let downloads = folder.join("downloads");
        at(&downloads, std::fs::create_dir(&downloads))?;
        run(apt("apt-get").arg("download").args(lacking(packages)?).current_dir(&downloads))?;
        for package in at(&downloads, std::fs::read_dir(&downloads))?.flatten() {
            run(Command::new("dpkg").arg("-x").arg(package.path()).arg(folder))?;
        }
        at(&downloads, std::fs::remove_dir_all(&downloads))
    })
}

/// Where the libraries are that were unpacked.
pub fn libraries(folder: &Path) -> String {
    let all = folder.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH));
    format!("{}:{}", all.display(), all.join("pulseaudio").display())
}

/// What apt would install for them.
fn lacking(packages: &[&str]) -> Result<Vec<String>> {
    let plan = ["install", "--simulate", "--no-install-recommends"];
    let plan = output(apt("apt-get").args(plan).args(packages))?;
    let named = |line: &str| Some(line.strip_prefix("Inst ")?.split(' ').next()?.to_owned());
    Ok(plan.lines().filter_map(named).collect())
}
