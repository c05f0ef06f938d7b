//! What goes over the wire: in small pieces, each way until the kernel says enough.

use super::{FOR_A_PARTING, FOR_A_REQUEST, FOR_THE_NEXT, Guest, LONGEST_REQUEST, Leaving};
use crate::model::Mono;
use std::io::{ErrorKind, Read, Write};

/// Taken in at a time.
const A_READ: usize = 4096;

impl Guest {
    /// Takes in what there is room for.
    pub(in super::super) fn read(&mut self, now: Mono) {
        let mut piece = [0; A_READ];
        let room = match self.leaving {
            Leaving::Parting => A_READ,
            Leaving::Soon => 0,
            // One that does not take its answers asks nothing more.
            Leaving::Not if !self.outbox.is_empty() => 0,
            Leaving::Not => A_READ.min(LONGEST_REQUEST - self.inbox.len()),
        };
        if !self.readable || room == 0 {
            return;
        }
        match self.stream.read(&mut piece[..room]) {
            Ok(0) => (self.readable, self.ended) = (false, true),
            Ok(_) if self.leaving == Leaving::Parting => {}
            Ok(came) => {
                if self.inbox.is_empty() {
                    self.deadline = now + FOR_A_REQUEST;
                }
                self.inbox.extend_from_slice(&piece[..came]);
                self.unheard = true;
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => self.readable = false,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => self.broken = true,
        }
    }

    /// Sends what can be sent, and parts from one that leaves and has everything.
    pub(in super::super) fn write(&mut self, now: Mono) {
        while self.writable && self.sent < self.outbox.len() {
            match self.stream.write(&self.outbox[self.sent..]) {
                Ok(sent) => self.sent += sent,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => self.writable = false,
                Err(_) => return self.broken = true,
            }
        }
        if self.sent > 0 && self.sent == self.outbox.len() {
            (self.outbox, self.sent, self.served) = (Vec::new(), 0, now);
            self.deadline = now + if self.inbox.is_empty() { FOR_THE_NEXT } else { FOR_A_REQUEST };
        }
        if self.leaving == Leaving::Soon && self.outbox.is_empty() && self.owed == 0 {
            self.leaving = Leaving::Parting;
            self.deadline = now + FOR_A_PARTING;
            self.broken |= self.stream.end().is_err();
        }
    }
}
