//! The simulated kernel's event queue towards our socket: in causal order, with the moments of different CPUs a little
//! apart. It loses what it is told to lose, and tells of that once.

use super::host::OWN;
use super::{events, pid};
use crate::model::{Comm, Mono};
use crate::wire::event::{Event, What};
use std::collections::VecDeque;

#[derive(Debug, Default)]
pub(super) struct Queue {
    events: VecDeque<Event>,
    pub open: bool,
    pub listening: bool,
    /// Everything is dropped from now on, until the loss has been told.
    pub losing: bool,
    pub overrun: bool,
    /// This kernel never sends anything.
    pub deaf: bool,
    /// Stamps every other event this much too early, as another CPU's clock reading would.
    pub skew: u64,
    told: u64,
}

impl Queue {
    pub(super) fn push(&mut self, at: Mono, what: What) {
        if !self.listening || self.deaf {
            return;
        }
        if self.losing {
            self.overrun = true;
            return;
        }
        self.told += 1;
        let early = if self.told.is_multiple_of(2) { self.skew } else { 0 };
        self.events.push_back(Event { at: Mono(at.0 - early), cpu: 0, what });
    }

    pub(super) fn open(&mut self) {
        (self.open, self.listening, self.losing, self.overrun) = (true, false, false, false);
        self.events.clear();
    }

    pub(super) fn close(&mut self) {
        self.open();
        self.open = false;
    }

    pub(super) fn listen(&mut self, now: Mono, seq: u32) {
        self.listening = self.open;
        self.push(now, What::Ack { to: seq, errno: 0 });
    }

    pub(super) fn canary(&mut self, now: Mono) {
        let own = pid(OWN);
        self.push(now, What::Comm { tid: own, pid: own, comm: Comm::new(b"ffrtmp") });
    }

    pub(super) fn next(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// An overrun is told when the queue has been drained.
    pub(super) fn take_overrun(&mut self) -> bool {
        self.events.is_empty() && std::mem::take(&mut self.overrun)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty() && !self.overrun
    }

    /// What another CPU may do to an event of a process that nobody waits for.
    pub(super) fn replay_last_exit(&mut self, of: u32, at: Mono) {
        self.events.push_back(Event { at, cpu: 1, what: events::exit(of) });
    }
}
