//! How the end of things is noticed, with events or without: a pidfd for each governed process, and one inotify
//! watch on `cgroup.events` of each job's group, which the kernel touches when the group becomes empty. Of a unit that
//! jobs were moved out of the folder above its group is watched, as a folder tells of what is removed from it.

mod units;

use super::proc::Proc;
use crate::model::{Identity, JobId};
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};
use rustix::process::{PidfdFlags, pidfd_open};
use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

/// The end of a job's own group, or of that of the unit it came from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum GroupEnd {
    Job(JobId),
    Unit(JobId),
}

#[derive(Debug)]
pub struct Ends {
    inotify: Inotify,
    groups: HashMap<WatchDescriptor, (JobId, PathBuf)>,
    watches: HashMap<JobId, WatchDescriptor>,
    units: units::Units,
    pidfds: HashMap<Token, (Identity, OwnedFd)>,
    tokens: HashMap<Identity, Token>,
    next: usize,
}

impl Ends {
    /// Tokens from `first` on are this module's.
    pub fn new(registry: &Registry, inotify: Token, first: usize) -> io::Result<Ends> {
        let watcher = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        let fd = watcher.as_fd().as_raw_fd();
        registry.register(&mut SourceFd(&fd), inotify, Interest::READABLE)?;
        Ok(Ends {
            inotify: watcher,
            groups: HashMap::new(),
            watches: HashMap::new(),
            units: units::Units::default(),
            pidfds: HashMap::new(),
            tokens: HashMap::new(),
            next: first,
        })
    }

    /// Watches for the end of a process whose pidfd was opened and verified elsewhere.
    pub fn watch(&mut self, registry: &Registry, identity: Identity, pidfd: OwnedFd) -> io::Result<()> {
        self.unwatch(registry, identity);
        let token = Token(self.next);
        self.next += 1;
        registry.register(&mut SourceFd(&pidfd.as_raw_fd()), token, Interest::READABLE)?;
        self.pidfds.insert(token, (identity, pidfd));
        self.tokens.insert(identity, token);
        Ok(())
    }

    /// The same for a process that is known by identity only. `false`: it is gone.
    pub fn find(&mut self, registry: &Registry, proc: &Proc, identity: Identity) -> bool {
        let Some(pid) = i32::try_from(identity.pid.0).ok().and_then(rustix::process::Pid::from_raw) else {
            return false;
        };
        let Ok(pidfd) = pidfd_open(pid, PidfdFlags::empty()) else { return false };
        let same = proc.sight(identity.pid).is_some_and(|seen| seen.identity == identity && !seen.zombie);
        same && self.watch(registry, identity, pidfd).is_ok()
    }

    pub fn unwatch(&mut self, registry: &Registry, identity: Identity) {
        if let Some((_, pidfd)) = self.tokens.remove(&identity).and_then(|token| self.pidfds.remove(&token)) {
            let _ = registry.deregister(&mut SourceFd(&pidfd.as_raw_fd()));
        }
    }

    /// The process behind a readable pidfd.
    pub fn ended(&mut self, registry: &Registry, token: Token) -> Option<Identity> {
        let identity = self.pidfds.get(&token)?.0;
        self.unwatch(registry, identity);
        Some(identity)
    }

    /// Watches a job's group. `false`: it holds nobody already, or is gone.
    pub fn watch_group(&mut self, job: &JobId, group: &Path) -> bool {
        self.unwatch_group(job);
        let file = group.join("cgroup.events");
        match self.inotify.add_watch(&file, AddWatchFlags::IN_MODIFY) {
            Ok(watch) => {
                let inhabited = is_populated(&file);
                self.groups.insert(watch, (job.clone(), file));
                self.watches.insert(job.clone(), watch);
                inhabited
            }
            Err(_) => false,
        }
    }

    /// A watch keeps the file that it is set on: the kernel does not end it with the group.
    pub fn unwatch_group(&mut self, job: &JobId) {
        if let Some(watch) = self.watches.remove(job) {
            self.groups.remove(&watch);
            let _ = self.inotify.rm_watch(watch);
        }
        self.units.unwatch(&self.inotify, job);
    }

    /// Watches the group of the unit that a job came from. `false`: it is gone already.
    pub fn watch_unit(&mut self, job: &JobId, group: &Path) -> bool {
        self.units.watch(&self.inotify, job, group)
    }

    /// Jobs whose groups have become empty, or are gone, since the last call.
    pub fn emptied(&mut self, mut tell: impl FnMut(GroupEnd)) {
        while let Ok(events) = self.inotify.read_events() {
            for event in events {
                if event.mask.contains(AddWatchFlags::IN_DELETE) {
                    let name = event.name.unwrap_or_default();
                    self.units.removed(event.wd, &name).for_each(|job| tell(GroupEnd::Unit(job)));
                } else if event.mask.contains(AddWatchFlags::IN_IGNORED) {
                    // The group is removed, by somebody else: the watches on those that we remove are ended before.
                    if let Some((job, _)) = self.groups.remove(&event.wd) {
                        self.watches.remove(&job);
                        tell(GroupEnd::Job(job));
                    }
                } else if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
                    self.groups
                        .values()
                        .filter(|(_, file)| !is_populated(file))
                        .for_each(|(job, _)| tell(GroupEnd::Job(job.clone())));
                    self.units.gone().for_each(|job| tell(GroupEnd::Unit(job)));
                } else if let Some((job, _)) =
                    self.groups.get(&event.wd).filter(|(_, file)| !is_populated(file))
                {
                    tell(GroupEnd::Job(job.clone()));
                }
            }
        }
    }
}

fn is_populated(events: &Path) -> bool {
    let mut text = [0; 256];
    let read = rustix::fs::open(
        events,
        rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::CLOEXEC,
        rustix::fs::Mode::empty(),
    )
    .and_then(|file| rustix::io::read(&file, &mut text));
    read.is_ok_and(|length| text[..length].split(|&b| b == b'\n').any(|line| line == b"populated 1"))
}
