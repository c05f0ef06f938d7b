//! Programs of Debian's packages that a test runs as they are: downloaded by apt (which checks signatures), unpacked into
//! the cache, and never installed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache;
use super::host::{Result, apt, at, output, refresh_lists, run};

/// A folder with Prometheus and its `promtool`.
pub fn prometheus() -> Result<PathBuf> {
    programs("prometheus", &["prometheus", "promtool"])
}

/// A folder with these programs of the package, which need no more than the C library.
fn programs(package: &str, names: &[&str]) -> Result<PathBuf> {
    cache::kept(package, &format!("{package}: {names:?}"), |folder| {
        refresh_lists()?;
        let whole = folder.join("whole");
        unpack([package.to_owned()], folder, &whole)?;
        for name in names {
            at(&whole, fs::rename(whole.join("usr/bin").join(name), folder.join(name)))?;
        }
        at(&whole, fs::remove_dir_all(&whole))
    })
}

/// A folder in which `packages`, and what they need and this machine lacks, stand as if it were `/`.
pub fn tree(name: &str, packages: &[&str]) -> Result<PathBuf> {
    cache::kept(name, &packages.join(" "), |folder| {
        refresh_lists()?;
        let downloads = folder.join("downloads");
        at(&downloads, fs::create_dir(&downloads))?;
        unpack(wanted(packages)?, &downloads, folder)?;
        at(&downloads, fs::remove_dir_all(&downloads))
    })
}

/// Where the libraries of such a folder are.
pub fn libraries(tree: &Path) -> String {
    let all = tree.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH));
    format!("{}:{}", all.display(), all.join("pulseaudio").display())
}

/// By way of a folder that holds nothing else.
fn unpack(packages: impl IntoIterator<Item = String>, downloads: &Path, to: &Path) -> Result<()> {
    run(apt("apt-get").arg("download").args(packages).current_dir(downloads))?;
    for file in at(downloads, fs::read_dir(downloads))?.flatten() {
        run(Command::new("dpkg").arg("-x").arg(file.path()).arg(to))?;
        at(&file.path(), fs::remove_file(file.path()))?;
    }
    Ok(())
}

/// Themselves, and what else apt would install for them.
fn wanted(packages: &[&str]) -> Result<BTreeSet<String>> {
    let plan = ["install", "--simulate", "--no-install-recommends"];
    let plan = output(apt("apt-get").args(plan).args(packages))?;
    let named = |line: &str| Some(line.strip_prefix("Inst ")?.split(' ').next()?.to_owned());
    let themselves = packages.iter().map(ToString::to_string);
    Ok(themselves.chain(plan.lines().filter_map(named)).collect())
}
