//! What one round has read of every process, those included of which no sample is kept: the next round's rates come of it.
//! Invariant: in order of pids, one reading of each. Not for consumers, they get samples.

use crate::engine::input::Sighting;
use crate::model::sample::{CpuTime, Io};
use crate::model::{Identity, Mono, Pid};
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub at: Mono,
    /// How long the machine had slept by then, as far as we know.
    pub slept: Duration,
    readings: Vec<Reading>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub identity: Identity,
    pub ppid: Pid,
    /// Born since the round before.
    pub newborn: bool,
    /// It waits for nobody any more; its children have been adopted.
    pub zombie: bool,
    pub met: Met,
    pub at: Mono,
    pub cpu: CpuTime,
    pub reaped: CpuTime,
    pub io: Option<Io>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Met {
    Read,
    /// It was listed and could not be read, since it had ended or for want of something: this is what was read before.
    Unread,
    /// It was read, and may have been waited for since, in the same pass.
    Ended,
}

impl Reading {
    pub(super) fn of(seen: &Sighting) -> Reading {
        // /proc lists processes in order of their pids: that parent will be read later. No event tells that somebody waits.
        let met = if seen.zombie && seen.ppid > seen.identity.pid { Met::Ended } else { Met::Read };
        Reading {
            identity: seen.identity,
            ppid: seen.ppid,
            newborn: false,
            zombie: seen.zombie,
            met,
            at: seen.read_at,
            cpu: seen.used.cpu,
            reaped: seen.used.reaped,
            io: seen.used.io,
        }
    }

    /// All that has been told of it, as its own and as of its ended children.
    pub(super) fn told(&self) -> Duration {
        Duration::from_nanos(self.cpu.0.saturating_add(self.reaped.0))
    }
}

impl Ledger {
    pub(super) fn begin(at: Mono, slept: Duration, usual: usize) -> Ledger {
        Ledger { at, slept, readings: Vec::with_capacity(usual + usual / 8) }
    }

    pub(super) fn add(&mut self, reading: Reading) {
        self.readings.push(reading);
    }

    /// All have been added.
    pub(super) fn close(&mut self) {
        self.readings.sort_unstable_by_key(|reading| reading.identity.pid);
        debug_assert!(
            self.readings.is_sorted_by(|a, b| a.identity.pid < b.identity.pid),
            "one reading of each"
        );
    }

    pub(super) fn len(&self) -> usize {
        self.readings.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Reading> {
        self.readings.iter()
    }

    /// Of those that were read, some have ended meanwhile.
    pub(super) fn note_ends(&mut self, ended: impl Fn(&Reading) -> bool) {
        for reading in self.readings.iter_mut().filter(|reading| reading.met == Met::Read && ended(reading)) {
            reading.met = Met::Ended;
        }
    }

    pub(super) fn get(&self, pid: Pid) -> Option<&Reading> {
        let found = self.readings.binary_search_by_key(&pid, |reading| reading.identity.pid);
        found.ok().map(|at| &self.readings[at])
    }

    pub(super) fn of(&self, identity: Identity) -> Option<&Reading> {
        self.get(identity.pid).filter(|reading| reading.identity == identity)
    }
}
