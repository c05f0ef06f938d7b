//! An attachment that may not be made now, or has failed: paused with all others, tried again later, or given up. Before
//! every further try it is asked anew whether the process is still the same and still wanted.

use super::Engine;
use super::aside::{Aside, Why};
use super::attach::{Afterwards, order};
use super::breaker::{Gate, cause};
use super::deadlines::Timer;
use super::effect::{Effects, Task};
use super::failure::class;
use super::jobs::{Job, Phase};
use super::letters::DeadLetter;
use super::retry;
use crate::model::explanation::Was;
use crate::model::failure::{Class, Failure, Tried};
use crate::model::record::{BreakerRecord, Next, Record};
use crate::model::snapshot::Ungoverned;
use crate::model::{Identity, Now};
use std::sync::Arc;

impl Engine {
    /// Hands a job to the governor, or has it wait while attaching is paused.
    pub(super) fn submit(&mut self, main: Identity, fx: &mut Effects) {
        let gate = self.breakers.gate();
        let Some(job) = self.jobs.get_mut(main) else { return };
        if gate == Gate::Shut {
            job.phase = Phase::Paused;
            self.backfill -= usize::from(std::mem::take(&mut job.backfill));
            return;
        }
        job.phase = Phase::Attaching;
        if gate == Gate::Probe {
            self.breakers.probe_begins();
            self.probe = Some(main);
        }
        let task = order(job, Arc::clone(&self.policy.foreign));
        self.outbox.submit(task, fx);
    }

    pub(super) fn attach_failed(&mut self, now: Now, main: Identity, failure: Failure, fx: &mut Effects) {
        let class = class(&failure);
        let Some(job) = self.jobs.get_mut(main) else { return };
        if class == Class::Gone {
            fx.record(Record::Vanished { identity: main, job: job.id.clone() });
            self.depart(now, main, Was::NotGoverned(Ungoverned::Attaching));
            return self.dissolve(now, main, Afterwards::Forget, fx);
        }
        job.tries.add(Tried { at: now.wall, failure: failure.clone(), class });
        let (id, tries) = (job.id.clone(), job.tries.failed());
        self.vitals.attach_failed();
        self.attachment_failed(main, &failure, fx);
        let paused = self.pauses(now, &failure, fx);
        let again = self.policy.retry.as_ref().filter(|retry| class.retries() && tries <= retry.max_attempts);
        let next = match again {
            _ if paused => Next::Paused,
            Some(policy) => Next::In(retry::delay(tries, main, policy)),
            None => Next::Never,
        };
        fx.record(Record::AttachFailed { identity: main, job: id, failure, class, tries, next });
        match next {
            Next::Paused => self.wait(main, Phase::Paused, fx),
            Next::In(wait) => {
                let until = now.mono + wait;
                self.deadlines.set(Timer::Retry(main), until);
                self.wait(main, Phase::Backoff { until }, fx);
            }
            Next::Never => self.give_up(now, main, fx),
        }
    }

    fn wait(&mut self, main: Identity, phase: Phase, fx: &mut Effects) {
        if let Some(job) = self.jobs.get_mut(main) {
            job.phase = phase;
        }
        self.ask_again(main, fx);
    }

    fn give_up(&mut self, now: Now, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get(main) else { return };
        let why = Why::GivenUp(job.id.clone());
        let aside = Aside { command: Arc::clone(&job.command), rule: job.found.rule, why };
        let (job, tries) = (job.id.clone(), job.tries.clone());
        let (failed, errors) = (tries.failed(), tries.errors());
        fx.record(Record::GivenUp { identity: main, job: job.clone(), tries: failed, errors });
        if self.is_main(main.pid, main) {
            self.letters.add(main, DeadLetter { job, tries });
        }
        self.dissolve(now, main, Afterwards::Leave, fx);
        self.set_aside(main.pid, aside);
    }

    /// The wait is over. The answer to this look comes to `try_again`.
    pub(super) fn retry(&mut self, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get(main).filter(|job| job.waits()) else { return };
        let known = job.main_alive && job.members.contains(&main.pid) && self.is_main(main.pid, main);
        match known {
            _ if self.is_stopping() => {}
            true => self.recheck(main, fx),
            false => self.submit(main, fx), // the governor asks who it is
        }
    }

    /// It is still who it was, and wanted.
    pub(super) fn try_again(&mut self, now: Now, main: Identity, fx: &mut Effects) {
        let due = |job: &Job| match job.phase {
            Phase::Backoff { until } => until <= now.mono,
            phase => phase == Phase::Paused,
        };
        if self.jobs.get(main).is_some_and(due) && !self.is_stopping() {
            self.submit(main, fx);
        }
    }

    /// Whether a failure is one that all others would meet, too. The first that tells so pauses all that wait their turn.
    fn pauses(&mut self, now: Now, failure: &Failure, fx: &mut Effects) -> bool {
        let Some(cause) = cause(failure) else { return false };
        let tripped = self.breakers.failed(now.mono, cause, &self.policy.breaker);
        if let Some(pause) = tripped {
            let failure = failure.clone();
            fx.record(Record::Breaker(BreakerRecord::Opened { cause, failure, pause }));
            for task in self.outbox.recall(|task| matches!(task, Task::Attach(_))) {
                if let Task::Attach(attach) = task {
                    self.answered_for(attach.identity); // it may have been the probe
                    self.submit(attach.identity, fx);
                }
            }
        }
        let stands = self.breakers.stands_against(cause);
        if stands {
            self.watch_breakers(now);
        }
        stands
    }

    /// What came of an attachment, whatever it was: the probe is over.
    pub(super) fn answered_for(&mut self, main: Identity) {
        if self.probe == Some(main) {
            self.probe = None;
            self.breakers.probe_ended();
        }
    }

    /// One attachment was made.
    pub(super) fn succeeded(&mut self, fx: &mut Effects) {
        self.vitals.attached();
        let causes = self.breakers.passed();
        if causes.is_empty() {
            return;
        }
        self.deadlines.clear(Timer::Probe);
        let waiting = self.paused();
        for cause in causes {
            fx.record(Record::Breaker(BreakerRecord::Closed { cause, waiting: waiting.len() }));
        }
        for main in waiting {
            self.retry(main, fx);
        }
    }

    /// A pause is over: one of those that wait goes first. Where nobody waits, the next target does.
    pub(super) fn probe(&mut self, now: Now, fx: &mut Effects) {
        self.breakers.tick(now.mono);
        if self.breakers.gate() == Gate::Probe
            && let Some(&first) = self.paused().first()
        {
            self.retry(first, fx);
        }
        self.watch_breakers(now);
    }

    fn watch_breakers(&mut self, now: Now) {
        if let Some(at) = self.breakers.next(now.mono) {
            self.deadlines.set_by(Timer::Probe, at);
        }
    }

    /// Those that were tried least come first: whatever keeps one from succeeding does not keep the others.
    fn paused(&self) -> Vec<Identity> {
        let mut paused: Vec<&Job> = self.jobs.iter().filter(|job| job.phase == Phase::Paused).collect();
        paused.sort_by_key(|job| job.tries.failed());
        paused.into_iter().map(|job| job.main).collect()
    }
}
