//! What its limits, or the want of something, do to a job: told from what the kernel has counted, which it says at once, and
//! from readings of what the job uses. A count that was told once is never told again, not after a restart either.

mod episode;
mod fallen;
mod shares;
mod strain;
mod toll;

pub(super) use toll::Toll;

use super::Engine;
use super::deadlines::Timer;
use super::effect::Effects;
use super::jobs::Job;
use super::lifecycle::Governance;
use crate::model::record::{Hardship, Record};
use crate::model::usage::{Counts, Reading};
use crate::model::{Identity, JobId, Mono, Now, Pid};
use std::collections::BTreeMap;
use std::path::PathBuf;

const SIGKILL: u32 = 9;

/// By its first process and its name; and the group that it is governed in, where that is somebody else's.
pub type HeldJob = (Identity, JobId, Option<PathBuf>);

impl Engine {
    /// Whether there may be anything to read of jobs.
    pub fn has_jobs(&self) -> bool {
        !self.jobs.is_empty()
    }

    /// The group below which jobs live, and those that are governed.
    pub fn held_jobs(&self) -> Option<(&str, impl Iterator<Item = HeldJob>)> {
        let shown = |job: &Job| (job.main, job.id.clone(), job.place().map(PathBuf::from));
        let held = self.jobs.iter().filter(|job| job.is_held()).map(shown);
        matches!(self.governance, Governance::Ready).then_some((&self.root, held))
    }

    /// What the kernel has counted against a job so far.
    pub(super) fn counted(&mut self, now: Now, id: &JobId, counts: Counts, fx: &mut Effects) {
        if let Some(main) = self.jobs.named(id) {
            self.charge(now, main, counts, fx);
        }
    }

    /// What jobs have used, as it was read just now.
    pub(super) fn measured(&mut self, now: Now, readings: &BTreeMap<Identity, Reading>, fx: &mut Effects) {
        for (&main, &reading) in readings {
            self.charge(now, main, reading.usage.counts, fx);
            let Some(job) = self.jobs.get_mut(main).filter(|job| job.is_held()) else { continue };
            let told = job.toll.read(reading);
            self.tell_of(now, main, told, fx);
        }
    }

    fn charge(&mut self, now: Now, main: Identity, counts: Counts, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main) else { return };
        let before = job.toll.oom_kills();
        let unseen = job.toll.count(now.mono, counts);
        let (is_news, due) = (job.toll.oom_kills() != before, job.toll.due());
        self.tell_of(now, main, (unseen > 0).then_some(Hardship::OomKilledUnseen { count: unseen }), fx);
        due.into_iter().for_each(|at| self.deadlines.set_by(Timer::Toll(main), at));
        if is_news {
            self.touch(now);
        }
    }

    /// A process of a job has ended, and how: SIGKILL is what the kernel ends those with.
    pub(super) fn fell(&mut self, at: Mono, pid: Pid, status: u32) {
        let Some(entry) = self.table.get(pid).filter(|_| status & 0x7f == SIGKILL) else { return };
        let (name, job) = (entry.comm, entry.job);
        if let Some(job) = job.and_then(|main| self.jobs.get_mut(main)) {
            job.toll.fell(at, pid, name);
        }
    }

    pub(super) fn toll_due(&mut self, now: Now, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main) else { return };
        let (told, due) = (job.toll.tell_due(now), job.toll.due());
        self.tell_of(now, main, told, fx);
        due.into_iter().for_each(|at| self.deadlines.set(Timer::Toll(main), at));
    }

    /// The job is over: what was still gathered is told. Who of it is left in the table has ended as well, unheard of.
    pub(super) fn close_toll(&mut self, now: Now, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main) else { return };
        if !job.main_alive && job.toll.awaits_names(now.mono) {
            for &pid in &job.members {
                let name = self.table.get(pid).map(|entry| entry.comm);
                name.into_iter().for_each(|name| job.toll.fell(now.mono, pid, name));
            }
        }
        let told = job.toll.tell_all(now);
        self.tell_of(now, main, told, fx);
    }

    fn tell_of(
        &mut self,
        now: Now,
        main: Identity,
        met: impl IntoIterator<Item = Hardship>,
        fx: &mut Effects,
    ) {
        for hardship in met {
            self.tell_by_now(now, main, fx); // first that it was found, and attached
            let Some(job) = self.jobs.get(main) else { return };
            fx.record(Record::Hardship { job: job.id.clone(), hardship });
        }
    }
}
