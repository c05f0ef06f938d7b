//! One who carries a limit by itself, a thread or a whole process: what it has is read and set through what still means
//! the same one. A thread is named by a number alone: where that was handed on meanwhile it is put right.

use super::originals::Owner;
use crate::model::{LimitKey, Pid};
use crate::sys::governor::files;
use crate::sys::governor::line::Line;
use crate::sys::governor::process::{Held, Proc, path};
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::Errno;
use rustix::process::{getpriority_process, setpriority_process};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Subject {
    process: Pid,
    pub(super) owner: Owner,
    pub(super) value: i64,
}

impl Subject {
    /// All of a process who carry it: its threads for `nice`, itself for `oom_score_adj`; none of one that is gone.
    pub(super) fn all(proc: &Proc, key: LimitKey, pid: Pid) -> Vec<Subject> {
        match key {
            LimitKey::OomScoreAdj => of_process(proc, pid).into_iter().collect(),
            _ => {
                let threads = proc.threads(pid).unwrap_or_default();
                threads.into_iter().filter_map(|thread| of_thread(proc, pid, thread).ok()).collect()
            }
        }
    }

    pub(super) fn give(&self, proc: &Proc, key: LimitKey, value: i64) -> Result<(), Errno> {
        let held = proc.hold(self.process).ok().flatten().ok_or(Errno::SRCH)?;
        match key {
            LimitKey::OomScoreAdj => self.give_score(proc, &held, value),
            _ => self.give_nice(proc, &held, value),
        }
    }

    fn give_nice(&self, proc: &Proc, held: &Held, value: i64) -> Result<(), Errno> {
        let thread = self.owner.id;
        let same = || of_thread(proc, self.process, thread).is_ok_and(|found| found.owner == self.owner);
        if !same() {
            return Err(Errno::SRCH);
        }
        set_nice(thread, value)?;
        if !same() || !proc.lives(held) {
            put_right(proc, self.process, thread, value);
        }
        Ok(())
    }

    fn give_score(&self, proc: &Proc, held: &Held, value: i64) -> Result<(), Errno> {
        if held.start != self.owner.start {
            return Err(Errno::SRCH);
        }
        let file = path(self.process, "oom_score_adj");
        let fd = openat(&proc.dir, file.c_str(), OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
        // It lives after the file was opened: so the file is its own, and stays so.
        if !proc.lives(held) {
            return Err(Errno::SRCH);
        }
        files::put(fd, Line::<8>::of(format_args!("{value}")).as_bytes())
    }
}

fn of_process(proc: &Proc, pid: Pid) -> Option<Subject> {
    let start = proc.stat(pid, |stat| stat.starttime).ok()?;
    let mut buffer = [0; 16];
    let text = proc.read(&path(pid, "oom_score_adj"), &mut buffer).ok()?;
    let value = std::str::from_utf8(text).ok()?.trim_ascii().parse().ok()?;
    Some(Subject { process: pid, owner: Owner { id: pid, start }, value })
}

/// One that has ended carries nothing.
fn of_thread(proc: &Proc, process: Pid, thread: Pid) -> Result<Subject, Errno> {
    let found = proc.thread_stat(process, thread, |stat| {
        let owner = Owner { id: thread, start: stat.starttime };
        (!stat.is_dead()).then_some(Subject { process, owner, value: stat.nice })
    });
    found?.ok_or(Errno::SRCH)
}

/// The number means somebody else now, who was given what was not meant for him: he gets what he was born with, his
/// parent's, or that of the thread which leads his process.
fn put_right(proc: &Proc, process: Pid, thread: Pid, given: i64) {
    let model = match proc.process_of(thread) {
        Err(_) => return,
        Ok(leader) if leader == process && leader != thread => return, // one of the same, who is to have it as well
        Ok(leader) if leader != thread => leader,
        Ok(_) => match proc.stat(thread, |stat| stat.ppid) {
            Ok(parent) => parent,
            Err(_) => return,
        },
    };
    if nice(thread) == Some(given)
        && let Some(born_with) = nice(model)
    {
        // He may end at any moment, and that is all that can go wrong: just now we were allowed to.
        let _ = set_nice(thread, born_with);
    }
}

fn raw(thread: Pid) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(thread.0.cast_signed())
}

fn nice(thread: Pid) -> Option<i64> {
    getpriority_process(Some(raw(thread)?)).ok().map(i64::from)
}

fn set_nice(thread: Pid, value: i64) -> Result<(), Errno> {
    let value = i32::try_from(value).map_err(|_| Errno::INVAL)?;
    setpriority_process(Some(raw(thread).ok_or(Errno::SRCH)?), value)
}
