//! Sampling: now and then a pass of the scan reads every process, and what it reads becomes a round of samples. It is no
//! scan of its own: the same pass compares the table, and discovery never waits for a sample.

mod budget;
mod children;
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
use crate::model::sample::{HostUse, Round, Sample, Used};
use crate::model::{Identity, Mono, Now, Pid};
use children::Debts;
use ledger::{Ledger, Met, Reading};
use std::sync::Arc;
use std::time::Duration;
use upkeep::Upkeep;

#[derive(Debug, Default)]
pub(super) struct Sampler {
    /// When the next pass is to sample; nothing before the first.
    due: Option<Mono>,
    /// When the last one that does began.
    began: Option<Mono>,
    /// What the pass under way has read.
    gathering: Option<Gathering>,
    /// The round before. A pass that failed is none.
    last: Option<Last>,
    debts: Debts,
    /// What the machine has slept, as far as we know.
    slept: Duration,
    upkeep: Upkeep,
}

#[derive(Debug)]
struct Gathering {
    ledger: Ledger,
    samples: Vec<Sample>,
    left_out: usize,
}

#[derive(Debug)]
struct Last {
    ledger: Ledger,
    host: Option<HostUse>,
    ended: Mono,
    /// So many samples were kept, and so many not.
    kept: usize,
    left_out: usize,
}

impl Sampler {
    /// A pass begins that is to sample.
    fn begin(&mut self, now: Mono, policy: &ScannerPolicy) {
        self.due = Some(now + self.upkeep.budget.interval(policy));
        self.began = Some(now);
        let usual = self.last.as_ref().map_or(0, |last| last.ledger.len());
        let samples = Vec::with_capacity((usual + usual / 8).min(worth::room(policy.max_processes)));
        let ledger = Ledger::begin(now, self.slept, usual);
        self.gathering = Some(Gathering { ledger, samples, left_out: 0 });
    }

    /// What the round before has read of it.
    fn before(&self, identity: Identity) -> Option<&Reading> {
        self.last.as_ref().and_then(|last| last.ledger.of(identity))
    }

    /// The clock stood still for so long while processes aged.
    pub(super) fn slept(&mut self, time: Duration) {
        self.slept += time;
    }

    fn met(&mut self, seen: &Sighting, governed: bool, most: usize) {
        let Some(gathering) = &mut self.gathering else { return };
        let mut reading = Reading::of(seen);
        let mut recent = None;
        if let Some(last) = &self.last {
            let before = last.ledger.of(seen.identity);
            reading.newborn = rates::is_newborn(seen, self.slept, &last.ledger);
            reading.io = seen.used.io.or(before.and_then(|before| before.io));
            let span = rates::since(last.ledger.at, before, &reading);
            recent = span.and_then(|span| span.recent(0, cores(last.host)));
        }
        gathering.ledger.add(reading);
        gathering.samples.push(Sample {
            identity: seen.identity,
            ppid: seen.ppid,
            uid: seen.uid,
            comm: seen.comm,
            kernel_thread: seen.kernel_thread,
            governed,
            used: Used { io: reading.io, ..seen.used },
            read_at: seen.read_at,
            recent,
        });
        if gathering.samples.len() >= worth::room(most) {
            gathering.left_out += worth::keep(&mut gathering.samples, most);
        }
    }

    /// One that is listed and cannot be read keeps its place: its rate will be over a longer time.
    pub(super) fn unread(&mut self, pid: Pid) {
        let last = self.last.as_ref().and_then(|last| last.ledger.get(pid));
        if let (Some(gathering), Some(before)) = (&mut self.gathering, last) {
            gathering.ledger.add(Reading { met: Met::Unread, ..*before });
        }
    }

    /// `ended`: whether one that was read has ended by now.
    fn finish(
        &mut self,
        now: Mono,
        host: Option<HostUse>,
        most: usize,
        ended: impl Fn(Identity) -> bool,
    ) -> Option<Arc<Round>> {
        let Gathering { mut ledger, mut samples, mut left_out } = self.gathering.take()?;
        left_out += worth::keep(&mut samples, most);
        samples.sort_unstable_by_key(|sample| sample.identity.pid);
        ledger.close();
        ledger.note_ends(|reading| ended(reading.identity));
        let last = self.last.take();
        let host = host.or(last.as_ref().and_then(|last| last.host));
        let at = ledger.at;
        let mut round =
            Round { at, over: None, host: host.unwrap_or_default(), busy: None, samples, left_out };
        if let Some(last) = &last {
            round.over = Some(at - last.ledger.at).filter(|over| !over.is_zero());
            round.busy = last.busy_until(now, host);
            for (pid, owes) in self.debts.settle(&last.ledger, &ledger) {
                let Some(sample) = round.of_mut(pid) else { continue };
                let reading = ledger.get(pid).expect("whose account it is");
                let span = rates::since(last.ledger.at, last.ledger.of(reading.identity), reading);
                sample.recent = span.and_then(|span| span.recent(owes, cores(host)));
            }
        }
        self.last = Some(Last { ledger, host, ended: now, kept: round.samples.len(), left_out });
        Some(Arc::new(round))
    }
}

impl Last {
    /// Cores that were busy from then on.
    fn busy_until(&self, now: Mono, host: Option<HostUse>) -> Option<f64> {
        let (used, over) = (host?.busy.since(self.host?.busy), now - self.ended);
        (!over.is_zero()).then(|| used.as_secs_f64() / over.as_secs_f64())
    }
}

/// As many as there are, if that is known.
fn cores(host: Option<HostUse>) -> u32 {
    host.map_or(u32::MAX, |host| host.cores)
}

impl Engine {
    /// Whether a pass should read what this process has read and written: it has run since it was read last. So the idle
    /// cost nothing.
    pub fn wants_io(&self, seen: &Sighting) -> bool {
        let before = || self.sampler.before(seen.identity).map(|before| before.cpu);
        self.sampler.gathering.is_some() && seen.used.cpu != before().unwrap_or_default()
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
        let Some(policy) = self.policy.scanner.as_ref().filter(|_| self.sampler.gathering.is_some()) else {
            return;
        };
        let governed = self.table.get(seen.identity.pid).is_some_and(|entry| entry.job.is_some());
        self.sampler.met(seen, governed, policy.max_processes);
    }

    pub(super) fn finish_sampling(&mut self, now: Now, walked: Option<&Walked>, fx: &mut Effects) {
        let (Some(policy), Some(walked)) = (&self.policy.scanner, walked) else {
            self.sampler.gathering = None;
            return;
        };
        let table = &self.table;
        // The kernel has told of its end while the pass went on.
        let ended = |who: Identity| table.get(who.pid).is_none_or(|entry| entry.start != Some(who.start));
        let round = self.sampler.finish(now.mono, walked.host, policy.max_processes, ended);
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
