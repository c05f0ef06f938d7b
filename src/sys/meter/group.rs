//! Reads what one group has used. Each group is held by its folder's descriptor while it is read, so that all its numbers
//! are of the same group; a file that cannot be read leaves its numbers out.

use super::parse::{keyed, over_devices, pressure, single};
use crate::model::usage::{Counts, Pressure, Usage};
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::{Errno, read, retry_on_intr};
use rustix::path::Arg;
use std::ffi::CStr;
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

/// What the groups in a folder can tell at all: asked once a round, so that no file is looked for in vain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offered {
    pub(super) memory: bool,
    pub(super) io: bool,
    pub(super) pids: bool,
    pub(super) pressure: bool,
}

pub(in crate::sys) fn folder(dir: impl AsFd, name: impl Arg) -> Result<OwnedFd, Errno> {
    openat(dir, name, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

/// Reads files into one buffer, which is used again for the next.
#[derive(Debug)]
pub(in crate::sys) struct Reader(Vec<u8>);

impl Reader {
    pub(in crate::sys) fn new() -> Reader {
        Reader(vec![0; 4096])
    }

    /// What the groups inside this one offer.
    pub(super) fn offered(&mut self, jobs: &OwnedFd) -> Offered {
        let controllers = self.file(jobs, c"cgroup.subtree_control").unwrap_or_default();
        let on = |name: &[u8]| controllers.split(u8::is_ascii_whitespace).any(|word| word == name);
        let (memory, io, pids) = (on(b"memory"), on(b"io"), on(b"pids"));
        Offered { memory, io, pids, pressure: self.file(jobs, c"cpu.pressure").is_some() }
    }

    pub(super) fn usage(&mut self, group: &OwnedFd, offered: Offered) -> Usage {
        let mut usage = Usage::default();
        if let Some(stat) = self.file(group, c"cpu.stat") {
            let time = |key| keyed(stat, key).map(Duration::from_micros);
            (usage.cpu, usage.throttled) = (time(b"usage_usec"), time(b"throttled_usec"));
            usage.throttled_periods = keyed(stat, b"nr_throttled");
            usage.periods = keyed(stat, b"nr_periods");
        }
        if offered.memory {
            usage.memory = self.file(group, c"memory.current").and_then(single);
            usage.memory_peak = self.file(group, c"memory.peak").and_then(single);
            usage.counts = self.memory_events(group);
        }
        if offered.pids {
            usage.counts.forks_refused = self.forks_refused(group);
        }
        if let Some(stat) = offered.io.then(|| self.file(group, c"io.stat")).flatten() {
            usage.read_bytes = Some(over_devices(stat, b"rbytes="));
            usage.written_bytes = Some(over_devices(stat, b"wbytes="));
        }
        if offered.pressure {
            usage.pressure = self.pressure(group);
        }
        usage
    }

    /// What the kernel tells of at once, where anybody watches for it.
    pub(in crate::sys) fn counts(&mut self, group: &OwnedFd) -> Counts {
        Counts { forks_refused: self.forks_refused(group), ..self.memory_events(group) }
    }

    fn memory_events(&mut self, group: &OwnedFd) -> Counts {
        let text = self.file(group, c"memory.events").unwrap_or_default();
        Counts {
            oom: keyed(text, b"oom"),
            oom_kills: keyed(text, b"oom_kill"),
            oom_group_kills: keyed(text, b"oom_group_kill"),
            memory_high: keyed(text, b"high"),
            forks_refused: None,
        }
    }

    fn forks_refused(&mut self, group: &OwnedFd) -> Option<u64> {
        self.file(group, c"pids.events").and_then(|text| keyed(text, b"max"))
    }

    fn pressure(&mut self, group: &OwnedFd) -> Pressure {
        let mut of = |name| {
            let text = self.file(group, name).unwrap_or_default();
            (pressure(text, b"some"), pressure(text, b"full"))
        };
        let (cpu_some, cpu_full) = of(c"cpu.pressure");
        let (memory_some, memory_full) = of(c"memory.pressure");
        let (io_some, io_full) = of(c"io.pressure");
        Pressure { cpu_some, cpu_full, memory_some, memory_full, io_some, io_full }
    }

    fn file(&mut self, group: &OwnedFd, name: &CStr) -> Option<&[u8]> {
        let fd = openat(group, name, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
        let mut length = 0;
        loop {
            if length == self.0.len() {
                self.0.resize(2 * length, 0);
            }
            match retry_on_intr(|| read(&fd, &mut self.0[length..])).ok()? {
                0 => return Some(&self.0[..length]),
                more => length += more,
            }
        }
    }
}
