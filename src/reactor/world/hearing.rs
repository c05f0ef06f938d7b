//! The socket of the kernel's events: opened, heard a bounded number of datagrams each round, closed.

use super::{SOURCE, Tell, World};
use crate::engine::input::{Input, SourceRefusal};
use crate::model::Mono;
use crate::sys::clock;
use crate::sys::connector::refusal::Refusal;
use crate::sys::connector::{Connector, Drained};
use mio::Interest;
use std::io;

/// Datagrams received in one round.
const EVENTS_A_ROUND: usize = 256;

impl World {
    /// Whether all is heard that happened until then, or will never be.
    pub(super) fn has_heard(&self, until: Mono) -> bool {
        !self.source_has_more || self.heard >= until
    }

    pub(super) fn receive(&mut self, tell: Tell<'_>) {
        let Some(source) = &mut self.source else { return };
        let mut events = 0;
        let drained = source.receive(EVENTS_A_ROUND, |event| {
            events += 1;
            self.heard = self.heard.max(event.at);
            tell(Input::Event(event));
        });
        self.source_has_more = drained == Drained::More;
        self.is_crowded = drained == Drained::Empty && self.crowd.met(events, clock::mono());
        match drained {
            Drained::Empty | Drained::More => {}
            Drained::Overrun => tell(Input::Overrun),
            Drained::Broken(errno) => {
                let why = format!("receiving events failed: {}", io::Error::from_raw_os_error(errno));
                tell(Input::SourceBroken(SourceRefusal { why, may_heal: true }));
            }
        }
    }

    pub(super) fn open_source(&mut self, buffer: usize) -> Result<usize, SourceRefusal> {
        let (mut source, reached) = Connector::open(buffer).map_err(told)?;
        let unpolled =
            |e| SourceRefusal { why: format!("the event socket cannot be polled: {e}"), may_heal: true };
        self.poll.registry().register(&mut source, SOURCE, Interest::READABLE).map_err(unpolled)?;
        self.source = Some(source);
        Ok(reached)
    }

    pub(super) fn close_source(&mut self) {
        self.source_has_more = false;
        if let Some(mut source) = self.source.take() {
            let _ = self.poll.registry().deregister(&mut source);
        }
    }
}

pub(super) fn told(refusal: Refusal) -> SourceRefusal {
    SourceRefusal { why: refusal.to_string(), may_heal: refusal.may_heal() }
}
