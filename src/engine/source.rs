//! Where sightings come from: the kernel's events when there are any, scans alone when there are none. A source is live
//! only once an event has proved it: open → listen → ack → canary → heard. Every wait has a deadline, every failure
//! ends in polling with one line that says why.

mod state;
mod steps;

use super::effect::{Effect, Effects};
use super::health::Trouble;
use super::input::SourceRefusal;
use crate::model::Mono;
use crate::model::record::{Record, SourceRecord};
use crate::wire::event::What;
pub(super) use state::Change;
use state::{ATTEMPTS, State};

#[derive(Debug)]
pub(super) struct Source {
    state: State,
    /// Asked for and, once there is a socket, reached.
    buffer: (usize, usize),
    attempts_left: u8,
    number: u32,
    was_live: bool,
    /// Events may have been missed since the last time that all was well.
    gap: bool,
    overruns: u64,
    /// The operator counts on events here.
    expected: bool,
    /// Why it polls, while that is what the operator was told last.
    polling: Option<String>,
}

impl Source {
    /// `poll_only`: the operator's reason to do without events. `buffer`: bytes of receive buffer to ask for.
    pub(super) fn new(poll_only: Option<String>, buffer: usize) -> Source {
        Source {
            state: State::Idle,
            buffer: (buffer, 0),
            attempts_left: 0,
            number: 0,
            was_live: false,
            gap: false,
            overruns: 0,
            expected: false,
            polling: poll_only,
        }
    }

    /// Without events something is wrong on this host, not merely slower.
    pub(super) fn expecting(self, expected: bool) -> Source {
        Source { expected, ..self }
    }

    /// Begins; the first scan belongs after the first `Change` that is not `None`.
    pub(super) fn start(&mut self, now: Mono, fx: &mut Effects) -> Change {
        match &self.polling {
            _ if self.state != State::Idle => Change::None,
            Some(why) => {
                let told = SourceRecord::Polling { why: why.clone(), chosen: true, expected: false };
                fx.record(Record::Source(told));
                self.state = State::Polling { retry: None };
                Change::Polling
            }
            None => {
                self.attempts_left = ATTEMPTS;
                self.open(now, fx);
                Change::None
            }
        }
    }

    /// The answer to `Effect::OpenSource`.
    pub(super) fn opened(
        &mut self,
        now: Mono,
        result: Result<usize, SourceRefusal>,
        fx: &mut Effects,
    ) -> Change {
        match (self.state, result) {
            (State::Opening { .. }, Ok(reached)) => {
                self.buffer.1 = reached;
                self.listen(now, false, fx);
                Change::None
            }
            (State::Opening { .. }, Err(refusal)) => self.fail(now, refusal, fx),
            // Opened so late that it was given up.
            (State::Polling { .. }, Ok(_)) => {
                fx.want(Effect::CloseSource);
                Change::None
            }
            _ => Change::None,
        }
    }

    /// The answer to `Effect::Narrow`. Without the filter there is more to read, and nothing is missed.
    pub(super) fn narrowed(&mut self, result: Result<(), SourceRefusal>, fx: &mut Effects) {
        if let Err(SourceRefusal { why, .. }) = result {
            fx.record(Record::Source(SourceRecord::Wide { why }));
        }
    }

    /// Every event goes through here, acks too.
    pub(super) fn heard(&mut self, now: Mono, what: &What, fx: &mut Effects) -> Change {
        match (self.state, what) {
            (State::Listening { number, .. }, What::Ack { to, errno }) if *to == number => {
                self.acknowledged(now, *errno, fx)
            }
            (_, What::Ack { .. }) => Change::None,
            (State::Live { .. } | State::Checking { .. }, _) => {
                self.state = State::Live { heard: now };
                Change::None
            }
            (State::Proving { .. }, _) => self.live(now, fx),
            _ => Change::None,
        }
    }

    /// The kernel dropped events. A new socket, because some kernels of 6.6 never send to the old one again.
    pub(super) fn overrun(&mut self, now: Mono, fx: &mut Effects) -> Change {
        self.overruns += 1;
        fx.record(Record::Source(SourceRecord::Overrun { total: self.overruns }));
        self.lost(now, refusal("events came faster than they could be read"), fx)
    }

    /// The socket failed, or could not send the request.
    pub(super) fn broken(&mut self, now: Mono, refusal: SourceRefusal, fx: &mut Effects) -> Change {
        if self.is_live() {
            fx.record(Record::Source(SourceRecord::Interrupted { why: refusal.why.clone() }));
        }
        self.lost(now, refusal, fx)
    }

    /// Receive what is queued before a tick: an ack or an event that has come must not be given up.
    pub(super) fn tick(&mut self, now: Mono, fx: &mut Effects) -> Change {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.expired(now, fx)
        } else {
            Change::None
        }
    }

    pub(super) fn deadline(&self) -> Option<Mono> {
        self.state.deadline()
    }

    pub(super) fn is_live(&self) -> bool {
        self.state.is_live()
    }

    /// What is wrong with a source that was live; where events were never to be had, nothing is.
    pub(super) fn trouble(&self) -> Option<Trouble> {
        match self.state {
            _ if !self.was_live || self.is_live() => None,
            State::Polling { .. } => Some(Trouble::Lost),
            _ if self.polling.is_some() => Some(Trouble::Lost),
            _ => Some(Trouble::Resyncing),
        }
    }

    /// Why there are no events; `None` while live or connecting.
    #[cfg(test)]
    pub(super) fn polling(&self) -> Option<&str> {
        self.polling.as_deref()
    }

    #[cfg(test)]
    pub(super) fn overruns(&self) -> u64 {
        self.overruns
    }
}

fn refusal(why: &str) -> SourceRefusal {
    SourceRefusal { why: why.to_owned(), may_heal: true }
}

#[cfg(test)]
mod tests;
