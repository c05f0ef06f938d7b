//! What `tree` makes of a job's descendants: members inside its group, members that are kept apart from it, or jobs of their
//! own. A descendant is asked about when it executes a program: who was merely forked is of its parent's kind.
//!
//! Invariant: a process is kept apart (`Place::Apart`) only in a job whose tree is root-only, and its first process never.

use super::Engine;
use super::effect::{Effects, Task};
use super::input::Release;
use super::jobs::Job;
use super::table::{Entry, Place, Standing};
use crate::config::policy::Tree;
use crate::model::record::{Failure, Record};
use crate::model::{Identity, JobId, Pid};

/// Whether the governor puts out what a job's process has forked. However often that is asked for meanwhile, it does it once
/// more.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Clearing {
    #[default]
    No,
    UnderWay,
    Again,
}

impl Engine {
    /// Whether nothing stands against looking at a process as a target: it belongs to no job, or to one that lets targets
    /// have jobs of their own.
    pub(super) fn is_open(&self, pid: Pid, entry: &Entry) -> bool {
        let Some(job) = entry.job.and_then(|main| self.jobs.get(main)) else { return true };
        job.tree != Tree::Shared && !self.is_main(pid, job.main)
    }

    /// Whether a descendant of a job belongs to it whatever its names are.
    pub(super) fn is_bound(&self, pid: Pid, main: Identity) -> bool {
        let forked = self.table.get(pid).is_some_and(|entry| entry.forked);
        forked || self.jobs.get(main).is_none_or(|job| job.tree == Tree::Shared)
    }

    /// It became a member because of its ancestor, whatever was known of it. It may be a target whose job allows it one of
    /// its own.
    pub(super) fn ask_for_itself(&mut self, pid: Pid, fx: &mut Effects) {
        let may_be = |entry: &Entry| !entry.forked && entry.job.is_some();
        if self.table.get(pid).is_some_and(may_be) {
            self.consider(pid, false, fx);
        }
    }

    /// No target, or none that is taken: it belongs to the nearest job above it, if there is one.
    pub(super) fn falls_to(&mut self, pid: Pid, otherwise: Standing, fx: &mut Effects) {
        match self.job_above(pid) {
            Some(main) => self.enroll(pid, main, fx),
            None => self.stand(pid, otherwise, fx),
        }
    }

    /// The nearest one of an ancestor, or of an orphan the one it belongs to.
    pub(super) fn job_above(&self, pid: Pid) -> Option<Identity> {
        let own = self.table.get(pid).and_then(|entry| entry.job).filter(|&main| !self.is_main(pid, main));
        self.table.ancestors(pid).find_map(|(_, ancestor)| ancestor.job).or(own)
    }

    /// Those of its members that are, or are to be, in its group.
    pub(super) fn inside<'a>(&'a self, job: &'a Job) -> impl Iterator<Item = Pid> + 'a {
        let apart = |pid: &Pid| {
            job.tree == Tree::RootOnly
                && self.table.get(*pid).is_some_and(|entry| entry.place == Place::Apart)
        };
        job.members.iter().copied().filter(move |pid| !apart(pid))
    }

    /// Where a member belongs.
    pub(super) fn place_in(&self, pid: Pid, main: Identity, inside: bool) -> Place {
        let alone = self.jobs.get(main).is_some_and(|job| job.tree == Tree::RootOnly);
        match () {
            () if alone && !self.is_main(pid, main) => Place::Apart,
            () if inside => Place::Inside,
            () => Place::Outside,
        }
    }

    /// It was found in the group of a job that lets targets have jobs of their own, although nobody knew it to be of that.
    pub(super) fn may_leave(&self, main: Identity, within: &JobId) -> bool {
        let owner = self.jobs.named(within).filter(|&owner| owner != main);
        let mark = |pid| self.table.get(pid).map(|entry| entry.exec_mark);
        owner.is_some_and(|owner| {
            // What has the mark of the job's own process was forked of it.
            let forked = self.is_main(owner.pid, owner) && mark(owner.pid) == mark(main.pid);
            !forked && !self.is_bound(main.pid, owner)
        })
    }

    pub(super) fn attach_out_of(&mut self, main: Identity, within: JobId, fx: &mut Effects) {
        if let Some(job) = self.jobs.get_mut(main) {
            job.out_of = Some(within);
        }
        self.submit(main, fx);
    }

    /// Whether the process of this job was born in that one.
    pub(super) fn is_out_of(&self, main: Identity, outer: &JobId) -> bool {
        self.jobs.get(main).is_some_and(|job| job.out_of.as_ref() == Some(outer))
    }

    /// The kernel has each child born in its parent's group.
    pub(super) fn put_out(&mut self, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main).filter(|job| job.is_held() && job.tree == Tree::RootOnly)
        else {
            return;
        };
        if job.clearing == Clearing::No {
            job.clearing = Clearing::UnderWay;
            self.outbox.submit(Task::PutOut { job: job.id.clone(), main }, fx);
        } else {
            job.clearing = Clearing::Again;
        }
    }

    pub(super) fn was_put_out(&mut self, id: JobId, result: Result<Release, Failure>, fx: &mut Effects) {
        let again = self.jobs.named(&id).and_then(|main| self.jobs.get_mut(main)).map(|job| {
            let again = std::mem::take(&mut job.clearing) == Clearing::Again;
            (job.main, again)
        });
        match result {
            Ok(Release { processes: 0, .. }) => {}
            Ok(Release { processes, to, .. }) => fx.record(Record::PutOut { job: id, processes, to }),
            Err(failure) => fx.record(Record::PutOutFailed { job: id, failure }), // the next scan asks again
        }
        if let Some((main, true)) = again {
            self.put_out(main, fx);
        }
    }

    /// The policy has changed. Jobs that there are stay; members that may be targets for themselves are asked.
    pub(super) fn change_trees(&mut self, fx: &mut Effects) {
        let tree = |job: &Job| self.rule_of(&job.command).map(|rule| (job.main, job.tree, rule.tree));
        let trees: Vec<(Identity, Tree, Tree)> =
            self.jobs.iter().filter(|job| job.made.is_none()).filter_map(tree).collect();
        for (main, before, now) in trees {
            if let Some(job) = self.jobs.get_mut(main) {
                job.tree = now;
            }
            if [before, now].contains(&Tree::RootOnly) && before != now {
                self.place_anew(main, fx);
            }
        }
        let may_be_own = |pid: Pid, entry: &Entry| {
            entry.job.is_some()
                && !entry.forked
                && entry.standing == Standing::Member
                && self.is_open(pid, entry)
        };
        for pid in self.table.pids(may_be_own) {
            self.consider(pid, false, fx);
        }
    }

    fn place_anew(&mut self, main: Identity, fx: &mut Effects) {
        let members = self.jobs.get(main).map(|job| job.members.clone()).unwrap_or_default();
        for pid in members {
            if self.is_main(pid, main) {
                continue;
            }
            let place = self.place_in(pid, main, false);
            if let Some(entry) = self.table.get_mut(pid) {
                entry.place = place;
                self.tell_governed(pid, fx);
            }
        }
        self.take_rest_along(main, fx);
        self.put_out(main, fx);
    }
}
