//! Reads /proc of one process, or walks through all of them, on a directory descriptor, without allocating.
//! Not for command lines: reading those can stall, see `prober`.

mod io;

use super::tasks::{Run, Tasks};
use super::{clock, stat};
use crate::engine::effect::{Depth, Wants};
use crate::engine::input::{Look, Owner, Sighting};
use crate::engine::platform::Platform;
use crate::model::process::base_name;
use crate::model::sample::{CpuTime, Io, Used};
use crate::model::{Comm, FileName, Identity, Mono, Pid};
use rustix::fs::{AtFlags, Mode, OFlags, RawDir, openat, readlinkat_raw, statat};
use std::cell::OnceCell;
use std::ffi::OsStr;
use std::fmt::{self, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

/// `/proc`, or a folder that looks like it.
#[derive(Debug)]
pub struct Proc {
    root: OwnedFd,
    units: Units,
    /// Tried when it is first of use.
    tasks: OnceCell<Option<Tasks>>,
}

/// What the kernel counts in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Units {
    pub(super) nanos_in_a_tick: u64,
    pub(super) page_size: u64,
}

impl Proc {
    pub fn open(root: &Path) -> rustix::io::Result<Proc> {
        let root = openat(
            rustix::fs::CWD,
            root,
            OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC,
            Mode::empty(),
        )?;
        let units = Units {
            nanos_in_a_tick: 1_000_000_000 / rustix::param::clock_ticks_per_second(),
            page_size: rustix::param::page_size() as u64,
        };
        Ok(Proc { root, units, tasks: OnceCell::new() })
    }

    /// Reads of each process itself whatever is to be known of it.
    pub fn alone(self) -> Proc {
        Proc { tasks: OnceCell::from(None), ..self }
    }

    pub(super) fn units(&self) -> Units {
        self.units
    }

    /// `None` when the process is gone.
    pub fn sight(&self, pid: Pid) -> Option<Sighting> {
        let read_at = clock::mono();
        // The owner first: if stat can be read after it, the process was alive when the owner was.
        let uid = statat(&self.root, &*PidPath::of(pid, ""), AtFlags::empty()).ok()?.st_uid;
        self.sight_as(pid, uid, read_at)
    }

    /// The same without asking for the owner, as long as the pid is that process's.
    pub fn sight_owned(&self, pid: Pid, owner: Option<Owner>) -> Option<Sighting> {
        let Some(owner) = owner else { return self.sight(pid) };
        let seen = self.sight_as(pid, owner.uid, clock::mono())?;
        if seen.identity.start == owner.of { Some(seen) } else { self.sight(pid) }
    }

    fn sight_as(&self, pid: Pid, uid: u32, read_at: Mono) -> Option<Sighting> {
        let mut line = [0; 1024];
        let stat = stat::parse(self.read(&PidPath::of(pid, "/stat"), &mut line)?)?;
        let born = stat.starttime.0.saturating_mul(self.units.nanos_in_a_tick);
        Some(Sighting {
            identity: Identity { pid, start: stat.starttime },
            ppid: stat.ppid,
            uid,
            comm: Comm::new(stat.comm),
            exec_mark: stat.startstack,
            kernel_thread: stat.is_kernel_thread(),
            // While other threads live, the first one may be a zombie and the process is not.
            zombie: stat.is_dead() && stat.num_threads <= 1,
            age: Duration::from_nanos(clock::since_boot().saturating_sub(born)),
            used: self.used(&stat),
            read_at,
        })
    }

    fn used(&self, stat: &stat::Stat<'_>) -> Used {
        let time = |ticks: u64| CpuTime(ticks.saturating_mul(self.units.nanos_in_a_tick));
        Used {
            cpu: time(stat.utime + stat.stime),
            reaped: time(stat.cutime + stat.cstime),
            resident: stat.rss.saturating_mul(self.units.page_size),
            threads: u32::try_from(stat.num_threads).unwrap_or(u32::MAX),
            state: stat.state,
            io: None,
        }
    }

    /// A sighting with the names that rules and filters ask for.
    pub fn look(&self, pid: Pid, wants: Wants) -> Option<Look> {
        let seen = self.sight(pid)?;
        let mut path = [MaybeUninit::uninit(); 4096];
        let exe = self.link(pid, "/exe", &mut path).map(|exe| FileName::new(base_name(exe)));
        let cwd =
            (wants.cwd).then(|| self.link(pid, "/cwd", &mut path).map(|cwd| OsStr::from_bytes(cwd).into()));
        let parent_exe = (wants.parent_exe)
            .then(|| self.link(seen.ppid, "/exe", &mut path).map(|exe| FileName::new(base_name(exe))));
        Some(Look { seen, exe, cwd: cwd.flatten(), parent_exe: parent_exe.flatten() })
    }

