//! When the prober is asked. A name that nobody is in a hurry for is asked for only after a pause, most such processes
//! being gone by then; a description, which is for the log, when the process is attached: where threads share a
//! processor, reading it took it from the governor in the middle of its work.

use crate::engine::Engine;
use crate::model::{Identity, Mono, Pid};
use crate::sys::inquiry::Inquiry;
use crate::sys::prober::{Answer, Prober, Question};
use std::collections::VecDeque;
use std::time::Duration;

/// What a short process lives: its end is heard of first, and no other thread is woken for it. As long a target's
/// command line may wait for an attachment that the kernel holds up.
const PAUSE: Duration = Duration::from_millis(2);

#[derive(Debug)]
pub(super) struct Asking {
    prober: Prober,
    /// Names to ask for, and when at the latest.
    names: VecDeque<(Mono, Pid)>,
    descriptions: VecDeque<(Mono, Identity)>,
    /// Attachments under way.
    attaching: usize,
}

impl Asking {
    pub(super) fn of(prober: Prober) -> Asking {
        Asking { prober, names: VecDeque::new(), descriptions: VecDeque::new(), attaching: 0 }
    }

    pub(super) fn name(&mut self, pid: Pid, soon: bool, now: Mono) {
        if soon {
            self.prober.ask(Question::Name(pid));
        } else {
            self.names.push_back((now + PAUSE, pid));
        }
    }

    pub(super) fn description(&mut self, identity: Identity, soon: bool, now: Mono) {
        if soon {
            self.prober.ask(Question::Argv(identity));
        } else {
            self.descriptions.push_back((now + PAUSE, identity));
        }
    }

    /// Somebody waits for it.
    pub(super) fn rest(&mut self, inquiry: Box<Inquiry>) {
        self.prober.ask(Question::Rest(inquiry));
    }

    pub(super) fn attachment_begins(&mut self) {
        self.attaching += 1;
    }

    pub(super) fn attachment_ended(&mut self) {
        self.attaching = self.attaching.saturating_sub(1);
    }

    /// Asks what is due, where the answer still matters. A name that is awaited no more is dropped before, so that nobody
    /// is woken for it.
    pub(super) fn ask_due(&mut self, now: Mono, engine: &Engine) {
        while let Some(&(at, pid)) = self.names.front() {
            let awaited = engine.awaits_name(pid);
            if awaited && at > now {
                break;
            }
            self.names.pop_front();
            if awaited {
                self.prober.ask(Question::Name(pid));
            }
        }
        while let Some(&(_, identity)) =
            self.descriptions.front().filter(|(at, _)| self.attaching == 0 || *at <= now)
        {
            self.descriptions.pop_front();
            self.prober.ask(Question::Argv(identity));
        }
    }

    pub(super) fn next_answer(&mut self) -> Option<Answer> {
        self.prober.next_answer()
    }

    /// Reads that are stuck, each answered for.
    pub(super) fn stuck(&mut self, now: Mono, tell: impl FnMut(Answer, Pid, bool)) {
        self.prober.stuck(now, tell);
    }

    pub(super) fn next_deadline(&self, now: Mono) -> Option<Mono> {
        let name = self.names.front().map(|(at, _)| *at);
        let description = self.descriptions.front().map(|(at, _)| *at);
        name.into_iter().chain(description).chain(self.prober.next_check(now)).min()
    }
}
