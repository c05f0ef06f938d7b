//! Limits that each process carries by itself: its place before the processor (`nice`, every thread's own) and before the
//! kernel in want of memory (`oom_score_adj`). Children inherit both, so a group is gone through until a pass finds nobody
//! who differs. What each had is on the note before it is changed; nobody is lowered whom the policy may not lower.

mod aim;
mod originals;
mod subject;

use super::limits::Refused;
use super::note::Note;
use super::process::{Proc, is_gone};
use super::{failure, group};
use crate::model::record::{Failure, LimitDrift, Step};
use crate::model::{Holder, LimitKey, Pid};
use aim::Aim;
pub(super) use originals::Originals;
use std::collections::{HashMap, HashSet};
use std::os::fd::OwnedFd;
use subject::Subject;

/// Who forks faster than so many passes is a fork bomb; its children inherit what their parents have by then.
const PASSES: usize = 64;

/// An inspection asks so many of a job's processes.
const SAMPLE: usize = 64;

pub(super) const LEFT: &str = "it is lowered for nobody unless the rule names users (allowed_users, allowed_uids) or an operator sets it";

pub(super) fn keys() -> impl Iterator<Item = LimitKey> {
    LimitKey::ALL.into_iter().filter(|key| key.holder() == Holder::Process)
}

/// From what an earlier note says to what this one does; what is learnt is put down in this one. Whoever could not be
/// changed is not tried again.
pub(super) struct Change<'a> {
    proc: &'a Proc,
    aims: Vec<Aim>,
    note: &'a mut Note,
    /// Where the note stands, if the file system has taken it.
    noted_on: Option<&'a OwnedFd>,
    refused: HashMap<LimitKey, Failure>,
    tried: HashSet<(LimitKey, Pid)>,
}

impl<'a> Change<'a> {
    /// `before`: `None` for processes that come into the job.
    pub(super) fn new(
        proc: &'a Proc,
        before: Option<&Note>,
        note: &'a mut Note,
        noted_on: Option<&'a OwnedFd>,
    ) -> Change<'a> {
        let aims = keys().filter_map(|key| Aim::between(key, before, note)).collect();
        Change { proc, aims, note, noted_on, refused: HashMap::new(), tried: HashSet::new() }
    }

    /// Everybody who lives in the job's group.
    pub(super) fn of_group(&mut self, dir: &OwnedFd) {
        let main = self.note.identity.pid;
        self.repeat(|proc| {
            let mut members = group::members(proc, dir).unwrap_or_default();
            // First, as what it has is what most of the others have, too.
            members.sort_by_key(|&pid| pid != main);
            members
        });
    }

    /// Whether there is anything to be had.
    pub(super) fn is_any(&self) -> bool {
        !self.aims.is_empty()
    }

    /// One process alone.
    pub(super) fn of_process(&mut self, pid: Pid) {
        self.repeat(|_| vec![pid]);
    }

    /// What could not be had.
    pub(super) fn refused(self) -> Refused {
        self.refused.into_iter().collect()
    }

    fn repeat(&mut self, members: impl Fn(&Proc) -> Vec<Pid>) {
        // Nobody is asked where nothing is wanted, which is nearly everywhere.
        let passes = if self.aims.is_empty() { 0 } else { PASSES };
        for pass in 0..passes {
            let due = self.due(&members(self.proc), pass == 0);
            if due.is_empty() {
                return;
            }
            for (key, subject, wanted) in due {
                match subject.give(self.proc, key, wanted) {
                    Ok(()) => {}
                    Err(errno) if is_gone(errno) => {}
                    Err(errno) => {
                        self.tried.insert((key, subject.owner.id));
                        let why = failure(Step::LimitWrite, errno, key.name(), "for some of its processes");
                        self.refused.entry(key).or_insert(why);
                    }
                }
            }
        }
    }

    /// Who has something else than he is to have. What he has is put down before it is lost.
    fn due(&mut self, members: &[Pid], first: bool) -> Vec<(LimitKey, Subject, i64)> {
        let mut due = Vec::new();
        let mut learnt = false;
        for &pid in members {
            for aim in &self.aims {
                for subject in Subject::all(self.proc, aim.key, pid) {
                    let original = self.note.originals.of(aim.key, subject.owner);
                    let base = aim.base(subject.value, original);
                    let wanted = aim.from(base);
                    let differs =
                        wanted != subject.value && !self.tried.contains(&(aim.key, subject.owner.id));
                    if aim.begins(first) || differs && aim.is_set() && base == subject.value {
                        learnt |= self.note.originals.remember(aim.key, subject.owner, base);
                    }
                    if aim.leaves(base) && subject.owner.id == self.note.identity.pid {
                        let why = || failure(Step::LimitWrite, None, aim.key.name(), LEFT);
                        self.refused.entry(aim.key).or_insert_with(why);
                    }
                    if differs {
                        due.push((aim.key, subject, wanted));
                    }
                }
            }
        }
        if learnt && let Some(dir) = self.noted_on {
            // A file system that has taken one note takes the next; an inspection mends it where not.
            let _ = self.note.write_to(dir);
        }
        due
    }
}

/// Who of these has something else than the note says. Of the main process it is anything else, of the others only what
/// is less than they are held to: whoever makes itself nicer may.
pub(super) fn drift(proc: &Proc, note: &Note, members: &[Pid], unheld: &[LimitKey]) -> Vec<LimitDrift> {
    let main = note.identity.pid;
    let held = keys().filter(|key| !unheld.contains(key));
    let aims: Vec<Aim> = held.filter_map(|key| Aim::between(key, Some(note), note)).collect();
    if aims.is_empty() {
        return Vec::new();
    }
    let asked =
        || std::iter::once(main).chain(members.iter().copied().filter(|&pid| pid != main)).take(SAMPLE);
    let found = |aim: &Aim| {
        let off = |pid| {
            let is_off =
                |subject: &Subject| aim.is_off(subject.value, pid == main && subject.owner.id == main);
            Subject::all(proc, aim.key, pid).into_iter().find(is_off)
        };
        let subject = asked().filter(|pid| members.contains(pid)).find_map(off)?;
        Some(LimitDrift { limit: aim.key, found: subject.value.to_string(), wanted: aim.shown() })
    };
    aims.iter().filter_map(found).collect()
}

/// Gives the main process back what it had, wherever it sits by now.
pub(super) fn give_back(proc: &Proc, note: &Note) -> Refused {
    let mut bare = note.without_priorities();
    let mut change = Change::new(proc, Some(note), &mut bare, None);
    if is_alive(proc, note) {
        change.of_process(note.identity.pid);
    }
    change.refused()
}

pub(super) fn is_alive(proc: &Proc, note: &Note) -> bool {
    let main = proc.stat(note.identity.pid, |stat| {
        stat.starttime == note.identity.start && !(stat.is_dead() && stat.num_threads <= 1)
    });
    main.unwrap_or(false)
}
