//! What jobs have used, as it was read last. Whoever wants it has it read anew, in a round of the meter's own and not more
//! often than its cost allows; nobody waits for it, so an answer shows the readings before, with their age.

use crate::model::snapshot::{GovernanceView, JobState, JobView, Snapshot};
use crate::model::usage::Reading;
use crate::model::{Identity, JobId, Mono};
use crate::sys::meter::{Meter, Readings, Round};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

/// From one round to the next: at least this, and so many times what a round costs, which is 0.4 % of a processor.
const SOONEST: Duration = Duration::from_secs(1);
const COSTS: u32 = 250;

#[derive(Debug)]
pub(super) struct Metering {
    meter: Meter,
    /// Of so many jobs.
    most: usize,
    not_before: Mono,
    all: Option<Reading>,
    jobs: BTreeMap<Identity, Reading>,
}

impl Metering {
    pub(super) fn of(meter: Meter) -> Metering {
        Metering { meter, most: 0, not_before: Mono::default(), all: None, jobs: BTreeMap::new() }
    }

    pub(super) fn set(&mut self, most: usize) {
        self.most = most;
    }

    pub(super) fn most(&self) -> usize {
        self.most
    }

    /// Puts the last readings into a snapshot, and has the next made.
    pub(super) fn fill(&mut self, now: Mono, snapshot: &mut Snapshot) {
        self.ask(now, snapshot);
        snapshot.usage = self.all;
        for job in &mut snapshot.jobs {
            job.usage = self.jobs.get(&job.main).copied();
        }
    }

    fn ask(&mut self, now: Mono, snapshot: &Snapshot) {
        let GovernanceView::Ready { root } = &snapshot.governance else { return };
        if now < self.not_before {
            return;
        }
        let held = |job: &&JobView| matches!(job.state, JobState::Governed { .. });
        let jobs = snapshot.jobs.iter().filter(held).take(self.most);
        let jobs: Vec<(Identity, JobId)> = jobs.map(|job| (job.main, job.id.clone())).collect();
        if self.meter.ask(Round { folder: Path::new(root).join("jobs"), jobs }) {
            self.not_before = now + SOONEST;
        }
    }

    /// Takes in what was read meanwhile.
    pub(super) fn hear(&mut self) {
        while let Some(Readings { at, all, jobs, cost }) = self.meter.answer() {
            self.not_before = self.not_before.max(at + cost * COSTS);
            self.all = all.map(|usage| Reading::new(at, usage, self.all.as_ref()));
            let before = &self.jobs;
            let new = |(main, usage)| (main, Reading::new(at, usage, before.get(&main)));
            self.jobs = jobs.into_iter().map(new).collect();
        }
    }
}
