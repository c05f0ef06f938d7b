//! A trial on this host: a process of ours is moved to and fro between two groups of our own, and each move is read back.
//! What it tells no look can tell: whether processes can be moved, and how long that takes.

use super::files;
use super::prepare::{open_or_make, refusal};
use crate::model::Pid;
use crate::sys::clock;
use rustix::fs::{AtFlags, XattrFlags, fsetxattr, unlinkat};
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A group that stands, held open: others can be made in it.
#[derive(Debug)]
pub struct Ground {
    pub path: PathBuf,
    pub(super) dir: OwnedFd,
    pub(super) mount: PathBuf,
}

/// Two groups, which are gone when this is: end whoever lives in them before.
#[derive(Debug)]
pub struct Trial<'g> {
    ground: &'g Ground,
    groups: Vec<(String, OwnedFd)>,
}

impl Ground {
    pub fn trial(&self) -> Result<Trial<'_>, String> {
        let mut trial = Trial { ground: self, groups: Vec::new() };
        // Of two in pid namespaces both may be process 1.
        let (pid, now) = (std::process::id(), clock::mono().0);
        for letter in ["a", "b"] {
            let name = format!("ffrtmp-check-{pid}-{now:x}-{letter}");
            let dir = open_or_make(&self.dir, Path::new(&name), true)
                .map_err(|errno| refusal(errno, &self.path.join(&name), &self.mount))?;
            trial.groups.push((name, dir));
        }
        Ok(trial)
    }
}

impl Trial<'_> {
    /// Moves the process into the group of this turn, and says how long the kernel took.
    pub fn shift(&self, pid: Pid, turn: usize) -> Result<Duration, String> {
        let (name, group) = &self.groups[turn % self.groups.len()];
        let path = self.ground.path.join(name);
        let before = clock::mono();
        let moved = files::write_to(group, c"cgroup.procs", pid.to_string().as_bytes());
        let took = clock::mono() - before;
        match moved.and_then(|()| files::pids(group)) {
            Ok(inside) if inside.contains(&pid) => Ok(took),
            Ok(_) => Err(format!("the kernel moved nobody into {} and said that it had", path.display())),
            Err(errno) => Err(format!("nobody can be moved into {}: {errno}", path.display())),
        }
    }

    /// Whether groups take the notes by which a later start knows its jobs.
    pub fn takes_notes(&self) -> Result<(), Errno> {
        fsetxattr(self.group(), c"user.ffrtmp.check", b"1", XattrFlags::empty())
    }

    pub fn group(&self) -> BorrowedFd<'_> {
        self.groups[0].1.as_fd()
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        for (name, _) in &self.groups {
            let _ = unlinkat(&self.ground.dir, name.as_str(), AtFlags::REMOVEDIR);
        }
    }
}
