//! Puts a process into a job of its own: identity, origin, group, limits, note, move, proof, children. Whatever ends it
//! early leaves nothing behind; "held" is said only of what was read back.

use super::group::{self, Group};
use super::homes::Homes;
use super::jobs::{Jobs, ready};
use super::known::Known;
use super::limits::Refused;
use super::neighbour::{Deed, Owner};
use super::note::Note;
use super::priorities::{Change, Originals};
use super::process::{Held, is_gone};
use super::shift::{Mover, Place, Shift};
use super::tie::Tie;
use super::{Governor, failure, kept, shift, tree};
use crate::engine::effect::Attach;
use crate::engine::input::Outcome;
use crate::model::record::{Failure, Step};
use crate::model::{JobId, Limits, Mono, Pid};
use crate::sys::clock;
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::os::fd::OwnedFd;

/// Where a process is taken from.
#[derive(Debug)]
pub(super) struct Whence {
    /// Where it goes back to.
    pub(super) origin: Vec<u8>,
    /// Whose limits bind it further on.
    pub(super) bound_by: Vec<u8>,
    /// Where it sits, and its children beside it.
    pub(super) at: Vec<u8>,
    /// The unit that it still ends with.
    pub(super) tie: Option<Tie>,
}

pub(super) type Ended = (Outcome, Option<OwnedFd>);

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
        ready(&self.jobs)?;
        let identity = attach.identity;
        let Some(held) = self.proc.hold(identity.pid)? else { return Ok((Outcome::Gone, None)) };
        if held.start != identity.start {
            return Ok((Outcome::Stranger { put_back_to: None }, None));
        }
        if held.dead {
            return Ok((Outcome::Gone, None));
        }
        self.refuse_what_must_not_move(&held)?;
        let at = match self.proc.cgroup_of(&held) {
            Err(errno) if is_gone(errno) => return Ok((Outcome::Gone, None)),
            result => result.map_err(|errno| failure(Step::Proc, errno, proc_file(&held, "cgroup"), ""))?,
        };
        let within = ready(&self.jobs)?.job_at(&at);
        // Of one that a job holds already nobody else is asked.
        let owner = if within.is_none() { self.whose(&held, &at) } else { Owner::default() };
        let jobs = ready(&self.jobs)?;
        // Nobody is moved out of somebody else's group because another target was started there.
        let is_held_in_place = |job: &JobId| matches!(jobs.tie_of(job), Some(Tie::InPlace { .. }));
        let stays = |job: &JobId| attach.out_of.as_ref() != Some(job) || is_held_in_place(job);
        if let Some(job) = within.clone().filter(stays) {
            return Ok((Outcome::AlreadyIn { job }, held.pidfd));
        }
        // Who was born in a job came from where that one came from: it goes back there, is bound by what binds there, and ends
        // with the same unit.
        let (origin, tie) = match within {
            Some(job) => (jobs.origin_of(&job), jobs.tie_of(&job).cloned()),
            None => match self.decide(jobs, &attach.foreign, owner, &held, &at) {
                Deed::Leave(why) => return Ok((Outcome::Foreign { why }, None)),
                Deed::InPlace(tie) => {
                    let note = self.note(attach, at, Limits::default(), Some(tie));
                    return self.attach_in_place(attach, held, &note);
                }
                Deed::Move(tie) => (at.clone(), tie),
            },
        };
        let group = jobs.group_for(&attach.command, identity, &self.boot)?;
        let whence = Whence { bound_by: origin.clone(), origin, at, tie };
        self.house(attach, &held, whence, group, began).map(|outcome| (outcome, held.pidfd))
    }

    fn note(&self, attach: &Attach, origin: Vec<u8>, kept: Limits, tie: Option<Tie>) -> Note {
        Note {
            identity: attach.identity,
            boot: self.boot.clone(),
            command: attach.command.clone(),
            origin,
            parent: attach.parent,
            parent_name: attach.parent_name,
            attached_at: clock::now().wall,
            limits: attach.limits.clone(),
            unheld: BTreeSet::new(),
            set: attach.set.clone(),
            kept,
            names_users: attach.names_users,
            originals: Originals::default(),
            homes: Homes::default(),
            sockets: 0,
            made: attach.made.clone(),
            tie,
        }
    }

    /// From the group on: whoever is not proven to be inside leaves none behind.
    pub(super) fn house(
        &mut self,
        attach: &Attach,
        held: &Held,
        whence: Whence,
        group: Group,
        began: Mono,
    ) -> Result<Outcome, Failure> {
        let jobs = ready(&self.jobs)?;
        let Whence { origin, bound_by, at, tie } = whence;
        let (kept, lost) = kept::left_behind(jobs, &bound_by);
        let bound = kept::tighter(&attach.limits, &kept);
        let mut note = self.note(attach, origin, kept, tie);
        if let Some(earlier) = jobs.note_of(&group.job, &group.dir).filter(|_| !group.fresh) {
            note.originals = earlier.originals;
        }
        if let Some(network) = &jobs.network {
            note.sockets = network.out_of_reach(&self.proc, held.pid, &bound);
        }
        let kin_at = (!attach.alone).then_some(&at[..]);
        let moved = fill(&self.proc, jobs, &group, &note, &bound, held, kin_at);
        if !matches!(moved, Ok(Filled { shift: Shift::Inside, .. })) {
            jobs.discard(&group);
        }
        let mut filled = moved?;
        match filled.shift {
            Shift::Inside => {}
            Shift::Gone => return Ok(Outcome::Gone),
            Shift::Stranger(put_back_to) => return Ok(Outcome::Stranger { put_back_to }),
        }
        note.homes = std::mem::take(&mut filled.homes);
        if filled.noted && !note.homes.is_empty() {
            // An inspection mends it where it was not taken.
            let _ = note.write_to(&group.dir);
        }
        let mut change = Change::new(&self.proc, None, &mut note, Some(&group.dir).filter(|_| filled.noted));
        change.of_group(&group.dir);
        filled.refused.extend(change.refused().into_iter().chain(lost));
        note.unheld = filled.refused.iter().map(|(key, _)| *key).collect();
        if filled.noted && !note.unheld.is_empty() {
            let _ = note.write_to(&group.dir);
        }
        let known = Known {
            bound,
            unheld: note.unheld.iter().copied().collect(),
            note: Some(note.clone()),
            on_group: filled.noted,
        };
        let outcome = Outcome::Held {
            job: group.job.clone(),
            origin: shift::shown(&note.origin),
            members: filled.members,
            sockets: note.sockets,
            refused: filled.refused,
            kept: kept::beyond(&note.limits, &note.kept),
            took: filled.at - began,
            at: filled.at,
            bond: note.tie.as_ref().map(|tie| tie.bond(jobs, &note.origin)),
        };
        if let Ok(jobs) = &mut self.jobs {
            jobs.remember(group.job, known);
        }
        Ok(outcome)
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
    members: Vec<Pid>,
    homes: Homes,
    refused: Refused,
    /// The note is on the group.
    noted: bool,
}

