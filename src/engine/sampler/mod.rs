//! Sampling: now and then a pass of the scan reads every process, and what it reads becomes a round of samples. It is no
//! scan of its own: the same pass compares the table, and discovery never waits for a sample.

mod children;
mod gathering;
mod ledger;
mod rates;
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

#[derive(Debug, Default)]
pub(super) struct Sampler {
    /// When the last pass that samples began.
    began: Option<Mono>,
    gathering: Option<Gathering>,
    /// The round before. A pass that failed is none.
    last: Option<Last>,
    debts: Debts,
    /// What the machine has slept, as far as we know.
    slept: Duration,
}

impl Sampler {
    fn due(&self, policy: &ScannerPolicy) -> Option<Mono> {
        self.began.map(|at| at + policy.interval)
    }

    /// A pass begins; whether it is to sample.
    fn begin(&mut self, now: Mono, policy: &ScannerPolicy) -> bool {
        if self.due(policy).is_some_and(|at| at > now) {
            return false;
        }
        self.began = Some(now);
        self.gathering = Some(Gathering::begin(now, self.slept, policy.max_processes, self.last.as_ref()));
        true
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
    pub(super) fn begin_sampling(&mut self, now: Mono) -> bool {
        match &self.policy.scanner {
            Some(policy) => self.sampler.begin(now, policy),
            None => {
                self.sampler = Sampler::default();
                false
            }
        }
    }

    pub(super) fn sample(&mut self, seen: &Sighting) {
        let Sampler { gathering, last, slept, .. } = &mut self.sampler;
        let Some(gathering) = gathering else { return };
        let governed = self.table.get(seen.identity.pid).is_some_and(|entry| entry.job.is_some());
        gathering.met(seen, governed, *slept, last.as_ref());
    }

    pub(super) fn finish_sampling(&mut self, now: Now, walked: Option<&Walked>, fx: &mut Effects) {
        let Sampler { gathering, last, debts, .. } = &mut self.sampler;
        let wanted = gathering.take().filter(|_| self.policy.scanner.is_some());
        let (Some(gathering), Some(walked)) = (wanted, walked) else { return };
        let table = &self.table;
        // The kernel has told of its end while the pass went on.
        let ended = |who: Identity| table.get(who.pid).is_none_or(|entry| entry.start != Some(who.start));
        let (round, this) = gathering.finish(now.mono, walked.host, last.as_ref(), debts, ended);
        *last = Some(this);
        fx.round = Some(Arc::new(round));
    }

    /// When a pass is wanted for a sample; after the first, which the first scan brings.
    pub(super) fn sampling_deadline(&self) -> Option<Mono> {
        let may_walk = self.scan.phase != ScanPhase::Walking && !self.is_stopping();
        self.policy.scanner.as_ref().filter(|_| may_walk).and_then(|policy| self.sampler.due(policy))
    }

    /// A sample that is due has a pass made, unless one is under way.
    pub(super) fn sample_when_due(&mut self, now: Now, fx: &mut Effects) {
        if self.sampling_deadline().is_some_and(|at| at <= now.mono) {
            self.scan(now, fx);
        }
    }
}
