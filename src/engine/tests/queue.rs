//! The simulated kernel's event queue towards our socket: in causal order, in which events of
//! different CPUs may change places. It loses what it is told to lose, and tells of that once.

use super::host::OWN;
use super::pid;
use crate::model::{Comm, Mono, Pid};
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
    /// When something last happened that no socket of ours will tell of.
    pub missed: Option<Mono>,
    /// What this socket lost.
    pub dropped: u32,
    /// Somebody else takes the error that tells of a loss.
    pub secretive: bool,
    /// This kernel never sends anything.
    pub deaf: bool,
    /// Neighbours of different processes change places, as those of different CPUs may.
    pub reorder: bool,
}

impl Queue {
    pub(super) fn push(&mut self, at: Mono, what: What) {
        if !self.listening || self.deaf || self.losing {
            self.missed = Some(at);
        }
        if !self.listening || self.deaf {
            return;
        }
        if self.losing {
            self.overrun = !self.secretive;
            self.dropped += 1;
            return;
        }
        self.events.push_back(Event { at, cpu: 0, what });
    }

    pub(super) fn open(&mut self) {
        (self.open, self.listening, self.losing, self.overrun, self.dropped) = (true, false, false, false, 0);
        self.missed = self.missed.max(self.events.drain(..).map(|event| event.at).max());
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
        let independent = match (self.events.front(), self.events.get(1)) {
            (Some(a), Some(b)) => of(a).iter().flatten().all(|pid| !of(b).contains(&Some(*pid))),
            _ => false,
        };
        self.events.remove(usize::from(self.reorder && independent))
    }

    /// An overrun is told when the queue has been drained.
    pub(super) fn take_overrun(&mut self) -> bool {
        self.events.is_empty() && std::mem::take(&mut self.overrun)
    }
}

/// Whom an event concerns.
fn of(event: &Event) -> [Option<Pid>; 2] {
    match event.what {
        What::Fork { parent, child, .. } => [Some(parent), Some(child)],
        What::Exec { pid, .. } | What::Uid { pid, .. } | What::Comm { pid, .. } | What::Exit { pid, .. } => {
            [Some(pid), None]
        }
        What::Ack { .. } | What::Other { .. } => [None, None],
    }
}
