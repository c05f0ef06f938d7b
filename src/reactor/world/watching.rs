//! Watches for the ends of what is governed, and for what befalls it: of a job's main process by its pidfd, of its group by inotify. What has ended
//! already when the watch begins is told like any other end.

use super::{Early, Tell, World};
use crate::engine::input::{FoundJob, Input, Outcome, Reply};
use crate::model::JobId;
use crate::model::foreign::Bond;
use crate::sys::clock;
use crate::sys::ends::GroupEnd;
use std::os::fd::OwnedFd;
use std::path::Path;

impl World {
    /// From the moment the engine knows of a job its end is watched for, until its group is gone.
    pub(super) fn before_telling(&mut self, reply: &Reply, pidfd: Option<OwnedFd>) {
        match reply {
            Reply::Prepared(Ok(prepared)) => {
                self.jobs_folder = Path::new(&prepared.root).join("jobs");
                prepared.found.iter().for_each(|found| self.watch_found(found));
            }
            Reply::Recognised { found: Some(found), .. } => self.watch_found(found),
            Reply::Attached(answer) => {
                let Outcome::Held { job, bond, .. } = &answer.outcome else { return };
                let watched = pidfd.is_some_and(|pidfd| {
                    self.ends.watch(self.poll.registry(), answer.identity, pidfd).is_ok()
                });
                if !watched && !self.ends.find(self.poll.registry(), &self.proc, answer.identity) {
                    self.early.push(Early::Gone(answer.identity));
                }
                self.watch_group(job, bond.as_ref());
            }
            Reply::Removed { job, result: Ok(true) } | Reply::Released { job, result: Ok(_), .. } => {
                self.ends.unwatch_group(job);
                self.alarms.unwatch(job);
            }
            _ => {}
        }
    }

    /// What befell jobs, of those that are to be read by now.
    pub(super) fn tell_alarms(&mut self, rung: bool, tell: Tell<'_>) {
        let now = clock::mono();
        if rung {
            self.alarms.hear(now);
        }
        self.alarms.read_due(now, |job, counts| tell(Input::Counted { job: job.clone(), counts }));
    }

    /// An empty group is about to be removed, and what it has counted with it.
    pub(super) fn tell_emptied(&mut self, tell: Tell<'_>) {
        let (ends, alarms) = (&mut self.ends, &mut self.alarms);
        ends.emptied(|end| match end {
            GroupEnd::Job(job) => {
                if let Some(counts) = alarms.read(&job) {
                    tell(Input::Counted { job: job.clone(), counts });
                }
                tell(Input::Emptied(job));
            }
            GroupEnd::Unit(job) => tell(Input::UnitGone(job)),
        });
    }

    fn watch_found(&mut self, found: &FoundJob) {
        if found.main_alive && !self.ends.find(self.poll.registry(), &self.proc, found.identity) {
            self.early.push(Early::Gone(found.identity));
        }
        self.watch_group(&found.job, found.bond.as_ref());
    }

    fn watch_group(&mut self, job: &JobId, bond: Option<&Bond>) {
        let own = self.jobs_folder.join(job.as_str());
        let group = if let Some(Bond::InPlace { group }) = bond { Path::new(group) } else { &own };
        self.alarms.watch(clock::mono(), job, group);
        if !self.ends.watch_group(job, group) {
            self.early.push(Early::Emptied(job.clone()));
        }
        if let Some(Bond::Unit { group, .. }) = bond
            && !self.ends.watch_unit(job, Path::new(group))
        {
            self.early.push(Early::UnitGone(job.clone()));
        }
    }
}
