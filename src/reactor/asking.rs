//! When the prober is asked, and when its answers are fetched. A name that nobody is in a hurry for is asked for only
//! after a pause, most such processes being gone by then; a description is fetched only when no attachment would be
//! disturbed by the telling of it.

use crate::engine::Engine;
use crate::model::{Identity, Mono, Pid};
use crate::sys::prober::{Answer, Prober, Question};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// What a short process lives: its end is heard of first, and no other thread is woken for it.
const PAUSE: Duration = Duration::from_millis(2);

/// How long a description may lie ready while processes are being attached.
const FETCH: Duration = Duration::from_millis(5);

#[derive(Debug)]
pub(super) struct Asking {
    prober: Prober,
    /// Names to ask for, and when.
    unhurried: VecDeque<(Mono, Pid)>,
    /// Descriptions that were asked for and not fetched.
    descriptions: usize,
    fetch: Option<Mono>,
    /// Attachments under way. While there are any, the prober does not wake us for a description: where threads share a
    /// processor, telling the discovery took it from the governor for longer than the rest of its work. The governor's
    /// own answer wakes us soon enough.
    attaching: Arc<AtomicUsize>,
}

impl Asking {
    pub(super) fn of(prober: Prober, attaching: Arc<AtomicUsize>) -> Asking {
        Asking { prober, unhurried: VecDeque::new(), descriptions: 0, fetch: None, attaching }
    }

    pub(super) fn name(&mut self, pid: Pid, soon: bool, now: Mono) {
        if soon {
            self.prober.ask(Question::Name(pid));
        } else {
            self.unhurried.push_back((now + PAUSE, pid));
        }
    }

    pub(super) fn description(&mut self, identity: Identity, now: Mono) {
        self.descriptions += 1;
        self.fetch = self.fetch.or(Some(now + FETCH));
        self.prober.ask(Question::Argv(identity));
    }

    pub(super) fn attachment_begins(&self) {
        self.attaching.fetch_add(1, Ordering::SeqCst);
    }

    /// Before the answers are fetched: a description that came while this stood in its way is among them.
    pub(super) fn attachment_ended(&self) {
        self.attaching.fetch_sub(1, Ordering::SeqCst);
    }

    /// Asks for the names whose time has come. Those whose answer matters no more are dropped before, so that nobody is
    /// woken for them.
    pub(super) fn ask_due(&mut self, now: Mono, engine: &Engine) {
        while let Some(&(at, pid)) = self.unhurried.front() {
            let awaited = engine.awaits_name(pid);
            if awaited && at > now {
                return;
            }
            self.unhurried.pop_front();
            if awaited {
                self.prober.ask(Question::Name(pid));
            }
        }
    }

    pub(super) fn has_to_fetch(&self, now: Mono) -> bool {
        self.fetch.is_some_and(|at| at <= now)
    }

    pub(super) fn fetch(&mut self, now: Mono, mut tell: impl FnMut(Answer)) {
        while let Some(answer) = self.prober.next_answer() {
            self.descriptions -= usize::from(matches!(answer, Answer::Argv { .. }));
            tell(answer);
        }
        self.fetch = (self.descriptions > 0).then_some(now + FETCH);
    }

    /// Reads that are stuck, each answered for.
    pub(super) fn stuck(&mut self, now: Mono, mut tell: impl FnMut(Answer, Pid, bool)) {
        self.prober.stuck(now, |answer, pid, replaced| {
            self.descriptions -= usize::from(matches!(answer, Answer::Argv { .. }));
            tell(answer, pid, replaced);
        });
    }

    pub(super) fn next_deadline(&self, now: Mono) -> Option<Mono> {
        let name = self.unhurried.front().map(|(at, _)| *at);
        name.into_iter().chain(self.fetch).chain(self.prober.next_check(now)).min()
    }
}
