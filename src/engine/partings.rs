//! Ends of processes, from the first word of each until it is told. That a first thread has exited is not the end of its
//! process: others may live on, or one of them become another program in its place. And whoever was found dead has left a
//! status, which an event tells a little later. An end is told once, when it is certain and its status known or not to come.
//!
//! Invariant: there is one only while somebody wants to know, and only of a pid that is not told of as living.

use super::Engine;
use super::changes::process;
use super::effect::{Effect, Effects};
use super::input::Sighting;
use super::lifetime::Birth;
use crate::model::lifecycle::{Change, Process, Updated, What};
use crate::model::{Mono, Now, Pid};
use std::collections::HashMap;
use std::time::Duration;

/// So long the event may take that tells how a process ended that is known to have.
const UNTIL_TOLD: Duration = Duration::from_secs(1);
/// Between two looks whether a process still lives whose first thread does not: at first, and in the end.
const SHORTEST: Duration = Duration::from_millis(10);
const LONGEST: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Partings {
    of: HashMap<Pid, Parting>,
    /// Nobody's wait is over sooner.
    due: Option<Mono>,
}

#[derive(Debug)]
struct Parting {
    process: Process,
    born: Option<Birth>,
    at: Mono,
    status: Option<u32>,
    /// The whole process is.
    dead: bool,
    pause: Duration,
    due: Option<Mono>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum End {
    /// Of its first thread, as an event tells.
    Exit { at: Mono, status: u32 },
    /// Of the whole process, found out at this moment.
    Gone(Mono),
}

impl Partings {
    /// For more than usually end at a time: none is made while events are followed.
    pub(super) fn with_room() -> Partings {
        Partings { of: HashMap::with_capacity(256), due: None }
    }

    pub(super) fn processes(&self) -> impl Iterator<Item = Process> {
        self.of.values().map(|parting| parting.process)
    }

    /// Whether this is one of them: it lives on without its first thread, or was seen before it ended.
    pub(super) fn expects(&self, seen: &Sighting) -> bool {
        let parting = self.of.get(&seen.identity.pid);
        parting.is_some_and(|parting| match parting.process.start {
            Some(start) => start == seen.identity.start,
            None => seen.read_at <= parting.at,
        })
    }

    /// Whether this is one of them who was thought dead because it could not be read, and is called back.
    pub(super) fn takes_back(&mut self, seen: &Sighting) -> bool {
        let dead = self.of.get(&seen.identity.pid).is_some_and(|parting| parting.dead);
        dead && self.expects(seen) && self.call_back(seen.identity.pid)
    }

    /// It has not ended after all; whether it was about to be told so.
    pub(super) fn call_back(&mut self, pid: Pid) -> bool {
        self.of.remove(&pid).is_some()
    }

    pub(super) fn deadline(&self) -> Option<Mono> {
        self.due
    }

    pub(super) fn age(&mut self, by: Duration) {
        self.of.values_mut().for_each(|parting| parting.born = parting.born.map(|born| born.put_back(by)));
    }

    fn wait(&mut self, pid: Pid, until: Mono) {
        if let Some(parting) = self.of.get_mut(&pid) {
            parting.due = Some(until);
            self.due = self.due.into_iter().chain([until]).min();
        }
    }

