//! Puts a process into a job of its own: identity, origin, group, limits, note, move, proof, children. Whatever ends it
//! early leaves nothing behind; "held" is said only of what was read back.

use super::group::{self, Group};
use super::jobs::{Jobs, ready};
use super::known::Known;
use super::limits;
use super::note::Note;
use super::process::{Held, is_gone};
use super::shift::{Mover, Place, Shift};
use super::{Governor, failure, kept, shift, tree};
use crate::engine::effect::Attach;
use crate::engine::input::Outcome;
use crate::model::Mono;
use crate::model::record::{Failure, Step};
use crate::sys::clock;
use rustix::io::Errno;
use std::os::fd::OwnedFd;

type Ended = (Outcome, Option<OwnedFd>);

impl Governor {
    pub(super) fn attach(&mut self, attach: &Attach) -> Ended {
        let began = clock::mono();
        let first = self.try_attach(attach, began);
        match first {
            // Somebody removed our group, or the whole root, under our hands. The kernel's word for it differs.
            Err(why) if lost_its_group(&why) && self.rebuild() => self.try_attach(attach, began),
            result => result,
        }
        .unwrap_or_else(|why| (Outcome::Failed(why), None))
    }

    fn try_attach(&mut self, attach: &Attach, began: Mono) -> Result<Ended, Failure> {
        let jobs = ready(&self.jobs)?;
        let identity = attach.identity;
        let Some(held) = self.proc.hold(identity.pid)? else { return Ok((Outcome::Gone, None)) };
        if held.start != identity.start {
            return Ok((Outcome::Stranger { put_back_to: None }, None));
        }
        if held.dead {
            return Ok((Outcome::Gone, None));
        }
        self.refuse_what_must_not_move(&held)?;
        let origin = match self.proc.cgroup_of(&held) {
            Err(errno) if is_gone(errno) => return Ok((Outcome::Gone, None)),
            result => result.map_err(|errno| failure(Step::Proc, errno, proc_file(&held, "cgroup"), ""))?,
        };
        if let Some(job) = jobs.job_at(&origin) {
            return Ok((Outcome::AlreadyIn { job }, held.pidfd));
        }
        if let Some(why) = self.foreign.why(&self.proc, jobs, &held, &origin) {
            return Ok((Outcome::Foreign { why }, None));
        }
        let group = jobs.group_for(&attach.command, identity, &self.boot)?;
        let kept = kept::left_behind(jobs, &origin);
        let note = Note {
            identity,
            boot: self.boot.clone(),
            command: attach.command.clone(),
            origin,
            parent: attach.parent,
            parent_name: attach.parent_name,
            attached_at: clock::now().wall,
            limits: attach.limits,
            set: attach.set,
            kept,
        };
        let moved = fill(&self.proc, jobs, &group, &note, &held);
        if !matches!(moved, Ok(Filled { shift: Shift::Inside, .. })) {
            jobs.discard(&group);
        }
        let filled = moved?;
        match filled.shift {
            Shift::Inside => {}
            Shift::Gone => return Ok((Outcome::Gone, None)),
            Shift::Stranger(put_back_to) => return Ok((Outcome::Stranger { put_back_to }, None)),
        }
        let known = Known {
            bound: kept::tighter(&note.limits, &note.kept),
            unheld: filled.refused.iter().map(|(key, _)| *key).collect(),
            note: Some(note.clone()),
            on_group: filled.noted,
        };
        let outcome = Outcome::Held {
            job: group.job.clone(),
            origin: shift::shown(&note.origin),
            members: filled.members,
            refused: filled.refused,
            kept: kept::beyond(&note.limits, &note.kept),
            took: filled.at - began,
            at: filled.at,
        };
        if let Ok(jobs) = &mut self.jobs {
            jobs.known.insert(group.job, known);
        }
        Ok((outcome, held.pidfd))
    }

    fn refuse_what_must_not_move(&self, held: &Held) -> Result<(), Failure> {
        let refused = |why: &str| Err(failure(Step::Move, Errno::INVAL, proc_file(held, "stat"), why));
        match held {
            held if held.pid == self.proc.own => refused("it is the service itself"),
            held if held.kernel_thread => refused("it is a thread of the kernel"),
            _ => Ok(()),
        }
    }
}

/// A process in its group, or why it is not.
struct Filled {
    shift: Shift,
    /// When that was proven.
    at: Mono,
    members: Vec<crate::model::Pid>,
    refused: Vec<(crate::model::LimitKey, Failure)>,
    /// The note is on the group.
    noted: bool,
}

/// Limits and note first: the process must not run a moment in a group that does not limit it, and a service that is
/// killed in between must leave a group that tells what it is.
fn fill(proc: &super::Proc, jobs: &Jobs, group: &Group, note: &Note, held: &Held) -> Result<Filled, Failure> {
    let path = || jobs.path_of(&group.job);
    let refused = limits::apply(
        &group.dir,
        path,
        &kept::tighter(&note.limits, &note.kept),
        |key| jobs.holds(key),
        group.fresh,
    );
    let noted = match note.write_to(&group.dir) {
        Ok(()) => true,
        Err(errno @ (Errno::NOENT | Errno::NODEV)) => return Err(failure(Step::Xattr, errno, path(), "")),
        // Said once at the start; the service remembers what the file system cannot.
        Err(_) => false,
    };
    let place = Place::open(&group.dir, jobs.shown_of(&group.job))
        .map_err(|errno| failure(Step::Move, errno, path(), ""))?;
    let mover = Mover { proc, mount: &jobs.mount, top: &jobs.top, origin: &note.origin };
    let shift = mover.shift(held, &place)?;
    let at = clock::mono();
    let (shift, members) = match shift {
        Shift::Inside => (shift, tree::take_along(mover, jobs, group, held, &place)),
        // It forked in there and ended before it was proven to be inside: those it left are the job now.
        Shift::Gone if group::is_populated(&group.dir) => {
            (Shift::Inside, group::members(proc, &group.dir).unwrap_or_default())
        }
        _ => (shift, Vec::new()),
    };
    Ok(Filled { shift, at, members, refused, noted })
}

fn lost_its_group(why: &Failure) -> bool {
    let gone = [Errno::NOENT, Errno::NODEV].map(Errno::raw_os_error).contains(&why.errno);
    gone && matches!(why.step, Step::Mkdir | Step::Xattr | Step::Move)
}

fn proc_file(held: &Held, name: &str) -> String {
    format!("/proc/{}/{name}", held.pid)
}
