//! Where sightings come from: the kernel's events when there are any, scans alone when there are none. A source is live
//! only once an event has proved it: open → listen → ack → canary → heard. Every wait has a deadline, every failure
//! ends in polling with one line that says why, and after a loss a full scan makes good for what was missed.

mod losses;
mod resync;
mod state;
mod steps;

use super::effect::{Effect, Effects};
use super::input::SourceRefusal;
use crate::model::Mono;
use crate::model::record::{Record, SourceRecord};
use crate::model::snapshot::SourceView;
use crate::wire::event::What;
use losses::Losses;
use resync::Resync;
use state::{ATTEMPTS, State};
pub(super) use state::{Change, Trouble};

#[derive(Debug)]
pub(super) struct Source {
    state: State,
    /// Asked for and, once there is a socket, reached.
    buffer: (usize, usize),
    attempts_left: u8,
    number: u32,
    was_live: bool,
    resync: Resync,
    losses: Losses,
    /// What the operator was told last is that events are lost or do not come.
    told_of_trouble: bool,
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
            resync: Resync::default(),
            losses: Losses::default(),
            told_of_trouble: false,
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
        let overrun = self.losses.overrun();
        self.tell_loss(now, overrun, fx);
        self.lost(now, refusal("events came faster than they could be read"), fx)
    }

    /// The answer to `Effect::CountDrops`. Of drops that were told this socket knows nothing: it was opened after them.
    pub(super) fn dropped(&mut self, now: Mono, count: u32, fx: &mut Effects) -> Change {
        if count == 0 { Change::None } else { self.overrun(now, fx) }
    }

    /// The socket failed, or could not send the request.
    pub(super) fn broken(&mut self, now: Mono, refusal: SourceRefusal, fx: &mut Effects) -> Change {
        if self.is_live() {
            self.tell_loss(now, SourceRecord::Interrupted { why: refusal.why.clone() }, fx);
        }
        self.lost(now, refusal, fx)
    }

    /// A scan is a good moment to ask for losses that nobody told of: an error that something else took from the socket.
    pub(super) fn scan_began(&mut self, now: Mono, full: bool, fx: &mut Effects) {
        self.resync.scan_began(now, full && self.is_live());
        if self.is_live() {
            fx.want(Effect::CountDrops);
        }
    }

    pub(super) fn scan_ended(&mut self, now: Mono, well: bool, fx: &mut Effects) {
        if self.resync.scan_ended(now, well) && std::mem::take(&mut self.told_of_trouble) {
            fx.record(Record::Source(SourceRecord::Recovered));
        }
    }

    /// Receive what is queued before a tick: an ack or an event that has come must not be given up.
    pub(super) fn tick(&mut self, now: Mono, fx: &mut Effects) -> Change {
        let due = |deadline: Option<Mono>| deadline.is_some_and(|deadline| deadline <= now);
        if let Some(summary) = self.losses.summary(now) {
            self.told_of_trouble |= self.trouble().is_some();
            fx.record(Record::Source(summary));
        }
        let change = if due(self.state.deadline()) { self.expired(now, fx) } else { Change::None };
        if self.is_live() && due(self.resync.deadline()) {
            self.resync.asked();
            return Change::Resync;
        }
        change
    }

    pub(super) fn deadline(&self) -> Option<Mono> {
        let resync = self.resync.deadline().filter(|_| self.is_live());
        [self.state.deadline(), self.losses.deadline(), resync].into_iter().flatten().min()
    }

    /// What is worse than it was here: not where events were never to be had, or not wanted.
    pub(super) fn trouble(&self) -> Option<Trouble<'_>> {
        match &self.polling {
            _ if !self.was_live => None,
            Some(why) => Some(Trouble::LostPolling { why }),
            None => self.resync.is_pending().then_some(Trouble::Resyncing),
        }
    }

    pub(super) fn view(&self) -> SourceView {
        match (&self.polling, self.is_live()) {
            (Some(why), _) => SourceView::Polling { why: why.clone(), lost: self.was_live },
            (None, true) => SourceView::Live { buffer: self.buffer.1, resync: self.resync.is_pending() },
            (None, false) => SourceView::Connecting,
        }
    }

    pub(super) fn overruns(&self) -> u64 {
        self.losses.overruns()
    }

    /// How often a scan has made good for losses.
    pub(super) fn resyncs(&self) -> u64 {
        self.resync.done()
    }

    pub(super) fn is_live(&self) -> bool {
        self.state.is_live()
    }

    /// Why there are no events; `None` while live or connecting.
    #[cfg(test)]
    pub(super) fn polling(&self) -> Option<&str> {
        self.polling.as_deref()
    }
}

fn refusal(why: &str) -> SourceRefusal {
    SourceRefusal { why: why.to_owned(), may_heal: true }
}

#[cfg(test)]
mod tests;
