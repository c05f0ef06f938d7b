//! Moves one held process into a group and proves it. A move names a pid, and the kernel may have handed that on: then
//! a stranger was moved, and is put back beside its parent.

use super::line::Line;
use super::mount::Mount;
use super::process::{Held, Proc, is_gone};
use super::{failure, files};
use crate::model::record::{Failure, Step};
use crate::model::text::Escaped;
use rustix::fs::fstat;
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};

/// A group that processes are moved into.
#[derive(Debug)]
pub(super) struct Place {
    /// Its cgroup.procs, open for writing.
    procs: OwnedFd,
    /// As /proc/PID/cgroup shows it.
    pub(super) shown: Vec<u8>,
    /// The kernel's number for the group.
    number: Option<u64>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shift {
    Inside,
    Gone,
    /// Another process has the pid now; where it was put back to, if it had been moved.
    Stranger(Option<String>),
}

impl Place {
    pub(super) fn open(group: impl AsFd, shown: Vec<u8>) -> Result<Place, Errno> {
        let procs = files::open_to_write(&group, c"cgroup.procs")?;
        Ok(Place { procs, shown, number: fstat(group).ok().map(|group| group.st_ino) })
    }

    /// A group named as /proc/PID/cgroup shows it.
    pub(super) fn find(mount: &Mount, top: impl AsFd, shown: &[u8]) -> Result<Place, Errno> {
        let below = mount.below(shown).ok_or(Errno::NOENT)?;
        let file = [below, if below.is_empty() { b"" } else { b"/" }, b"cgroup.procs"].concat();
        Ok(Place { procs: files::open_to_write(top, file)?, shown: shown.to_vec(), number: None })
    }

    pub(super) fn take(&self, pid: crate::model::Pid) -> Result<(), Errno> {
        files::put(&self.procs, Line::<12>::of(format_args!("{pid}")).as_bytes())
    }
}

/// What is needed to move, and to put right what went wrong.
#[derive(Clone, Copy)]
pub(super) struct Mover<'a> {
    pub(super) proc: &'a Proc,
    pub(super) mount: &'a Mount,
    pub(super) top: &'a OwnedFd,
    /// Where a stranger goes whose parent's group takes nobody.
    pub(super) origin: &'a [u8],
}

impl Mover<'_> {
    pub(super) fn shift(&self, held: &Held, to: &Place) -> Result<Shift, Failure> {
        let refused =
            |step, errno: Option<Errno>, detail: String| failure(step, errno, shown(&to.shown), detail);
        // Somebody else may move it in the very moment between: that deserves one more try.
        for _ in 0..2 {
            match to.take(held.pid) {
                Ok(()) => {}
                Err(Errno::SRCH) => return Ok(Shift::Gone),
                Err(errno) => return Err(refused(Step::Move, Some(errno), String::new())),
            }
            let told = to.number.is_some() && held.group() == to.number;
            match if told { Ok(true) } else { self.proc.sits_in(held.pid, &to.shown) } {
                Err(errno) if !is_gone(errno) => {
                    return Err(refused(Step::Verify, Some(errno), String::new()));
                }
                // Asked last: a process that lives now has had its pid all the while.
                sits if !self.proc.lives(held) => return self.settle(held, to, sits == Ok(true)),
                Ok(true) => return Ok(Shift::Inside),
                _ => {}
            }
        }
        // Who is ending can be moved, they say, and is found at the top.
        if self.proc.stat(held.pid, |stat| stat.is_ending()).unwrap_or(true) {
            return Ok(Shift::Gone);
        }
        let place = self.proc.cgroup(held.pid).unwrap_or_default();
        Err(refused(Step::Verify, None, format!("it sits in {}", shown(&place))))
    }

    /// The process ended during the move. Did its pid name another one by then?
    fn settle(&self, held: &Held, to: &Place, pid_sits_there: bool) -> Result<Shift, Failure> {
        let Some(stranger) = self.proc.hold(held.pid)? else { return Ok(Shift::Gone) };
        // Start times are counted in ticks of 10 ms, too coarse for a pid that comes back at once. But what we held is
        // dead: whoever has its pid and lives is somebody else.
        if stranger.start == held.start && (held.pidfd.is_none() || !self.proc.lives(&stranger)) {
            return Ok(Shift::Gone);
        }
        let beside = self.proc.cgroup(stranger.ppid).unwrap_or_else(|_| self.origin.to_vec());
        // Its parent sits there: it was born there and nobody moved it.
        if !pid_sits_there || beside == to.shown {
            return Ok(Shift::Stranger(None));
        }
        let mut errno = Errno::NOENT;
        for home in [&beside[..], self.origin] {
            let put_back = Place::find(self.mount, self.top, home).and_then(|place| place.take(stranger.pid));
            match put_back {
                Ok(()) | Err(Errno::SRCH) => return Ok(Shift::Stranger(Some(shown(home)))),
                Err(why) => errno = why,
            }
        }
        let detail = format!("pid {} was handed to another process, which could not be put back", held.pid);
        Err(failure(Step::Move, errno, shown(&beside), detail))
    }
}

/// A group's path, for people.
pub(super) fn shown(path: &[u8]) -> String {
    Escaped(path).to_string()
}
