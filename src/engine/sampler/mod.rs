//! Sampling: now and then a pass of the scan reads every process, and what it reads becomes a round of samples. It is no
//! scan of its own: the same pass compares the table, and discovery never waits for a sample.

mod budget;
mod children;
mod gathering;
mod ledger;
mod load;
mod rates;
mod shed;
mod upkeep;
mod worth;

use super::Engine;
use super::effect::Effects;
use super::input::{Sighting, Walked};
use super::scans::ScanPhase;
use crate::config::policy::ScannerPolicy;
use crate::model::{Identity, Mono, Now, Pid};
use children::Debts;
use gathering::{Gathering, Last};
use std::sync::Arc;
use std::time::Duration;
use upkeep::Upkeep;

#[derive(Debug, Default)]
pub(super) struct Sampler {
    /// When the next pass is to sample; nothing before the first.
    due: Option<Mono>,
    /// When the last one that does began.
    began: Option<Mono>,
    gathering: Option<Gathering>,
    /// The round before. A pass that failed is none.
    last: Option<Last>,
    debts: Debts,
    /// What the machine has slept, as far as we know.
    slept: Duration,
    upkeep: Upkeep,
}

impl Sampler {
    /// A pass begins that is to sample.
    fn begin(&mut self, now: Mono, policy: &ScannerPolicy) {
        self.due = Some(now + self.upkeep.budget.interval(policy));
        self.began = Some(now);
        self.gathering = Some(Gathering::begin(now, self.slept, policy.max_processes, self.last.as_ref()));
    }

    /// The clock stood still for so long while processes aged.
    pub(super) fn slept(&mut self, time: Duration) {
        self.slept += time;
    }

    pub(super) fn unread(&mut self, pid: Pid) {
        if let (Some(gathering), Some(last)) = (&mut self.gathering, &self.last) {
            gathering.unread(pid, last);
        }
    }
}

impl Engine {
    /// Whether a pass should read what this process has read and written: it has run since it was read last. So the idle
    /// cost nothing.
    pub fn wants_io(&self, seen: &Sighting) -> bool {
        let Sampler { gathering, last, .. } = &self.sampler;
        let before = || last.as_ref().and_then(|last| last.ledger.of(seen.identity));
        gathering.is_some() && seen.used.cpu != before().map(|before| before.cpu).unwrap_or_default()
    }

    /// Whether the pass that begins now samples.
    pub(super) fn begin_sampling(&mut self, now: Mono, fx: &mut Effects) -> bool {
        if self.policy.scanner.is_none() {
            self.sampler = Sampler::default();
            return false;
        }
        let samples = self.may_sample(now, fx);
        if let Some(policy) = self.policy.scanner.as_ref().filter(|_| samples) {
            self.sampler.begin(now, policy);
        }
        samples
    }

    pub(super) fn sample(&mut self, seen: &Sighting) {
        let Sampler { gathering, last, slept, .. } = &mut self.sampler;
        let Some(gathering) = gathering else { return };
        let governed = self.table.get(seen.identity.pid).is_some_and(|entry| entry.job.is_some());
        gathering.met(seen, governed, *slept, last.as_ref());
    }

    pub(super) fn finish_sampling(&mut self, now: Now, walked: Option<&Walked>, fx: &mut Effects) {
        let Sampler { gathering, last, debts, .. } = &mut self.sampler;
        let gathered = gathering.take().filter(|_| self.policy.scanner.is_some());
        let Some(walked) = walked else { return };
        let table = &self.table;
        // The kernel has told of its end while the pass went on.
        let ended = |who: Identity| table.get(who.pid).is_none_or(|entry| entry.start != Some(who.start));
        let round = gathered.map(|gathered| {
            let (round, this) = gathered.finish(now.mono, walked.host, last.as_ref(), debts, ended);
            *last = Some(this);
            Arc::new(round)
        });
        self.keep_within_means(now.mono, walked, round.as_deref(), fx);
        fx.round = round.or(fx.round.take());
    }

    /// When a pass is wanted for a sample; after the first, which the first scan brings.
    pub(super) fn sampling_deadline(&self) -> Option<Mono> {
        let may_walk = self.scan.phase != ScanPhase::Walking && !self.is_stopping();
        self.sampler.due.filter(|_| may_walk && self.policy.scanner.is_some())
    }

    /// A sample that is due has a pass made, unless one is under way.
    pub(super) fn sample_when_due(&mut self, now: Now, fx: &mut Effects) {
        if self.sampling_deadline().is_some_and(|at| at <= now.mono) {
            self.scan(now, fx);
        }
    }
}
