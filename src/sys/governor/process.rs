//! What the governor asks of /proc, and the hold it has on one process while it moves it: a pidfd that still lives
//! proves that the pid has meant the same process all the while, so whatever was read or written by pid was its own.

use super::line::Line;
use super::{failure, files, pidfd};
use crate::model::record::{Failure, Step};
use crate::model::{Identity, Pid, StartTime};
use crate::sys::cgroup_file::unified;
use crate::sys::stat::{self, Stat};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fs::{AtFlags, CWD, Mode, OFlags, fstatfs, openat, readlinkat, statat};
use rustix::io::{Errno, read, retry_on_intr};
use rustix::process::{PidfdFlags, pidfd_open};
use rustix::time::Timespec;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt::Display;
use std::os::fd::OwnedFd;
use std::path::Path;

const PROC_SUPER_MAGIC: u64 = 0x9fa0;

/// The /proc we look through.
#[derive(Debug)]
pub(super) struct Proc {
    pub(super) dir: OwnedFd,
    /// The service's own.
    pub(super) own: Pid,
    /// Inode of our own pid namespace; `None` where it cannot be seen.
    pid_namespace: Option<u64>,
    /// Groups that processes came from, by the kernel's number, which always means the same path.
    places: RefCell<HashMap<u64, Vec<u8>>>,
}

/// More groups than processes are started from; beyond it the memory starts anew.
const PLACES: usize = 512;

/// A process and what its line of stat said after the pidfd was opened.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) pid: Pid,
    pub(super) start: StartTime,
    pub(super) ppid: Pid,
    /// The whole process, not only its first thread.
    pub(super) dead: bool,
    pub(super) kernel_thread: bool,
    /// `None` on kernels that have none; the start time alone must do then.
    pub(super) pidfd: Option<OwnedFd>,
}

impl Held {
    /// Its group's number, where the kernel tells.
    pub(super) fn group(&self) -> Option<u64> {
        self.pidfd.as_ref().and_then(pidfd::group)
    }
}

pub(super) const READ: OFlags = OFlags::RDONLY.union(OFlags::CLOEXEC);
pub(super) const FOLDER: OFlags = READ.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW);

/// Said by the kernel of a process that has ended, at whichever call it noticed.
pub(super) fn is_gone(errno: Errno) -> bool {
    matches!(errno, Errno::SRCH | Errno::NOENT)
}

impl Proc {
    pub(super) fn open(path: &Path) -> Result<Proc, Errno> {
        let dir = openat(CWD, path, READ | OFlags::DIRECTORY, Mode::empty())?;
        let pid_namespace = statat(&dir, c"self/ns/pid", AtFlags::empty()).ok().map(|s| s.st_ino);
        Ok(Proc { dir, own: Pid(std::process::id()), pid_namespace, places: RefCell::default() })
    }

    /// Whether a pid read here is the one that a system call of ours would take for the same process.
    pub(super) fn counts_as_we_do(&self) -> bool {
        let itself = readlinkat(&self.dir, c"self", Vec::new());
        let ours = itself.is_ok_and(|number| number.to_bytes() == self.own.to_string().as_bytes());
        // A folder of a test is no kernel's.
        ours || fstatfs(&self.dir).is_ok_and(|fs| u64::try_from(fs.f_type) != Ok(PROC_SUPER_MAGIC))
    }

    /// Takes hold of `pid`; `Ok(None)` when there is no such process.
    pub(super) fn hold(&self, pid: Pid) -> Result<Option<Held>, Failure> {
        let raw = i32::try_from(pid.0).ok().and_then(rustix::process::Pid::from_raw);
        let Some(raw) = raw else { return Ok(None) };
        let pidfd = match pidfd_open(raw, PidfdFlags::empty()) {
            Ok(fd) => Some(fd),
            Err(Errno::SRCH) => return Ok(None),
            Err(Errno::NOSYS) => None,
            Err(Errno::INVAL) if self.stat(pid, |_| ()).is_err_and(is_gone) => return Ok(None),
            Err(Errno::INVAL) => {
                return Err(failure(
                    Step::Pidfd,
                    Errno::INVAL,
                    "",
                    "the pid is that of a thread, not of a process",
                ));
            }
            Err(errno) => return Err(failure(Step::Pidfd, errno, "", "")),
        };
        let held = self.stat(pid, |stat| Held {
            pid,
            start: stat.starttime,
            ppid: stat.ppid,
            // While other threads live, the first one may be a zombie and the process is not.
            dead: stat.is_dead() && stat.num_threads <= 1,
            kernel_thread: stat.is_kernel_thread(),
            pidfd,
        });
        match held {
            Ok(held) => Ok(Some(held)),
            Err(errno) if is_gone(errno) => Ok(None),
            Err(errno) => Err(failure(Step::Proc, errno, format!("/proc/{pid}/stat"), "")),
        }
    }

