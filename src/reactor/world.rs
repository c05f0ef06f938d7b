//! Carries out effects and collects what comes back: the engine's one partner in conversation. It decides nothing.

mod hearing;
mod inquiring;
mod walking;
mod watching;

use super::asking::Asking;
use super::desk::{Desk, Eyes};
use crate::config::policy::ArgvInLog;
use crate::engine::effect::{Effect, Effects, Task};
use crate::engine::input::{Input, Reply, Ticket};
use crate::engine::inquiry::Found;
use crate::engine::{Engine, UNDER_WAY};
use crate::model::record::Record;
use crate::model::{JobId, Mono};
use crate::sys::alarms::Alarms;
use crate::sys::clerk::{Clerk, Done, Errand, Ways};
use crate::sys::clock;
use crate::sys::connector::{Connector, canary};
use crate::sys::crowd::{self, Crowd};
use crate::sys::ends::Ends;
use crate::sys::governor::Governor;
use crate::sys::governor::worker::Worker;
use crate::sys::inquiry::Inquiry;
use crate::sys::notify::Notifier;
use crate::sys::prober::{Answer, Prober};
use crate::sys::proc::Proc;
use crate::sys::signals::{Wish, Wishes};
use hearing::told;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;
use walking::{Scan, scan_failure};

const SOURCE: Token = Token(0);
const WAKE: Token = Token(1);
const WISHES: Token = Token(2);
const GROUPS: Token = Token(3);
const ALARMS: Token = Token(4);
const FIRST_PIDFD: usize = 16;
/// No host lives to see as many processes governed.
const FIRST_CLIENT: usize = 1 << 48;

/// The clock's own corrections are shorter.
const A_SLEEP: Duration = Duration::from_secs(1);

