//! A job's other members: descendants of its process, wherever the kernel has put them. Each is enrolled when it becomes
//! known, and the governor is asked to take along those that are not known to be inside.

use super::Engine;
use super::deadlines::Timer;
use super::effect::{Effects, Task};
use super::failure::class;
use super::input::Join;
use super::jobs::Job;
use super::table::{Entry, Place, Standing};
use crate::model::record::Record;
use crate::model::{Identity, JobId, Now, Pid};

impl Engine {
    /// A process whose ancestor is governed belongs to that job; it is taken along if it sits elsewhere.
    pub(super) fn enroll(&mut self, pid: Pid, main: Identity, fx: &mut Effects) {
        self.enroll_born(pid, main, false, fx);
    }

    pub(super) fn enroll_born(&mut self, pid: Pid, main: Identity, inside: bool, fx: &mut Effects) {
        let place = self.place_in(pid, main, inside);
        let Some(entry) = self.table.get_mut(pid) else { return };
        let was_governed = entry.is_governed();
        self.jobs.enroll(pid, entry, main, place);
        let (serial, governed) = (entry.serial, entry.is_governed());
        if governed != was_governed {
            self.tell_governed(pid, fx);
        }
        self.naming.remove(&pid);
        self.deadlines.clear(Timer::Mature(pid, serial));
        self.stand(pid, Standing::Member, fx);
        match place {
            Place::Outside if self.jobs.get(main).is_some_and(Job::is_held) => self.take_along(pid, main, fx),
            Place::Apart => self.put_out(main, fx),
            _ => {}
        }
    }

    pub(super) fn take_along(&mut self, pid: Pid, main: Identity, fx: &mut Effects) {
        let (Some(entry), Some(job)) = (self.table.get_mut(pid), self.jobs.get(main)) else { return };
        entry.place = Place::Asked;
        let born = entry.born();
        self.outbox.submit(Task::Join { job: job.id.clone(), pid, born }, fx);
    }

    /// Members that nobody has seen inside, and that nobody was asked to move.
    pub(super) fn take_rest_along(&mut self, main: Identity, fx: &mut Effects) {
        if !self.jobs.get(main).is_some_and(Job::is_held) {
            return;
        }
        let outside: Vec<Pid> = self.jobs.outside(main, &self.table).collect();
        for pid in outside {
            self.take_along(pid, main, fx);
        }
    }

    pub(super) fn joined(&mut self, now: Now, id: JobId, pid: Pid, outcome: Join, fx: &mut Effects) {
        match outcome {
            Join::WasInside | Join::Moved => {
                let owner = self.jobs.named(&id);
                let there = |entry: &&mut Entry| entry.job == owner && entry.place != Place::Apart;
                if let Some(entry) = self.table.get_mut(pid).filter(there) {
                    entry.place = Place::Inside;
                }
                if outcome == Join::Moved {
                    fx.record(Record::Joined { pid, job: id });
                }
            }
            Join::Left => {}
            // If it is met once more it was not, and the moment of its fork did not tell who it is.
            Join::Gone => {
                self.leave_outside(&id, pid);
                if self.table.get(pid).is_some_and(|entry| entry.job.is_some() && entry.start.is_none()) {
                    self.look_at(pid, fx);
                }
            }
            Join::Failed(failure) => {
                // The next scan reminds of those that may be moved later.
                let class = class(&failure);
                if class.retries() {
                    self.leave_outside(&id, pid);
                }
                fx.record(Record::JoinFailed { pid, job: id, failure, class });
            }
        }
        self.touch(now);
    }

    fn leave_outside(&mut self, id: &JobId, pid: Pid) {
        let owner = self.jobs.named(id);
        let asked = |entry: &&mut Entry| owner.is_some() && entry.job == owner && entry.place != Place::Apart;
        if let Some(entry) = self.table.get_mut(pid).filter(asked) {
            entry.place = Place::Outside;
        }
    }

    /// The clock of fork events stood still, the one of start times did not: members known by the moment of their fork
    /// alone are told from others by it no more.
    pub(super) fn ask_the_unread(&mut self, fx: &mut Effects) {
        for pid in self.table.pids(|_, entry| entry.job.is_some() && entry.start.is_none()) {
            self.look_at(pid, fx);
        }
    }
}
