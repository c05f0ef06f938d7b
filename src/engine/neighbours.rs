//! Jobs that belong to somebody else as well: those moved out of a unit end when it is stopped, as they would have without
//! us, and those governed in place are so only as long as they are alone there.

use super::Engine;
use super::deadlines::Timer;
use super::effect::{Effects, Task};
use super::jobs::Job;
use crate::config::foreign::Foreign;
use crate::model::foreign::{Bond, Ending};
use crate::model::record::{Failure, NeighbourRecord, Record};
use crate::model::{Identity, JobId, Now, Pid};

impl Job {
    /// Nobody has made it, or set anything of it, by hand.
    fn is_policys(&self) -> bool {
        self.made.is_none() && self.set.is_empty()
    }

    /// How it stands to those who had its process before.
    pub(super) fn bound(&self) -> Option<Record> {
        let job = self.id.clone();
        Some(Record::Neighbour(match self.bond.clone()? {
            Bond::Unit { ending, .. } => NeighbourRecord::FromUnit { job, ending },
            Bond::InPlace { group } => NeighbourRecord::InPlace { job, group },
        }))
    }
}

impl Engine {
    /// Whether that is so is asked of the governor, who knows the group by its number.
    pub(super) fn unit_seems_gone(&mut self, id: &JobId, fx: &mut Effects) {
        let held = self.jobs.named(id).filter(|&main| self.jobs.get(main).is_some_and(Job::is_held));
        if let Some(main) = held.filter(|_| !self.is_stopping()) {
            self.inspect_first(main, fx);
        }
    }

    pub(super) fn unit_stopped(&mut self, now: Now, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main).filter(|job| !job.is_ending) else { return };
        let Some(Bond::Unit { ending, .. }) = &job.bond else { return };
        job.is_ending = true;
        let Ending { unit, signal, then } = ending.clone();
        let id = job.id.clone();
        if let Some((_, patience)) = then {
            self.deadlines.set(Timer::Outlived(main), now.mono + patience);
        }
        self.outbox.submit(Task::Signal { job: id.clone(), signal }, fx);
        let unit = unit.to_string();
        fx.record(Record::Neighbour(NeighbourRecord::UnitStopped { job: id, unit, signal }));
    }

    pub(super) fn outlived(&mut self, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get(main).filter(|job| job.is_held()) else { return };
        let Some(Bond::Unit { ending: Ending { unit, then: Some((signal, _)), .. }, .. }) = &job.bond else {
            return;
        };
        let (id, unit, signal) = (job.id.clone(), unit.to_string(), *signal);
        self.outbox.submit(Task::Signal { job: id.clone(), signal }, fx);
        fx.record(Record::Neighbour(NeighbourRecord::Outlived { job: id, unit, signal }));
    }

    pub(super) fn signalled(job: JobId, result: Result<usize, Failure>, fx: &mut Effects) {
        if let Err(failure) = result {
            fx.record(Record::Neighbour(NeighbourRecord::SignalFailed { job, failure }));
        }
    }

    /// Limits on a group that somebody else lives in, too, would be limits on strangers.
    pub(super) fn has_company(&mut self, main: Identity, pid: Pid, fx: &mut Effects) {
        let Some(job) = self.jobs.get(main).filter(|job| job.place().is_some()) else { return };
        fx.record(Record::Neighbour(NeighbourRecord::Company { job: job.id.clone(), pid }));
        self.release(main, "it is not alone in its group any more", fx);
    }

    /// A new policy for what is somebody else's: who is concerned is let go and met anew. What an operator has made or set is
    /// his until it ends.
    pub(super) fn judge_neighbours_anew(&mut self, old: &Foreign, fx: &mut Effects) {
        if *old == *self.policy.foreign {
            return;
        }
        let concerned: Vec<Identity> = self
            .jobs
            .iter()
            .filter(|job| job.bond.is_some() && job.is_policys())
            .map(|job| job.main)
            .collect();
        for main in concerned {
            self.release(main, "the policy for what is somebody else's has changed", fx);
        }
    }
}