pub(super) type Tell<'t> = &'t mut dyn FnMut(Input<'_>);

/// What a world is made of.
#[derive(Debug)]
pub struct Parts {
    pub proc: PathBuf,
    /// `None`: nothing is ever governed.
    pub governor: Option<Governor>,
    pub wishes: Wishes,
    pub notifier: Notifier,
    pub ways: Ways,
    /// Records of threads that are none of ours. Wake us when there are any.
    pub news: Receiver<Record>,
}

#[derive(Debug)]
pub struct World {
    poll: Poll,
    events: Events,
    proc: Proc,
    source: Option<Connector>,
    /// The poll tells of new events only once: what was left unread is remembered here.
    source_has_more: bool,
    /// When the latest event happened that was received.
    heard: Mono,
    crowd: Crowd,
    is_crowded: bool,
    scan: Option<Scan>,
    asking: Asking,
    governor: Option<Worker>,
    clerk: Clerk,
    ends: Ends,
    alarms: Alarms,
    wishes: Wishes,
    notifier: Notifier,
    news: Receiver<Record>,
    wake: Arc<mio::Waker>,
    jobs_folder: PathBuf,
    /// Answers that came up while something else was asked.
    early: Vec<Early>,
    /// What was found out about processes that were asked about.
    found: Vec<(Ticket, Found)>,
    shown_alive: Mono,
    /// What the engine knows that the machine has slept.
    asleep: Duration,
    stopped: bool,
}

/// What the last poll found.
#[derive(Debug, Default)]
pub(super) struct Ready {
    source: bool,
    wishes: bool,
    answers: bool,
    groups: bool,
    alarms: bool,
    pidfds: Vec<Token>,
}

impl Ready {
    /// Each is told once: what one event has noted no other may take back. `wakes_for_wishes`: they have no event of their own.
    fn note(&mut self, token: Token, wakes_for_wishes: bool, is_desks: impl FnOnce() -> bool) {
        match token {
            SOURCE => self.source = true,
            WAKE => {
                self.answers = true;
                self.wishes |= wakes_for_wishes;
            }
            WISHES => self.wishes = true,
            GROUPS => self.groups = true,
            ALARMS => self.alarms = true,
            _ if is_desks() => {}
            pidfd => self.pidfds.push(pidfd),
        }
    }
}

#[derive(Debug)]
enum Early {
    Emptied(JobId),
    UnitGone(JobId),
    Gone(crate::model::Identity),
    Clerk(Done),
}

impl World {
    pub fn new(parts: Parts) -> io::Result<World> {
        let poll = Poll::new()?;
        let registry = poll.registry();
        let wake = Arc::new(mio::Waker::new(registry, WAKE)?);
        if let Some(fd) = parts.wishes.fd() {
            registry.register(&mut SourceFd(&fd), WISHES, Interest::READABLE)?;
        }
        let for_governor = Arc::clone(&wake);
        let work = |governor| Worker::start(governor, UNDER_WAY, move || drop(for_governor.wake()));
        Ok(World {
            proc: Proc::open(&parts.proc)?,
            source: None,
            source_has_more: false,
            heard: Mono::default(),
            crowd: Crowd::default(),
            is_crowded: false,
            scan: None,
            asking: Asking::of(Prober::start(parts.proc.clone(), Arc::clone(&wake))?),
            governor: parts.governor.map(work).transpose()?,
            clerk: Clerk::start(parts.ways, Arc::clone(&wake))?,
            ends: Ends::new(registry, GROUPS, FIRST_PIDFD)?,
            alarms: Alarms::new(registry, ALARMS)?,
            wishes: parts.wishes,
            notifier: parts.notifier,
            news: parts.news,
            wake,
            jobs_folder: PathBuf::new(),
            early: Vec::new(),
            found: Vec::new(),
            shown_alive: Mono::default(),
            asleep: clock::asleep(),
            stopped: false,
            events: Events::with_capacity(256),
            poll,
        })
    }

    /// The desk for those who ask, on the same poll.
    pub fn desk(&self, own_uid: u32, argv: ArgvInLog, eyes: Eyes) -> io::Result<Desk> {
        Ok(Desk::new(self.poll.registry().try_clone()?, FIRST_CLIENT, own_uid, argv, eyes))
    }

    /// Ends a sleep of the loop, from another thread.
    pub fn waker(&self) -> Arc<mio::Waker> {
        Arc::clone(&self.wake)
    }

    pub(super) fn poll(
        &mut self,
        ready: &mut Ready,
        mut desk: Option<&mut Desk>,
        timeout: Option<Duration>,
    ) -> io::Result<()> {
        let crowded = std::mem::take(&mut self.is_crowded);
        if crowded && timeout.is_none_or(|timeout| !timeout.is_zero()) {
            crowd::gather();
        }
        match self.poll.poll(&mut self.events, timeout) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            other => other?,
        }
        for event in &self.events {
            let is_desks = || desk.as_mut().is_some_and(|desk| desk.woken(event));
            ready.note(event.token(), self.wishes.fd().is_none(), is_desks);
        }
        Ok(())
    }

    /// Hands over what has come in, a bounded amount of each kind.
    pub(super) fn deliver(&mut self, ready: &mut Ready, tell: Tell<'_>) {
        let slept = clock::asleep().saturating_sub(self.asleep);
        if slept >= A_SLEEP {
            self.asleep += slept;
            tell(Input::Slept(slept));
        }
        if std::mem::take(&mut ready.wishes) {
            while let Some(wish) = self.wishes.next_one() {
                tell(match wish {
                    Wish::Reload => Input::Reload,
                    Wish::Terminate(why) => Input::Terminate(why),
                });
            }
        }
        if std::mem::take(&mut ready.source) || self.source_has_more {
            self.receive(tell);
        }
        if std::mem::take(&mut ready.answers) {
            self.answers(tell);
        }
        for token in ready.pidfds.drain(..) {
            if let Some(identity) = self.ends.ended(self.poll.registry(), token) {
                tell(Input::Exited(identity));
            }
        }
        self.tell_alarms(std::mem::take(&mut ready.alarms), tell);
        if std::mem::take(&mut ready.groups) {
            self.tell_emptied(tell);
        }
        for early in std::mem::take(&mut self.early) {
            match early {
                Early::Emptied(job) => tell(Input::Emptied(job)),
                Early::UnitGone(job) => tell(Input::UnitGone(job)),
                Early::Gone(identity) => tell(Input::Exited(identity)),
                Early::Clerk(done) => deliver_done(done, tell),
            }
        }
    }

    fn answers(&mut self, tell: Tell<'_>) {
        while let Some((reply, pidfd)) = self.governor.as_ref().and_then(Worker::try_recv) {
            if matches!(reply, Reply::Attached(_)) {
                self.asking.attachment_ended();
            }
            self.before_telling(&reply, pidfd);
            tell(Input::Governed(reply));
        }
        while let Some(answer) = self.asking.next_answer() {
            self.found.extend(deliver_answer(answer, tell));
        }
        while let Some(done) = self.clerk.next_done() {
            deliver_done(done, tell);
        }
    }

    pub(super) fn carry_out(&mut self, effect: Effect, tell: Tell<'_>) {
        match effect {
            Effect::OpenSource { buffer } => {
                self.close_source();
                let opened = self.open_source(buffer);
                tell(Input::SourceOpened(opened));
            }
            Effect::Listen { seq } => {
                if let Some(Err(refusal)) = self.source.as_mut().map(|source| source.listen(seq)) {
                    tell(Input::SourceBroken(told(refusal)));
                }
            }
            Effect::Narrow => {
                if let Some(result) = self.source.as_ref().map(Connector::narrow) {
                    tell(Input::SourceNarrowed(result.map_err(told)));
                }
            }
            Effect::CloseSource => self.close_source(),
            // If it cannot be sent it will not come back, which is what the source watches for.
            Effect::Canary => drop(canary()),
            // Where it cannot be asked, the other signs of a loss remain.
            Effect::CountDrops => {
                if let Some(Ok(count)) = self.source.as_ref().map(Connector::drops) {
                    tell(Input::Dropped(count));
                }
            }
            Effect::Look { pid, wants } => {
                let look = self.proc.look(pid, wants);
                tell(Input::Looked { pid, look: look.as_ref() });
            }
            Effect::Sight { pid } => tell(Input::Sighted { pid, seen: self.proc.sight(pid) }),
            Effect::ReadName { pid, soon } => self.asking.name(pid, soon, clock::mono()),
            Effect::ReadArgv { identity, soon } => self.asking.description(identity, soon, clock::mono()),
            Effect::Scan(depth) => match self.proc.walk(depth) {
                Ok(walk) => self.scan = Some(Scan::of(walk)),
                Err(errno) => tell(Input::ScanEnded(Err(scan_failure(errno)))),
            },
            // The engine has no more under way than the channel holds.
            Effect::Govern(task) => {
                if matches!(task, Task::Attach(_)) {
                    self.asking.attachment_begins();
                }
                if let Some(governor) = &self.governor {
                    drop(governor.try_send(task));
                }
            }
            Effect::Unwatch { identity } => self.ends.unwatch(self.poll.registry(), identity),
            Effect::LoadPolicy => self.early.extend(self.clerk.send(Errand::LoadPolicy).map(Early::Clerk)),
            Effect::SaveState(state) => {
                self.early.extend(self.clerk.send(Errand::Save(state)).map(Early::Clerk));
            }
            Effect::Notify(notice) => self.notifier.tell(notice),
            Effect::Answer { .. } => {} // the desk's
            Effect::Stop => self.stopped = true,
        }
    }

    /// Asks of processes what was left for later and is due now.
    pub(super) fn ask_due(&mut self, now: Mono, engine: &Engine) {
        self.asking.ask_due(now, engine);
    }

    pub(super) fn next_deadline(&self, now: Mono) -> Option<Mono> {
        let watchdog = self.notifier.watchdog.map(|every| self.shown_alive + every / 2);
        watchdog.into_iter().chain(self.asking.next_deadline(now)).chain(self.alarms.next_deadline()).min()
    }

    /// Tells the watchdog, after a round in which everything had its turn.
    pub(super) fn show_life(&mut self, now: Mono) {
        if self.notifier.watchdog.is_some_and(|every| now >= self.shown_alive + every / 2) {
            self.shown_alive = now;
            self.notifier.alive();
        }
    }

    /// Reads of /proc that are stuck are answered for and named.
    pub(super) fn look_after_reads(&mut self, now: Mono, fx: &mut Effects, engine: &mut Engine) {
        let found = &mut self.found;
        self.asking.stuck(now, |answer, pid, replaced| {
            fx.record(Record::ReadStuck { pid, replaced });
            found.extend(deliver_answer(answer, &mut |input| engine.handle(clock::now(), input, fx)));
        });
    }

    pub(super) fn hear_news(&mut self, fx: &mut Effects) {
        fx.records.extend(self.news.try_iter().chain(self.alarms.news()));
    }

    pub(super) fn is_busy(&self) -> bool {
        let has_answers = !self.early.is_empty() || !self.found.is_empty();
        self.scan.is_some() || self.source_has_more || has_answers
    }

    pub(super) fn stopped(&self) -> bool {
        self.stopped
    }
}

