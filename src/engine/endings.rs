//! How a job ends: its processes exit, or they are released. A group is removed when nobody lives in it.

use super::Engine;
use super::aside::{Aside, Why};
use super::attach::Afterwards;
use super::deadlines::Timer;
use super::effect::{Effect, Effects, Task};
use super::input::Release;
use super::jobs::{Job, Phase};
use super::partings::End;
use super::table::Standing;
use crate::model::explanation::Was;
use crate::model::record::{Failure, NeighbourRecord, Record};
use crate::model::snapshot::Ungoverned;
use crate::model::{Identity, JobId, Now};
use std::sync::Arc;
use std::time::Duration;

/// A group may be seen empty a moment before the pidfd tells that its last process is dead.
const TOLD_SOON: Duration = Duration::from_secs(1);

impl Engine {
    /// Events or a scan say that a job's main process is gone. `true`: a better witness will tell, leave it.
    pub(super) fn main_lost(&mut self, now: Now, main: Identity, fx: &mut Effects) -> bool {
        let Some(job) = self.jobs.get(main) else { return false };
        let id = job.id.clone();
        match job.phase {
            Phase::Attaching | Phase::Held { .. } | Phase::Releasing | Phase::Buried | Phase::Sought => {
                job.main_alive
            }
            Phase::Backoff { .. } | Phase::Paused => {
                self.tell_by_now(now, main, fx);
                let paused = self.jobs.get(main).is_some_and(|job| job.phase == Phase::Paused);
                let why = if paused { Ungoverned::Paused } else { Ungoverned::Retrying };
                self.depart(now, main, Was::NotGoverned(why));
                fx.record(Record::Vanished { identity: main, job: id });
                self.dissolve(now, main, Afterwards::Forget, fx);
                true
            }
            // Nobody else watches it. The job goes on while any of its processes lives, as it would if it were held.
            Phase::Observed => {
                self.exited(now, main, fx);
                false
            }
        }
    }

    /// A job's main process is gone with all of its threads: its pidfd tells, or nobody can tell better.
    pub(super) fn exited(&mut self, now: Now, main: Identity, fx: &mut Effects) {
        self.tell_by_now(now, main, fx);
        if self.is_main(main.pid, main) {
            self.ends(main.pid, End::Gone(now.mono), fx);
        }
        let Some(job) = self.jobs.get_mut(main).filter(|job| job.main_alive) else { return };
        job.main_alive = false;
        let open = std::mem::take(&mut job.recheck);
        let (phase, lived, id) = (job.phase, job.lived(now.mono), job.id.clone());
        let observed = phase == Phase::Observed;
        let was = if observed { Was::NotGoverned(Ungoverned::Observed) } else { Was::Governed };
        self.depart(now, main, was);
        fx.record(Record::Exited { identity: main, job: id, after: lived });
        // The table keeps it until an event or a scan says the same: forks of it may still have to be told.
        if matches!(phase, Phase::Buried | Phase::Sought) {
            self.finish(now, main, fx);
        } else if open {
            self.recheck_job(now, main, fx); // nobody is left to look at
        }
        self.touch(now);
    }

    pub(super) fn emptied(&mut self, id: JobId, fx: &mut Effects) {
        if self.jobs.named(&id).and_then(|main| self.jobs.get(main)).is_some_and(Job::is_held) {
            self.outbox.submit(Task::Remove { job: id }, fx);
        }
    }

    pub(super) fn removed(&mut self, now: Now, id: JobId, result: Result<bool, Failure>, fx: &mut Effects) {
        let named = self.jobs.named(&id).and_then(|main| self.jobs.get_mut(main));
        let Some(job) = named.filter(|job| job.is_held()) else { return };
        let main = job.main;
        match result {
            Ok(true) if job.main_alive => {
                job.phase = Phase::Buried;
                self.deadlines.set(Timer::Bury(main), now.mono + TOLD_SOON);
            }
            Ok(true) => self.finish(now, main, fx),
            Ok(false) => {} // inhabited again: it will be told when that ends
            Err(failure) => {
                fx.record(Record::ReleaseFailed { job: id, failure });
                self.finish(now, main, fx);
            }
        }
    }

    /// The job is over.
    pub(super) fn finish(&mut self, now: Now, main: Identity, fx: &mut Effects) {
        let alive = self.jobs.get(main).filter(|job| job.main_alive);
        let aside = alive.map(|job| {
            let why = Why::JobOver(job.id.clone());
            Aside { command: Arc::clone(&job.command), rule: job.found.rule, why }
        });
        let Some(aside) = aside else { return self.finish_with(now, main, Afterwards::Forget, fx) };
        self.finish_with(now, main, Afterwards::Leave, fx);
        self.set_aside(main.pid, aside);
    }

    pub(super) fn finish_with(&mut self, now: Now, main: Identity, afterwards: Afterwards, fx: &mut Effects) {
        self.deadlines.clear(Timer::Bury(main));
        self.tell_by_now(now, main, fx);
        self.close_toll(now, main, fx);
        let Some(job) = self.jobs.get(main) else { return };
        fx.record(Record::JobEnded { job: job.id.clone() });
        fx.want(Effect::Unwatch { identity: main });
        self.dissolve(now, main, afterwards, fx);
        self.touch(now);
    }

    /// Puts a job's processes back and lets them go.
    pub(super) fn release(&mut self, main: Identity, why: &'static str, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main).filter(|job| job.is_held()) else { return };
        job.phase = Phase::Releasing;
        self.outbox.submit(Task::Release { job: job.id.clone(), why }, fx);
    }

    pub(super) fn released(
        &mut self,
        now: Now,
        id: JobId,
        why: &'static str,
        result: Result<Release, Failure>,
        fx: &mut Effects,
    ) {
        let Some(main) = self.jobs.named(&id) else { return };
        match result {
            Ok(release) => {
                self.tell_by_now(now, main, fx);
                self.close_toll(now, main, fx);
                let ordered = self.release_ended(main, &release, fx);
                let Release { processes, to, refused } = release;
                self.cannot_hold_all(&refused, fx);
                let in_place = self.jobs.get(main).and_then(Job::place).map(str::to_owned);
                fx.record(match in_place {
                    Some(group) => Record::Neighbour(NeighbourRecord::GivenBack { job: id, group, why }),
                    None => Record::Released { job: id, processes, to, why },
                });
                fx.want(Effect::Unwatch { identity: main });
                let afterwards = if ordered { Afterwards::LetGo } else { Afterwards::LookAgain };
                self.dissolve(now, main, afterwards, fx);
            }
            Err(failure) => {
                self.release_refused(main, &failure, fx);
                fx.record(Record::ReleaseFailed { job: id.clone(), failure });
                if let Some(job) = self.jobs.get_mut(main) {
                    (job.phase, job.wanted) = (Phase::Held { since: now.mono }, job.limits.clone());
                    job.recheck = true;
                }
                // What happened to the job meanwhile was left to its release; whether it is to be held is asked again.
                self.take_rest_along(main, fx);
                self.outbox.submit(Task::Remove { job: id }, fx);
            }
        }
        self.touch(now);
    }

    /// A target whose time has come.
    pub(super) fn matured(&mut self, pid: crate::model::Pid, serial: u32, fx: &mut Effects) {
        let waits = |standing| matches!(standing, Standing::Target | Standing::Member);
        if self.table.get(pid).is_some_and(|e| e.serial == serial && waits(e.standing)) {
            self.consider(pid, false, fx);
        }
    }
}
