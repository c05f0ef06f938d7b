//! Sampling: now and then a pass of the scan reads every process, and what it reads becomes a round of samples. It is no
//! scan of its own: the same pass compares the table, and discovery never waits for a sample.

mod budget;
mod children;
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
use crate::model::sample::{Round, Sample};
use crate::model::{Mono, Now, StartTime};
use std::sync::Arc;
use upkeep::Upkeep;

#[derive(Debug, Default)]
pub(super) struct Sampler {
    /// When the next pass is to sample; nothing before the first.
    due: Option<Mono>,
    /// What the pass under way has read.
    gathering: Option<Gathering>,
    /// The round before, and the last start there was in it: who started later was born since.
    last: Option<(Arc<Round>, StartTime)>,
    upkeep: Upkeep,
}

#[derive(Debug)]
struct Gathering {
    at: Mono,
    samples: Vec<Sample>,
    left_out: usize,
}

impl Sampler {
    /// A pass begins that is to sample.
    fn begin(&mut self, now: Mono, policy: &ScannerPolicy) {
        self.due = Some(now + self.upkeep.budget.interval(policy));
        let usual = self.last.as_ref().map_or(0, |(round, _)| round.samples.len() + round.samples.len() / 8);
        self.gathering = Some(Gathering { at: now, samples: Vec::with_capacity(usual), left_out: 0 });
    }

    fn met(&mut self, seen: &Sighting, governed: bool, most: usize) {
        let Some(gathering) = &mut self.gathering else { return };
        gathering.samples.push(Sample {
            identity: seen.identity,
            ppid: seen.ppid,
            uid: seen.uid,
            comm: seen.comm,
            kernel_thread: seen.kernel_thread,
            governed,
            used: seen.used,
            read_at: seen.read_at,
            recent: None,
        });
        if gathering.samples.len() > most + worth::slack(most) {
            let last = self.last.as_ref().map(|(round, _)| &**round);
            gathering.left_out += worth::keep(&mut gathering.samples, most, last);
        }
    }

    fn finish(&mut self, walked: &Walked, most: usize) -> Option<Arc<Round>> {
        let Gathering { at, mut samples, mut left_out } = self.gathering.take()?;
        let last = self.last.as_ref().map(|(round, newest)| (&**round, *newest));
        left_out += worth::keep(&mut samples, most, last.map(|(round, _)| round));
        samples.sort_unstable_by_key(|sample| sample.identity.pid);
        let newest = samples.iter().map(|sample| sample.identity.start).max().unwrap_or_default();
        let host = walked.host.unwrap_or_default();
        let over = last.map(|(round, _)| at - round.at).filter(|over| !over.is_zero());
        let mut busy = None;
        if let Some((last, newest)) = last {
            rates::fill(last, newest, &mut samples);
            let used = host.busy.since(last.host.busy);
            busy = over.map(|over| used.as_secs_f64() / over.as_secs_f64());
        }
        let round = Arc::new(Round { at, over, host, busy, samples, left_out });
        self.last = Some((Arc::clone(&round), newest));
        Some(round)
    }
}

impl Engine {
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
        let Some(policy) = self.policy.scanner.as_ref().filter(|_| self.sampler.gathering.is_some()) else {
            return;
        };
        let governed = self.table.get(seen.identity.pid).is_some_and(|entry| entry.job.is_some());
        self.sampler.met(seen, governed, policy.max_processes);
    }

    pub(super) fn finish_sampling(&mut self, now: Mono, walked: Option<&Walked>, fx: &mut Effects) {
        let most = self.policy.scanner.as_ref().map_or(0, |policy| policy.max_processes);
        let Some(walked) = walked else {
            self.sampler.gathering = None;
            return;
        };
        let round = self.sampler.finish(walked, most);
        self.keep_within_means(now, walked, round.as_deref(), fx);
        fx.round = round.or(fx.round.take());
    }

    /// When a pass is wanted for a sample.
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