/// What is not for the engine comes back.
fn deliver_answer(answer: Answer, tell: Tell<'_>) -> Option<(Ticket, Found)> {
    match answer {
        Answer::Name { pid, read_at, name } => tell(Input::Named { pid, read_at, name }),
        Answer::Argv { identity, description } => tell(Input::Described { identity, description }),
        Answer::Rest { inquiry, rest } => {
            let Inquiry { ticket, look, .. } = *inquiry;
            return Some((ticket, Found { pid: look.seen.identity.pid, look: Some(look), rest }));
        }
    }
    None
}

fn deliver_done(done: Done, tell: Tell<'_>) {
    match done {
        Done::Saved(result) => tell(Input::StateSaved(result)),
        Done::Loaded(loaded) => tell(Input::PolicyLoaded(Box::new(loaded))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ready_stays_so_whatever_else_is_told_with_it() {
        let all = [SOURCE, WAKE, WISHES, GROUPS, ALARMS, Token(FIRST_PIDFD)];
        for others in (0..all.len()).flat_map(|n| (0..all.len()).map(move |m| [all[n], all[m]])) {
            let mut ready = Ready::default();
            all.into_iter().chain(others).for_each(|token| ready.note(token, false, || false));
            assert!(
                ready.source && ready.answers && ready.wishes && ready.groups && ready.alarms,
                "{others:?} {ready:?}"
            );
        }
        let mut ready = Ready::default();
        ready.note(WAKE, true, || false);
        assert!(ready.wishes && ready.answers);
    }
}
