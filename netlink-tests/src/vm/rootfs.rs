//! The Debian 12 root file system of the systemd world, as one ext4 image that no run ever writes to.
//! Only Debian's packages are in it: what changes from run to run comes with the initramfs.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::cache;
use super::host::{Result, apt, at, output, refresh_lists, run};

const SUITE: &str = "bookworm";

/// What the tests may use in there, beyond Debian's essential packages.
const PACKAGES: [&str; 16] = [
    "busybox-static",
    "cgroup-tools",
    "crun",
    "dbus",
    "ffmpeg",
    "gstreamer1.0-tools",
    "iproute2",
    "kmod",
    "libcap2-bin",
    "make",
    "passwd",
    "procps",
    "strace",
    "systemd",
    "systemd-sysv",
    "udev",
];

/// The image, from the cache or built from packages.
pub fn prepare() -> Result<PathBuf> {
    let inputs = format!("{SUITE} with {PACKAGES:?}");
    let folder = cache::kept("debian", &inputs, |folder| {
        refresh_lists()?;
        let tree = folder.join("tree");
        install(&tree)?;
        make_image(&tree, &folder.join("root.ext4"))?;
        at(&tree, std::fs::remove_dir_all(&tree))
    })?;
    Ok(folder.join("root.ext4"))
}

/// mmdebstrap is debootstrap with apt as its resolver: ffmpeg's many dependencies need a real one.
/// It mounts /proc and more below the tree. In namespaces that die with us none of that can outlive
/// an interrupted build, whose tree the next build removes with all that is below it.
fn install(tree: &Path) -> Result<()> {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    command.args(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]);
    command.args(["mmdebstrap", "--variant=minbase", "--aptopt=APT::Install-Recommends \"false\""]);
    command.arg(format!("--include={}", PACKAGES.join(","))).arg(SUITE).arg(tree).args(sources()?);
    run(&mut command)
}

/// The sources this machine's apt already uses for the suite, so that no mirror's name is written down here.
fn sources() -> Result<Vec<String>> {
    let mut ask = apt("apt-get");
    ask.args([
        "indextargets",
        "--format",
        "deb $(REPO_URI) $(CODENAME) $(COMPONENT)",
        "Created-By: Packages",
    ]);
    let known = output(&mut ask)?;
    let ours: Vec<String> =
        known.lines().filter(|line| line.contains(&format!(" {SUITE}"))).map(str::to_owned).collect();
    if ours.is_empty() { Err(format!("apt has no source for {SUITE}")) } else { Ok(ours) }
}

/// No mount is needed: mke2fs copies the tree in. Sparse, so its size costs nothing until it is used.
fn make_image(tree: &Path, image: &Path) -> Result<()> {
    let mut command = Command::new("mke2fs");
    command.args(["-q", "-t", "ext4", "-O", "^has_journal", "-m", "0", "-d"]).arg(tree).arg(image).arg("3G");
    run(&mut command)
}