    /// Those whose wait is over, in order, and whether each is known to be dead.
    fn take_due(&mut self, now: Mono) -> Vec<(Pid, bool)> {
        if self.due.is_none_or(|due| due > now) {
            return Vec::new();
        }
        let is_over = |parting: &Parting| parting.due.is_some_and(|due| due <= now);
        let over = self.of.iter().filter(|(_, parting)| is_over(parting));
        let mut over: Vec<(Pid, bool)> = over.map(|(&pid, parting)| (pid, parting.dead)).collect();
        over.sort_unstable();
        self.due = self.of.values().filter_map(|parting| parting.due).filter(|due| *due > now).min();
        over
    }
}

impl Engine {
    /// A word of a process's end: the first of possibly several.
    pub(super) fn ends(&mut self, pid: Pid, word: End, fx: &mut Effects) {
        self.begin_parting(pid, word, fx);
        let Some(parting) = self.partings.of.get_mut(&pid) else { return };
        match word {
            End::Exit { at, .. } if parting.born.is_some_and(|born| born.is_after(at)) => return,
            End::Exit { at, status } => (parting.at, parting.status) = (at, Some(status)),
            End::Gone(_) => parting.dead = true,
        }
        let until = parting.at + UNTIL_TOLD;
        match (parting.dead, parting.status) {
            (true, None) if self.source.is_live() => self.partings.wait(pid, until),
            (true, _) => self.conclude(pid, fx),
            (false, _) => fx.want(Effect::Sight { pid }),
        }
    }

    fn begin_parting(&mut self, pid: Pid, word: End, fx: &mut Effects) {
        let Some(entry) = self.table.get_mut(pid).filter(|entry| entry.told.lives) else { return };
        if self.tells_changes {
            let (End::Exit { at, .. } | End::Gone(at)) = word;
            let (process, born) = (process(pid, entry), entry.told.born);
            if std::mem::take(&mut entry.told.new_program) {
                let updated = Updated { program: true, ..Updated::default() };
                fx.changes.push(Change { at, process, what: What::Updated(updated) });
            }
            let (status, dead, pause, due) = (None, false, SHORTEST, None);
            self.partings.of.insert(pid, Parting { process, born, at, status, dead, pause, due });
        }
        entry.told.lives = false;
    }

    /// Nothing more is waited for.
    pub(super) fn conclude(&mut self, pid: Pid, fx: &mut Effects) {
        if let Some(Parting { process, born, at, status, .. }) = self.partings.of.remove(&pid) {
            let lifetime = born.map(|born| born.lifetime(at));
            fx.changes.push(Change { at, process, what: What::Terminated { status, lifetime } });
        }
    }

    /// The answer to `Sight`: of one whose first thread has exited, or who has become another program.
    pub(super) fn sighted(&mut self, now: Now, pid: Pid, seen: Option<&Sighting>, fx: &mut Effects) {
        let seen = seen.filter(|seen| !seen.zombie);
        let Some(parting) = self.partings.of.get_mut(&pid) else {
            return seen.into_iter().for_each(|seen| self.learn_program(seen, fx));
        };
        match seen {
            Some(seen)
                if *parting.process.start.get_or_insert(seen.identity.start) == seen.identity.start =>
            {
                let until = now.mono + parting.pause;
                parting.pause = (parting.pause * 2).min(LONGEST);
                self.partings.wait(pid, until);
            }
            _ => self.ends(pid, End::Gone(now.mono), fx),
        }
    }

    fn learn_program(&mut self, seen: &Sighting, fx: &mut Effects) {
        // Of a member that was born of one only its fork may be known so far.
        let same = |entry: &&mut super::table::Entry| {
            entry.start == Some(seen.identity.start) || entry.start.is_none() && entry.job.is_some()
        };
        let Some(entry) = self.table.get_mut(seen.identity.pid).filter(same) else { return };
        let before = super::changes::Known::of(entry);
        // Not its user: who decides by that is told by an event.
        entry.start = Some(seen.identity.start);
        (entry.comm, entry.exec_mark) = (seen.comm, seen.exec_mark);
        entry.as_of = entry.as_of.max(seen.read_at);
        self.tell_learnt(&before, seen, fx);
    }

    /// Those that were waited for long enough.
    pub(super) fn part_with_the_due(&mut self, now: Now, fx: &mut Effects) {
        for (pid, dead) in self.partings.take_due(now.mono) {
            match dead {
                true => self.conclude(pid, fx),
                false => fx.want(Effect::Sight { pid }),
            }
        }
    }
}
