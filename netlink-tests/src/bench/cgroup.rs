//! A look at the cgroup tree, by reading it: never through the product's own eyes.

use super::Actor;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A group of the test's own, where its processes come from and go back to. Gone when dropped.
#[derive(Debug)]
pub struct Home {
    path: PathBuf,
}

impl Home {
    pub fn new(name: &str) -> Home {
        let path = mount().join(format!("ffrtmp-home-{}-{name}", std::process::id()));
        std::fs::create_dir(&path).expect("a group of our own");
        Home { path }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// As /proc/PID/cgroup shows it.
    pub fn shown(&self) -> String {
        format!("/{}", self.path.file_name().and_then(|name| name.to_str()).expect("our own name"))
    }

    /// An actor that lives here from before its first instruction, and so does whatever it forks.
    pub fn start(&self, program: &Path, words: &str) -> Actor {
        let enter = "echo 0 >\"$0\" && exec \"$@\"";
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", enter]).arg(self.path.join("cgroup.procs")).arg(program).args(words.split(' '));
        Actor::of(&mut shell)
    }

    pub fn put(&self, pid: u32) {
        std::fs::write(self.path.join("cgroup.procs"), pid.to_string()).expect("a move");
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Where cgroup v2 is mounted.
pub fn mount() -> PathBuf {
    find_mount().expect("a cgroup2 mount")
}

fn find_mount() -> Option<PathBuf> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").expect("mounts");
    let line = mounts.lines().find(|line| line.split(' ').nth(2) == Some("cgroup2"))?;
    line.split(' ').nth(1).map(PathBuf::from)
}

/// Whether there is a mount, and groups can be made in it: in a container there may be one to look at only.
pub fn is_usable() -> bool {
    find_mount().is_some_and(|mount| {
        let probe = mount.join(format!("ffrtmp-test-{}-probe", std::process::id()));
        std::fs::create_dir(&probe).and_then(|()| std::fs::remove_dir(&probe)).is_ok()
    })
}

/// The v2 group of a process, as the kernel names it; `None` when the process is gone.
pub fn of(pid: u32) -> Option<String> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).ok()?;
    text.lines().find_map(|line| line.strip_prefix("0::")).map(str::to_owned)
}

/// The job a process is in: the name of its group, where that lies in a `jobs` folder.
pub fn job_of(pid: u32) -> Option<String> {
    let group = of(pid)?;
    let (above, name) = group.rsplit_once('/')?;
    above.ends_with("/jobs").then(|| name.to_owned())
}

pub fn read(group: &Path, file: &str) -> String {
    let path = group.join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display())).trim().to_owned()
}

/// A number behind a key of a file such as memory.events.
pub fn counter(group: &Path, file: &str, key: &str) -> u64 {
    let text = read(group, file);
    let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {key} in {file}: {text}")).parse().expect("a number")
}

/// Empties and removes a group and all below it. Processes in it are sent to the hierarchy's root.
pub fn remove(group: &Path) {
    for entry in std::fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|t| t.is_dir()) {
            remove(&entry.path());
        }
    }
    for _ in 0..200 {
        for pid in std::fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default().lines() {
            let _ = std::fs::write(mount().join("cgroup.procs"), pid);
        }
        if std::fs::remove_dir(group).is_ok() || !group.exists() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
