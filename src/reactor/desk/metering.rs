//! What jobs have used, as it was read last. Whoever wants it has it read anew, in a round of the meter's own and not more
//! often than its cost allows; nobody waits for it, so an answer shows the readings before, with their age. While jobs are
//! governed it is read even where nobody asks, so that what they suffer is noticed.

use crate::engine::{Engine, HeldJob};
use crate::model::foreign::Bond;
use crate::model::snapshot::{GovernanceView, JobState, JobView, Snapshot};
use crate::model::usage::Reading;
use crate::model::{Identity, Mono};
use crate::sys::meter::{Meter, Readings, Round};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// From one round to the next: at least this, and so many times what a round costs, which is 0.4 % of a processor.
const SOONEST: Duration = Duration::from_secs(1);
const COSTS: u32 = 250;
/// The latest of rounds that nobody asks for.
const UNASKED: Duration = Duration::from_secs(5);

/// When the next round may be.
#[derive(Debug, Default)]
struct Pace {
    not_before: Mono,
    under_way: bool,
}

impl Pace {
    fn allows(&self, now: Mono) -> bool {
        !self.under_way && now >= self.not_before
    }

    fn begun(&mut self, at: Mono) {
        (self.not_before, self.under_way) = (at + SOONEST, true);
    }

    fn ended(&mut self, began: Mono, cost: Duration) {
        self.not_before = self.not_before.max(began + cost * COSTS);
        self.under_way = false;
    }
}

#[derive(Debug)]
pub(super) struct Metering {
    meter: Meter,
    /// Of so many jobs.
    most: usize,
    pace: Pace,
    all: Option<Reading>,
    jobs: BTreeMap<Identity, Reading>,
    /// When the next round comes unasked.
    due: Option<Mono>,
}

impl Metering {
    pub(super) fn of(meter: Meter) -> Metering {
        Metering { meter, most: 0, pace: Pace::default(), all: None, jobs: BTreeMap::new(), due: None }
    }

    pub(super) fn set(&mut self, most: usize) {
        self.most = most;
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Puts the last readings into a snapshot, and has the next made.
    pub(super) fn fill(&mut self, now: Mono, snapshot: &mut Snapshot) {
        if let GovernanceView::Ready { root } = &snapshot.governance {
            let held = |job: &&JobView| matches!(job.state, JobState::Governed { .. });
            let place = |job: &JobView| job.bond.as_ref().and_then(Bond::place).map(PathBuf::from);
            let told = |job: &JobView| (job.main, job.id.clone(), place(job));
            let jobs = snapshot.jobs.iter().filter(held).map(told);
            self.ask(now, root, jobs);
        }
        snapshot.usage = self.all;
        snapshot.jobs.iter_mut().for_each(|job| self.put_into(job));
    }

    /// What the job had used when that was read last.
    pub(super) fn put_into(&self, job: &mut JobView) {
        job.usage = self.jobs.get(&job.main).copied();
    }

    /// Has a round made that nobody asks for, where there is something to read and it is time.
    pub(super) fn look_after(&mut self, now: Mono, engine: &Engine) {
        if !engine.has_jobs() {
            self.due = None;
        } else if self.due.is_none_or(|due| due <= now) {
            engine.held_jobs().into_iter().for_each(|(root, jobs)| self.ask(now, root, jobs));
            self.due = Some(now + UNASKED);
        }
    }

    pub(super) fn next_deadline(&self) -> Option<Mono> {
        self.due
    }

    fn ask(&mut self, now: Mono, root: &str, jobs: impl Iterator<Item = HeldJob>) {
        if !self.pace.allows(now) {
            return;
        }
        let jobs: Vec<HeldJob> = jobs.take(self.most).collect();
        if self.meter.ask(Round { folder: Path::new(root).join("jobs"), jobs }) {
            self.pace.begun(now);
        }
    }

    /// Takes in what was read meanwhile, if there is anything.
    pub(super) fn hear(&mut self) -> Option<&BTreeMap<Identity, Reading>> {
        let mut is_new = false;
        while let Some(Readings { at, all, jobs, cost }) = self.meter.answer() {
            self.pace.ended(at, cost);
            self.all = all.map(|usage| Reading::new(at, usage, self.all.as_ref()));
            let before = &self.jobs;
            let new = |(main, usage)| (main, Reading::new(at, usage, before.get(&main)));
            self.jobs = jobs.into_iter().map(new).collect();
            is_new = true;
        }
        is_new.then_some(&self.jobs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asked without end, for an hour.
    #[test]
    fn rounds_take_their_share_of_a_processor_and_no_more() {
        for (cost, every) in [(10, 1000), (4_000, 1000), (16_000, 4000), (900_000, 225_000)] {
            let (cost, mut pace) = (Duration::from_micros(cost), Pace::default());
            let mut rounds = 0u32;
            for ms in 0..3_600_000 {
                let now = Mono(ms * 1_000_000);
                if pace.allows(now) {
                    pace.begun(now);
                    pace.ended(now, cost);
                    rounds += 1;
                }
            }
            assert_eq!(rounds, 3_600_000 / every);
            assert!((cost * rounds).as_secs_f64() <= 0.004 * 3600.0);
        }
    }

    #[test]
    fn while_a_round_is_under_way_however_long_none_begins() {
        let mut pace = Pace::default();
        pace.begun(Mono(0));
        assert!(!pace.allows(Mono(0) + SOONEST * 100));
        pace.ended(Mono(0), Duration::ZERO);
        assert!(pace.allows(Mono(0) + SOONEST) && !pace.allows(Mono(0) + SOONEST / 2));
    }
}
