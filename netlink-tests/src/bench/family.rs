//! All processes of one process group: an actor and what it forked, wherever they live and whoever their parents are by
//! now. Read from the kernel, and ended with their group when dropped.

use super::{Actor, cgroup, eventually};
use nix::unistd::{Pid, getpgid};
use std::path::Path;

#[derive(Debug)]
pub struct Family {
    actor: Actor,
}

impl Family {
    pub fn start(program: &Path, words: &str) -> Family {
        Family { actor: Actor::start(program, words) }
    }

    pub fn head(&self) -> u32 {
        self.actor.pid()
    }

    /// In order of their pids; those that have ended and were not waited for are among them.
    pub fn members(&self) -> Vec<u32> {
        let ours = Some(Pid::from_raw(self.head().cast_signed()));
        let names = std::fs::read_dir("/proc").expect("/proc").flatten();
        let pids = names.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let is_ours = |pid: &u32| getpgid(Some(Pid::from_raw(pid.cast_signed()))).ok() == ours;
        let mut members: Vec<u32> = pids.filter(is_ours).collect();
        members.sort_unstable();
        members
    }

    /// Waits until there are so many of them.
    pub fn grows_to(&self, size: usize) -> Vec<u32> {
        eventually(&format!("{size} processes live"), || self.members().len() == size);
        self.members()
    }

    /// Those who live elsewhere than in that group, as each of them tells.
    pub fn outside(&self, group: &str) -> Vec<u32> {
        self.members().into_iter().filter(|&pid| cgroup::of(pid).is_some_and(|at| at != group)).collect()
    }

    pub fn end(&mut self) {
        self.actor.kill();
        eventually("all of the family have ended", || self.members().is_empty());
    }
}