    /// Whether the process that was held still lives, and with it its claim to the pid.
    pub(super) fn lives(&self, held: &Held) -> bool {
        match &held.pidfd {
            Some(fd) => {
                let mut fds = [PollFd::new(fd, PollFlags::IN)];
                retry_on_intr(|| poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }))) == Ok(0)
            }
            None => self.stat(held.pid, |s| s.starttime == held.start && !s.is_dead()).unwrap_or(false),
        }
    }

    pub(super) fn stat<R>(&self, pid: Pid, take: impl FnOnce(Stat<'_>) -> R) -> Result<R, Errno> {
        self.stat_in(&path(pid, "stat"), take)
    }

    /// The line of one thread of a process.
    pub(super) fn thread_stat<R>(
        &self,
        pid: Pid,
        thread: Pid,
        take: impl FnOnce(Stat<'_>) -> R,
    ) -> Result<R, Errno> {
        self.stat_in(&path(pid, format_args!("task/{thread}/stat")), take)
    }

    fn stat_in<R>(&self, file: &ProcPath, take: impl FnOnce(Stat<'_>) -> R) -> Result<R, Errno> {
        let mut buffer = [0; 2048];
        let line = self.read(file, &mut buffer)?;
        // An empty line is what a reader gets who opened the file before and read it after the end.
        if line.is_empty() { Err(Errno::SRCH) } else { stat::parse(line).map(take).ok_or(Errno::BADMSG) }
    }

    /// Whether a pid is that of this process still.
    pub(super) fn is(&self, pid: Pid, who: Identity) -> bool {
        pid == who.pid && self.stat(pid, |stat| stat.starttime == who.start).unwrap_or(false)
    }

    /// Where in the version 2 hierarchy a process sits, as the kernel shows it to us.
    pub(super) fn cgroup(&self, pid: Pid) -> Result<Vec<u8>, Errno> {
        self.with_cgroup(&path(pid, "cgroup"), <[u8]>::to_vec)
    }

    /// The same of a process that is held: from memory, where the kernel tells that it is a group that was met before.
    pub(super) fn cgroup_of(&self, held: &Held) -> Result<Vec<u8>, Errno> {
        let number = held.group();
        if let Some(known) = number.and_then(|number| self.places.borrow().get(&number).cloned()) {
            return Ok(known);
        }
        let place = self.cgroup(held.pid)?;
        // Not moved meanwhile: so the number is this path's.
        if let Some(number) = number.filter(|_| held.group() == number) {
            let mut places = self.places.borrow_mut();
            if places.len() >= PLACES {
                places.clear();
            }
            places.insert(number, place.clone());
        }
        Ok(place)
    }

    /// Whether a process, or what lives on of it after its first thread has ended, sits in the group `at`.
    pub(super) fn sits_in(&self, pid: Pid, at: &[u8]) -> Result<bool, Errno> {
        let leader = self.with_cgroup(&path(pid, "cgroup"), |group| group == at)?;
        Ok(leader || self.thread_sits_in(pid, at)?)
    }

    /// A first thread that has ended keeps its old place while the others are moved: ask one of those.
    fn thread_sits_in(&self, pid: Pid, at: &[u8]) -> Result<bool, Errno> {
        if self.stat(pid, |s| s.is_dead() && s.num_threads > 1)? {
            for thread in self.threads(pid)? {
                let place = path(pid, format_args!("task/{thread}/cgroup"));
                if thread != pid && self.with_cgroup(&place, |group| group == at) == Ok(true) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Whether a process was given a pid namespace other than ours: it runs in a container or a sandbox.
    pub(super) fn held_in_other_pid_namespace(&self, held: &Held) -> Result<bool, Errno> {
        match (self.pid_namespace, held.pidfd.as_ref().and_then(pidfd::pid_namespace)) {
            (Some(ours), Some(its)) => Ok(ours != its),
            _ => self.in_other_pid_namespace(held.pid),
        }
    }

    pub(super) fn in_other_pid_namespace(&self, pid: Pid) -> Result<bool, Errno> {
        let Some(ours) = self.pid_namespace else { return Ok(false) };
        let its = statat(&self.dir, path(pid, "ns/pid").c_str(), AtFlags::empty())?;
        Ok(its.st_ino != ours)
    }

    /// The process that a thread belongs to.
    pub(super) fn process_of(&self, thread: Pid) -> Result<Pid, Errno> {
        let mut buffer = [0; 512];
        let text = self.read(&path(thread, "status"), &mut buffer)?;
        let mut lines = text.split(|&b| b == b'\n');
        let number = lines.find_map(|line| line.strip_prefix(b"Tgid:")).ok_or(Errno::BADMSG)?;
        files::numbers(number).next().ok_or(Errno::BADMSG)
    }

    /// The threads of a process.
    pub(super) fn threads(&self, pid: Pid) -> Result<Vec<Pid>, Errno> {
        let dir = openat(&self.dir, path(pid, "task").c_str(), FOLDER, Mode::empty())?;
        let names = files::names(&dir)?;
        Ok(names.iter().filter_map(|name| name.to_str().ok()?.parse().ok()).map(Pid).collect())
    }

    fn with_cgroup<R>(&self, file: &ProcPath, take: impl FnOnce(&[u8]) -> R) -> Result<R, Errno> {
        let mut buffer = [0; 4096];
        let text = self.read(file, &mut buffer)?;
        if let Some(group) = unified(text) {
            return Ok(take(group));
        }
        let whole = files::read_all(&self.dir, file.c_str())?;
        unified(&whole).map(take).ok_or(Errno::NODATA)
    }

    pub(super) fn read<'b>(&self, file: &ProcPath, into: &'b mut [u8]) -> Result<&'b [u8], Errno> {
        let fd = openat(&self.dir, file.c_str(), READ, Mode::empty())?;
        let length = retry_on_intr(|| read(&fd, &mut *into))?;
        Ok(&into[..length])
    }
}

/// `PID/file`, relative to /proc.
type ProcPath = Line<64>;

pub(super) fn path(pid: Pid, file: impl Display) -> ProcPath {
    Line::of(format_args!("{pid}/{file}"))
}
