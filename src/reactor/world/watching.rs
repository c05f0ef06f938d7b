//! Watches for the ends of what is governed: of a job's main process by its pidfd, of its group by inotify. What has ended
//! already when the watch begins is told like any other end.

use super::{Early, World};
use crate::engine::input::{Outcome, Reply};
use crate::model::JobId;
use std::os::fd::OwnedFd;
use std::path::Path;

impl World {
    /// From the moment the engine knows of a job its end is watched for, until its group is gone.
    pub(super) fn before_telling(&mut self, reply: &Reply, pidfd: Option<OwnedFd>) {
        match reply {
            Reply::Prepared(Ok(prepared)) => {
                self.jobs_folder = Path::new(&prepared.root).join("jobs");
                for found in &prepared.found {
                    if found.main_alive && !self.ends.find(self.poll.registry(), &self.proc, found.identity) {
                        self.early.push(Early::Gone(found.identity));
                    }
                    self.watch_group(&found.job);
                }
            }
            Reply::Attached(answer) => {
                let Outcome::Held { job, .. } = &answer.outcome else { return };
                let watched = pidfd.is_some_and(|pidfd| {
                    self.ends.watch(self.poll.registry(), answer.identity, pidfd).is_ok()
                });
                if !watched && !self.ends.find(self.poll.registry(), &self.proc, answer.identity) {
                    self.early.push(Early::Gone(answer.identity));
                }
                self.watch_group(job);
            }
            Reply::Removed { job, result: Ok(true) } | Reply::Released { job, result: Ok(_), .. } => {
                self.ends.unwatch_group(job);
            }
            _ => {}
        }
    }

    fn watch_group(&mut self, job: &JobId) {
        if !self.ends.watch_group(job, &self.jobs_folder.join(job.as_str())) {
            self.early.push(Early::Emptied(job.clone()));
        }
    }
}
