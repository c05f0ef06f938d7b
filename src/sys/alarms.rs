//! How it is noticed at once that the kernel has killed for want of memory, or refused a fork: it touches `memory.events` and
//! `pids.events` of the group, which are watched. A file that is touched without end is read now and then, not each time.
//!
//! Invariant: what grew is read after it has grown. Where watches are used up the meter's rounds come later, and tell the same.

use super::meter::{Reader, folder};
use crate::model::record::{GovernanceRecord, Record};
use crate::model::usage::Counts;
use crate::model::{JobId, Mono};
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};
use rustix::fs::CWD;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// From one reading of a job's files to the next.
const APART: Duration = Duration::from_millis(200);

const FILES: [&str; 2] = ["memory.events", "pids.events"];

#[derive(Debug)]
pub struct Alarms {
    inotify: Inotify,
    watches: HashMap<WatchDescriptor, JobId>,
    groups: HashMap<JobId, Group>,
    /// When a touched group is to be read; each is here once.
    due: BTreeSet<(Mono, JobId)>,
    reader: Reader,
    /// Watches are used up; told once.
    short: Option<Record>,
    was_short: bool,
}

#[derive(Debug)]
struct Group {
    path: PathBuf,
    watches: Vec<WatchDescriptor>,
    /// When it is to be read, or was read last.
    read: Mono,
}

impl Alarms {
    pub fn new(registry: &Registry, token: Token) -> io::Result<Alarms> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        registry.register(&mut SourceFd(&inotify.as_fd().as_raw_fd()), token, Interest::READABLE)?;
        Ok(Alarms {
            inotify,
            watches: HashMap::new(),
            groups: HashMap::new(),
            due: BTreeSet::new(),
            reader: Reader::new(),
            short: None,
            was_short: false,
        })
    }

    /// From now on its group is watched. What it has counted by then is read at the next call of `read_due`.
    pub fn watch(&mut self, now: Mono, job: &JobId, path: &Path) {
        self.unwatch(job);
        let mut watches = Vec::new();
        for file in FILES {
            match self.inotify.add_watch(&path.join(file), AddWatchFlags::IN_MODIFY) {
                Ok(watch) => {
                    self.watches.insert(watch, job.clone());
                    watches.push(watch);
                }
                Err(Errno::ENOSPC) => self.falls_short(),
                Err(_) => {} // without its controller there is no such file
            }
        }
        self.groups.insert(job.clone(), Group { path: path.into(), watches, read: now });
        self.due.insert((now, job.clone()));
    }

    pub fn unwatch(&mut self, job: &JobId) {
        let Some(group) = self.groups.remove(job) else { return };
        self.due.remove(&(group.read, job.clone()));
        for watch in group.watches {
            self.watches.remove(&watch);
            let _ = self.inotify.rm_watch(watch);
        }
    }

    /// Takes in which files were touched.
    pub fn hear(&mut self, now: Mono) {
        while let Ok(events) = self.inotify.read_events() {
            for event in events {
                if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
                    let all: Vec<JobId> = self.groups.keys().cloned().collect();
                    all.into_iter().for_each(|job| self.rings(now, job));
                } else if let Some(job) = self.watches.get(&event.wd).cloned() {
                    self.rings(now, job);
                }
            }
        }
    }

    fn rings(&mut self, now: Mono, job: JobId) {
        let Some(group) = self.groups.get_mut(&job) else { return };
        if self.due.contains(&(group.read, job.clone())) {
            return;
        }
        group.read = now.max(group.read + APART);
        self.due.insert((group.read, job));
    }

    /// Reads those that are to be read by now.
    pub fn read_due(&mut self, now: Mono, mut tell: impl FnMut(&JobId, Counts)) {
        while let Some((_, job)) = self.due.first().filter(|(at, _)| *at <= now).cloned() {
            self.due.pop_first();
            if let Some(counts) = self.read(&job) {
                tell(&job, counts);
            }
        }
    }

    /// What a job's group has counted by now: asked for before it may be removed.
    pub fn read(&mut self, job: &JobId) -> Option<Counts> {
        let group = self.groups.get(job).filter(|group| !group.watches.is_empty())?;
        Some(self.reader.counts(&folder(CWD, &group.path).ok()?))
    }

    pub fn next_deadline(&self) -> Option<Mono> {
        self.due.first().map(|&(at, _)| at)
    }

    fn falls_short(&mut self) {
        if !std::mem::replace(&mut self.was_short, true) {
            let text = "fs.inotify.max_user_watches is used up: that a job was killed for want of memory, or refused a fork, \
                        is noticed some seconds late; raise it"
                .to_owned();
            self.short = Some(Record::Governance(GovernanceRecord::Remark { text }));
        }
    }

    /// What is to be said of the watches themselves.
    pub fn news(&mut self) -> Option<Record> {
        self.short.take()
    }
}

#[cfg(test)]
mod tests;