    /// Where a link of a process leads, for instance `/exe`.
    pub fn link<'b>(&self, pid: Pid, name: &str, buffer: &'b mut [MaybeUninit<u8>]) -> Option<&'b [u8]> {
        let (path, _) = readlinkat_raw(&self.root, &*PidPath::of(pid, name), buffer).ok()?;
        Some(path)
    }

    /// As much of a file as one read gives.
    pub fn read<'b>(&self, path: &PidPath, buffer: &'b mut [u8]) -> Option<&'b [u8]> {
        let file = openat(&self.root, &**path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
        let length = rustix::io::read(&file, &mut *buffer).ok()?;
        Some(&buffer[..length])
    }

    pub fn walk(&self, depth: Depth) -> rustix::io::Result<Walk> {
        let folder =
            openat(&self.root, c".", OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?;
        let buffer = Box::new([MaybeUninit::uninit(); 4096]);
        let told = match depth {
            Depth::Sampling => self.tasks().and_then(|tasks| tasks.run().ok()),
            Depth::Steady | Depth::Full => None,
        };
        Ok(Walk { folder, depth, began: clock::mono(), buffer, told, units: self.units })
    }

    fn tasks(&self) -> Option<&Tasks> {
        self.tasks.get_or_init(|| Tasks::load(self).ok()).as_ref()
    }
}

impl Platform for &Proc {
    fn sight(&mut self, pid: Pid, owner: Option<Owner>) -> Option<Sighting> {
        self.sight_owned(pid, owner)
    }

    fn io(&mut self, pid: Pid) -> Option<Io> {
        Proc::io(self, pid)
    }
}

/// One pass over the list of processes, taken in slices so that other work gets its turn between them.
#[derive(Debug)]
pub struct Walk {
    folder: OwnedFd,
    pub depth: Depth,
    pub began: Mono,
    /// About a hundred and fifty names: the size of a slice.
    buffer: Box<[MaybeUninit<u8>; 4096]>,
    /// What need not be read of each.
    told: Option<Run>,
    units: Units,
}

impl Walk {
    /// Visits the next slice, with what is known of each already. `false` when the pass is complete.
    pub fn slice(&mut self, mut visit: impl FnMut(Pid, Option<Sighting>)) -> rustix::io::Result<bool> {
        let folder: BorrowedFd<'_> = self.folder.as_fd();
        let mut entries = RawDir::new(folder, &mut *self.buffer);
        let mut first = true;
        while first || !entries.is_buffer_empty() {
            first = false;
            let Some(entry) = entries.next() else { return Ok(false) };
            if let Some(pid) = number(entry?.file_name().to_bytes()) {
                visit(pid, self.told.as_mut().and_then(|told| told.sighting(pid, self.units)));
            }
        }
        Ok(true)
    }
}

fn number(name: &[u8]) -> Option<Pid> {
    std::str::from_utf8(name).ok()?.parse().ok().map(Pid)
}

/// `PID/name`, built in place.
#[derive(Clone, Copy, Debug)]
pub struct PidPath {
    text: [u8; 40],
    length: usize,
}

impl PidPath {
    pub fn of(pid: Pid, name: &str) -> PidPath {
        let mut path = PidPath { text: [0; 40], length: 0 };
        // A pid has ten digits at most and the names are ours: it fits.
        let _ = write!(path, "{pid}{name}");
        path
    }
}

impl Write for PidPath {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let end = self.length + s.len();
        self.text.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(s.as_bytes());
        self.length = end;
        Ok(())
    }
}

impl std::ops::Deref for PidPath {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.text[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sees_itself_as_the_standard_library_does() {
        let proc = Proc::open(Path::new("/proc")).unwrap();
        let look = proc.look(Pid(std::process::id()), Wants { cwd: true, parent_exe: false }).unwrap();
        let exe = std::env::current_exe().unwrap();
        assert_eq!(look.exe.unwrap().as_bytes(), exe.file_name().unwrap().as_bytes());
        assert_eq!(look.cwd.unwrap(), std::env::current_dir().unwrap());
        assert!(look.seen.age < Duration::from_secs(3600) && !look.seen.zombie && !look.seen.kernel_thread);
    }

    #[test]
    fn a_walk_in_slices_meets_every_process_once() {
        let proc = Proc::open(Path::new("/proc")).unwrap();
        let mut walk = proc.walk(Depth::Steady).unwrap();
        let mut met = Vec::new();
        while walk.slice(|pid, _| met.push(pid)).unwrap() {}
        let own = Pid(std::process::id());
        assert_eq!(met.iter().filter(|&&pid| pid == own).count(), 1);
        assert!(met.contains(&Pid(1)));
    }

    #[test]
    fn a_process_that_is_gone_is_none() {
        let proc = Proc::open(Path::new("/proc")).unwrap();
        assert!(proc.sight(Pid(u32::MAX)).is_none());
    }
}