/// Limits and note first: the process must not run a moment in a group that does not limit it, and a service that is
/// killed in between must leave a group that tells what it is.
/// The children it has are taken along if they live in the group `kin_at`, or in any that is nobody's.
fn fill(
    proc: &super::Proc,
    jobs: &Jobs,
    group: &Group,
    note: &Note,
    bound: &Limits,
    held: &Held,
    kin_at: Option<&[u8]>,
) -> Result<Filled, Failure> {
    let path = || jobs.path_of(&group.job);
    let refused = jobs.bind(&group.job, &group.dir, bound, group.fresh);
    let noted = match note.write_to(&group.dir) {
        Ok(()) => true,
        Err(errno @ (Errno::NOENT | Errno::NODEV)) => return Err(failure(Step::Xattr, errno, path(), "")),
        // Said once at the start; the service remembers what the file system cannot.
        Err(_) => false,
    };
    let place = Place::open(&group.dir, jobs.shown_of(&group.job))
        .map_err(|errno| failure(Step::Move, errno, path(), ""))?;
    let mover = Mover { proc, mount: &jobs.mount, top: &jobs.top, origin: &note.origin };
    let is_born_there = group.born == Some(held.pid) && proc.sits_in(held.pid, &place.shown) == Ok(true);
    let shift = if is_born_there { Shift::Inside } else { mover.shift(held, &place)? };
    let at = clock::mono();
    let (shift, (members, homes)) = match (shift, kin_at) {
        (Shift::Inside, Some(kin_at)) => {
            (Shift::Inside, tree::take_along(mover, jobs, group, held, &place, kin_at))
        }
        // It forked in there and ended before it was proven to be inside: those it left are the job now.
        (Shift::Gone, _) if group::is_populated(&group.dir) => {
            (Shift::Inside, (group::members(proc, &group.dir).unwrap_or_default(), Homes::default()))
        }
        (shift, _) => (shift, Default::default()),
    };
    Ok(Filled { shift, at, members, homes, refused, noted })
}

pub(super) fn lost_its_group(why: &Failure) -> bool {
    let gone = [Errno::NOENT, Errno::NODEV].map(Errno::raw_os_error).contains(&why.errno);
    gone && matches!(why.step, Step::Mkdir | Step::Xattr | Step::Move)
}

pub(super) fn proc_file(held: &Held, name: &str) -> String {
    format!("/proc/{}/{name}", held.pid)
}
