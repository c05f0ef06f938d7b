//! What becomes of processes, for those who want to know: that each begins, once, and what of it changes. How ends are told
//! stands in `partings`. While nobody wants to know nothing is told, and nothing spent but a flag for each process.
//!
//! Invariant: whoever takes `processes` and then every change, in order, knows at any time the same as `processes` says.

use super::Engine;
use super::effect::{Effect, Effects};
use super::input::Sighting;
use super::lifetime::Birth;
use super::partings::Partings;
use super::table::Entry;
use crate::model::lifecycle::{Change, Process, Updated, What};
use crate::model::sample::Sample;
use crate::model::{Comm, Mono, Pid};
use std::sync::Arc;

/// Cores: a smaller change of what a process keeps busy is not worth telling.
const NOTICEABLE_CPU: f32 = 0.05;
/// Both a tenth of what was told last and so many bytes.
const NOTICEABLE_MEMORY: u64 = 1 << 20;

/// What those who follow processes know of one.
#[derive(Clone, Debug, Default)]
pub(super) struct Told {
    /// It has begun, and nothing was heard of its end.
    pub lives: bool,
    pub born: Option<Birth>,
    /// It has become another program, which is told once that has been read.
    pub new_program: bool,
    /// As told last; of one that was there before anybody wanted to know, as it was first sampled.
    using: Option<Using>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Using {
    cores: f32,
    memory: u64,
}

/// What may change, as it was before something was read.
pub(super) struct Known {
    comm: Comm,
    uid: u32,
    exec_mark: u64,
}

impl Engine {
    /// Whether somebody wants to know, from now on.
    pub fn tell_changes(&mut self, wanted: bool) {
        if std::mem::replace(&mut self.tells_changes, wanted) != wanted {
            self.partings = if wanted { Partings::with_room() } else { Partings::default() };
            self.table.each(|entry| (entry.told.new_program, entry.told.using) = (false, None));
        }
    }

    /// Every living process, in order of their pids.
    pub fn processes(&self) -> Arc<[Process]> {
        let living = self.table.pids(|_, entry| entry.told.lives).into_iter();
        let living = living.filter_map(|pid| Some(process(pid, self.table.get(pid)?)));
        let mut all: Vec<Process> = living.chain(self.partings.processes()).collect();
        all.sort_unstable_by_key(|process| process.pid);
        all.into()
    }

    /// It is in the table for the first time. Whoever had its pid before has ended.
    pub(super) fn begins(&mut self, at: Mono, pid: Pid, fx: &mut Effects) {
        self.conclude(pid, fx);
        let Some(entry) = self.table.get_mut(pid) else { return };
        entry.told.lives = true;
        if self.tells_changes {
            entry.told.using = Some(Using::default());
            fx.changes.push(Change { at, process: process(pid, entry), what: What::Created });
        }
    }

    /// It executes another program, so it lives, whatever its first thread did.
    pub(super) fn becomes_another_program(&mut self, at: Mono, pid: Pid, fx: &mut Effects) {
        let resumed = self.partings.call_back(pid);
        let tells = self.tells_changes;
        let Some(entry) = self.table.get_mut(pid) else { return };
        (entry.told.new_program, entry.forked, entry.changed_at) = (tells, false, at);
        // Who is forked before it is read again is not to be taken for what this one was.
        entry.exec_mark = 0;
        if resumed {
            entry.told.lives = true;
        } else if !entry.told.lives {
            self.begins(at, pid, fx);
        }
    }

    /// Nothing is decided by the programs of a job's members; but should the kernel kill one, this is its name.
    pub(super) fn read_new_program(&self, pid: Pid, fx: &mut Effects) {
        fx.want(Effect::Sight { pid });
    }

    /// Takes over what a reading said of a process in the table.
    pub(super) fn learn(&mut self, seen: &Sighting, fx: &mut Effects) {
        let Some(entry) = self.table.get_mut(seen.identity.pid) else { return };
        let before = Known::of(entry);
        entry.note(seen);
        self.tell_learnt(&before, seen, fx);
    }

    pub(super) fn tell_learnt(&mut self, before: &Known, seen: &Sighting, fx: &mut Effects) {
        let pid = seen.identity.pid;
        let Some(entry) = self.table.get_mut(pid).filter(|_| !seen.zombie) else { return };
        entry.told.lives |= self.partings.takes_back(seen);
        if !entry.told.lives {
            return self.tell_met(seen, fx);
        }
        let Known { comm, uid, exec_mark } = *before;
        let ran = exec_mark != 0 && exec_mark != entry.exec_mark;
        let program = std::mem::take(&mut entry.told.new_program) || ran;
        let (name, user) = (comm != entry.comm, uid != entry.uid);
        self.tell_update(seen.read_at, pid, Updated { program, name, user, ..Updated::default() }, fx);
    }

    /// One that a reading found alive and that is not told of: new, unless only its first thread has ended.
    pub(super) fn tell_met(&mut self, seen: &Sighting, fx: &mut Effects) {
        if !seen.zombie && !self.partings.expects(seen) {
            self.begins(seen.read_at, seen.identity.pid, fx);
        }
    }

    pub(super) fn tell_update(&mut self, at: Mono, pid: Pid, updated: Updated, fx: &mut Effects) {
        if self.tells_changes
            && updated != Updated::default()
            && let Some(entry) = self.table.get(pid).filter(|entry| entry.told.lives)
        {
            fx.changes.push(Change { at, process: process(pid, entry), what: What::Updated(updated) });
        }
    }

    /// It has joined a job, or left one.
    pub(super) fn tell_governed(&mut self, pid: Pid, fx: &mut Effects) {
        self.tell_update(self.moment, pid, Updated { governed: true, ..Updated::default() }, fx);
    }

    /// What the round of samples that is just complete shows.
    pub(super) fn tell_use(&mut self, fx: &mut Effects) {
        let Some(round) = fx.round.clone().filter(|_| self.tells_changes) else { return };
        for sample in &round.samples {
            let pid = sample.identity.pid;
            let same = |entry: &&mut Entry| entry.start == Some(sample.identity.start);
            if let Some(entry) = self.table.get_mut(pid).filter(same) {
                let updated = entry.told.compare(sample);
                self.tell_update(sample.read_at, pid, updated, fx);
            }
        }
    }
}

impl Told {
    /// What is noticeably other than was told last.
    fn compare(&mut self, sample: &Sample) -> Updated {
        let (cores, memory) = (sample.recent.map(|recent| recent.cores), sample.used.resident);
        let Some(told) = &mut self.using else {
            self.using = Some(Using { cores: cores.unwrap_or_default(), memory });
            return Updated::default();
        };
        let cpu = cores.filter(|cores| (cores - told.cores).abs() >= NOTICEABLE_CPU);
        let noticeable = NOTICEABLE_MEMORY.max(told.memory / 10);
        let memory = Some(memory).filter(|memory| memory.abs_diff(told.memory) >= noticeable);
        told.cores = cpu.unwrap_or(told.cores);
        told.memory = memory.unwrap_or(told.memory);
        Updated { cpu, memory, ..Updated::default() }
    }
}

impl Known {
    pub(super) fn of(entry: &Entry) -> Known {
        Known { comm: entry.comm, uid: entry.uid, exec_mark: entry.exec_mark }
    }
}

pub(super) fn process(pid: Pid, entry: &Entry) -> Process {
    Process {
        pid,
        start: entry.start,
        ppid: entry.ppid,
        uid: entry.uid,
        comm: entry.comm,
        governed: entry.is_governed(),
    }
}
