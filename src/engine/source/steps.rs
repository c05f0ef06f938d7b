//! The steps between the states of the source: each leaves it in a state with a deadline, live, or polling.

use super::state::{ACK, ATTEMPTS, Change, PROOF, RETRY, State};
use super::{Source, refusal};
use crate::engine::effect::{Effect, Effects};
use crate::engine::input::SourceRefusal;
use crate::model::Mono;
use crate::model::record::{Record, SourceRecord};

const NOT_ANSWERED: &str = "the kernel did not answer the request for process events: this is not the initial pid and user \
    namespace; run in the host's (hostPID, --pid=host, no user namespace)";
const FORBIDDEN: &str = "the kernel refused the request for process events: CAP_NET_ADMIN is missing";
const NO_EVENTS: &str = "the kernel acknowledged the request for process events but sends none";
const SILENT: &str =
    "no process event comes any more, not even our own: another program may have ended them for all";
const NOT_OPENED: &str = "the connector's socket was not opened in time";

const EPERM: u32 = 1;

impl Source {
    /// In place of the socket that is open now, if any.
    pub(super) fn open(&mut self, now: Mono, fx: &mut Effects) {
        self.attempts_left = self.attempts_left.saturating_sub(1);
        self.number = number_after(self.number, now);
        self.state = State::Opening { until: now + PROOF };
        fx.want(Effect::OpenSource { buffer: self.buffer.0 });
    }

    /// A repeated request keeps its number: the ack to the first one, come late, is as good.
    pub(super) fn listen(&mut self, now: Mono, last: bool, fx: &mut Effects) {
        self.state = State::Listening { number: self.number, until: now + ACK, last };
        fx.want(Effect::Listen { seq: self.number });
    }

    /// The canary comes after the filter, so that it proves the filter too.
    pub(super) fn acknowledged(&mut self, now: Mono, errno: u32, fx: &mut Effects) -> Change {
        match errno {
            0 => {
                self.state = State::Proving { until: now + PROOF };
                fx.want(Effect::Narrow);
                fx.want(Effect::Canary);
                Change::None
            }
            EPERM => self.fail(now, SourceRefusal { may_heal: false, ..refusal(FORBIDDEN) }, fx),
            errno => {
                let why = format!("the kernel refused the request for process events: errno {errno}");
                self.fail(now, SourceRefusal { why, may_heal: true }, fx)
            }
        }
    }

    pub(super) fn live(&mut self, now: Mono, fx: &mut Effects) -> Change {
        self.state = State::Live { heard: now };
        self.attempts_left = ATTEMPTS;
        self.polling = None;
        if !std::mem::replace(&mut self.was_live, true) {
            self.told_of_trouble = false;
            fx.record(Record::Source(SourceRecord::Live { buffer: self.buffer.1 }));
        }
        Change::Live
    }

    pub(super) fn tell_loss(&mut self, now: Mono, loss: SourceRecord, fx: &mut Effects) {
        if self.losses.is_news(now) {
            self.told_of_trouble = true;
            fx.record(Record::Source(loss));
        }
    }

    /// The open socket is of no use any more. Without one there is nothing to lose: the answer to its opening decides.
    pub(super) fn lost(&mut self, now: Mono, refusal: SourceRefusal, fx: &mut Effects) -> Change {
        match self.state {
            State::Idle | State::Opening { .. } | State::Polling { .. } => Change::None,
            State::Listening { .. } | State::Proving { .. } | State::Live { .. } | State::Checking { .. } => {
                self.resync.missed();
                self.fail(now, refusal, fx)
            }
        }
    }

    /// Another socket, or polling when that was tried or cannot help.
    pub(super) fn fail(&mut self, now: Mono, refusal: SourceRefusal, fx: &mut Effects) -> Change {
        if refusal.may_heal && self.attempts_left > 0 {
            self.open(now, fx);
            return Change::None;
        }
        fx.want(Effect::CloseSource);
        self.resync.missed();
        self.state = State::Polling { retry: refusal.may_heal.then(|| now + RETRY) };
        let SourceRefusal { why, .. } = refusal;
        let known = self.polling.replace(why.clone());
        if known.as_ref() != Some(&why) {
            self.told_of_trouble = true;
            fx.record(Record::Source(SourceRecord::Polling { why, chosen: false, expected: self.expected }));
        }
        if known.is_some() { Change::None } else { Change::Polling }
    }

    pub(super) fn expired(&mut self, now: Mono, fx: &mut Effects) -> Change {
        match self.state {
            State::Idle | State::Polling { retry: None } => Change::None,
            State::Opening { .. } => self.fail(now, refusal(NOT_OPENED), fx),
            State::Listening { last: false, .. } => {
                self.listen(now, true, fx);
                Change::None
            }
            // A namespace that has never answered will not; one that has is worth another socket.
            State::Listening { .. } => {
                self.fail(now, SourceRefusal { may_heal: self.was_live, ..refusal(NOT_ANSWERED) }, fx)
            }
            State::Proving { .. } => self.fail(now, refusal(NO_EVENTS), fx),
            State::Live { .. } => {
                self.state = State::Checking { until: now + PROOF };
                fx.want(Effect::Canary);
                Change::None
            }
            State::Checking { .. } => {
                self.resync.missed();
                self.tell_loss(now, SourceRecord::Interrupted { why: SILENT.to_owned() }, fx);
                self.listen(now, true, fx);
                Change::None
            }
            // With no attempt left after this one: a minute is pause enough.
            State::Polling { retry: Some(_) } => {
                self.open(now, fx);
                Change::None
            }
        }
    }
}

/// Acks go to all listeners: a number that others are unlikely to use, not the last one, and never zero, which is
/// that of every IGNORE.
fn number_after(last: u32, now: Mono) -> u32 {
    let number = (now.0 ^ (now.0 >> 32)) as u32 | 1;
    if number == last { number ^ 2 } else { number }
}
