//! A file that one process at a time holds. The kernel keeps the lock and takes it back when the holder ends, however it
//! ends; a child never has it. Closing any other descriptor of the same file gives it away: nobody else may open it.

use super::proc::Proc;
use crate::model::{Human, Pid};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use std::fmt;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

/// Held as long as this lives.
#[derive(Debug)]
pub struct Lock {
    _file: OwnedFd,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    Held(Holder),
    /// There are no locks on this file system.
    Impossible(Errno),
}

/// Who holds a lock that we want.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Holder {
    /// `None` where our pid namespace does not show it.
    pub pid: Option<Pid>,
    /// How long that process has lived.
    pub age: Option<Duration>,
}

impl Lock {
    /// Takes the lock at once or not at all. The file must be open for writing.
    pub fn take(file: OwnedFd) -> Result<Lock, Refusal> {
        loop {
            match fcntl(&file, FcntlArg::F_SETLK(&whole_file())) {
                Ok(_) => return Ok(Lock { _file: file }),
                Err(Errno::EINTR) => {}
                Err(Errno::EAGAIN | Errno::EACCES) => {
                    // It may have ended between the two questions: then it is ours.
                    if let Some(holder) = Lock::holder(&file)? {
                        return Err(Refusal::Held(holder));
                    }
                }
                Err(errno) => return Err(Refusal::Impossible(errno)),
            }
        }
    }

    /// Who holds it, asked without taking it.
    pub fn holder(file: impl AsFd) -> Result<Option<Holder>, Refusal> {
        let mut lock = whole_file();
        fcntl(file, FcntlArg::F_GETLK(&mut lock)).map_err(Refusal::Impossible)?;
        if lock.l_type == libc::F_UNLCK as libc::c_short {
            return Ok(None);
        }
        let pid = u32::try_from(lock.l_pid).ok().filter(|&pid| pid != 0).map(Pid);
        let age = pid.and_then(|pid| Some(Proc::open(Path::new("/proc")).ok()?.sight(pid)?.age));
        Ok(Some(Holder { pid, age }))
    }
}

fn whole_file() -> libc::flock {
    libc::flock {
        l_type: libc::F_WRLCK as libc::c_short,
        l_whence: libc::SEEK_SET as libc::c_short,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.pid, self.age) {
            (Some(pid), Some(age)) => write!(f, "process {pid}, which has run for {}", Human(age)),
            (Some(pid), None) => write!(f, "process {pid}"),
            (None, _) => f.write_str("a process of another pid namespace"),
        }
    }
}

#[cfg(test)]
mod tests;
