//! The jobs: what is known of each target that was taken, and which processes belong to it.

use super::due::Due;
use super::effect::{Effects, Task};
use super::hardship::Toll;
use super::input::{Attached, Ticket};
use super::retry::Tries;
use super::table::{Entry, Place, Table};
use super::trees::Clearing;
use super::tug::Tug;
use crate::config::policy::Tree;
use crate::model::foreign::Bond;
use crate::model::record::{LimitDrift, MatchedBy, Record};
use crate::model::{FileName, Identity, JobId, LimitKey, Limits, Made, Mono, Overrides, Pid, Wall};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Job {
    /// The process it was made for; its identity names the job here.
    pub main: Identity,
    /// Its group's name; before the attachment is done, the name it will usually get.
    pub id: JobId,
    pub command: Arc<str>,
    pub limits: Limits,
    /// The limits the governor was last told to set; those above are what stands.
    pub wanted: Limits,
    /// Those of them that were refused, and why.
    pub unheld: BTreeMap<LimitKey, String>,
    /// What an operator has set: it stands over the policy.
    pub set: Overrides,
    /// Its rule does, as the governor was last told; of a job of an earlier run nobody has told it yet.
    pub names_users: Option<bool>,
    /// `None`: the policy made it.
    pub made: Option<Made>,
    pub phase: Phase,
    /// What becomes of the processes it starts.
    pub tree: Tree,
    pub clearing: Clearing,
    /// The job that its process was born in.
    pub out_of: Option<JobId>,
    /// Every living process known to belong to it, the main one included.
    pub members: BTreeSet<Pid>,
    pub main_alive: bool,
    /// Part of the first scan: readiness waits for it.
    pub backfill: bool,
    /// Failed tries so far.
    pub tries: Tries,
    /// The policy or the uid changed while it was being attached: look again when that is done.
    pub recheck: bool,
    /// How its first thread has ended, where an event told.
    pub status: Option<u32>,
    pub found: Finding,
    pub discovered_at: Wall,
    pub attached_at: Option<Wall>,
    pub origin: Option<String>,
    /// Open before it was attached: its network limits do not reach them.
    pub sockets: usize,
    /// How it stands to those who had its process before.
    pub bond: Option<Bond>,
    /// Its unit was stopped, and it is asked to end.
    pub is_ending: bool,
    pub telling: Telling,
    /// How often others have moved its processes out lately, and changed what stands on its group.
    pub moves: Tug,
    pub changes: Tug,
    /// Limits of somebody else's that were told and are left as they are.
    pub left: Vec<LimitDrift>,
    pub toll: Toll,
}

/// What was known when it was found, for the record and for the group's xattr.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    pub at: Mono,
    pub rule: MatchedBy,
    pub uid: u32,
    pub ppid: Pid,
    pub parent_name: FileName,
    pub age: Duration,
    /// When its program began, if that was heard of and nothing had to be waited for; and when it was taken.
    pub execed: Option<Mono>,
    pub taken: Mono,
}

impl Finding {
    /// From its exec to the decision to take it.
    pub(super) fn latency(&self) -> Option<Duration> {
        self.execed.map(|execed| self.taken - execed)
    }
}

/// How an attachment went, until it is told.
#[derive(Clone, Debug)]
pub(super) struct Feat {
    pub took: Duration,
    /// When it was proven, if it had never been before.
    pub first: Option<Mono>,
    pub kept: Limits,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Phase {
    /// With the governor, or waiting for it.
    Attaching,
    /// A try failed; a timer will bring the next.
    Backoff {
        until: Mono,
    },
    /// Attaching is paused for all; the breaker will bring the next try.
    Paused,
    /// Its main process is, or was, verified to be in the group.
    Held {
        since: Mono,
    },
    /// Known and followed, not governed: a dry run, or a host where nothing can be.
    Observed,
    Releasing,
    /// The group is gone; the end of the main process has not been told yet.
    Buried,
    /// Nor was it told in time: the governor is asked where the process lives.
    Sought,
}

/// Discovery, attachment: told in this order, although the command line arrives when it likes.
#[derive(Debug)]
pub(super) enum Telling {
    /// The command line is being read.
    Asked,
    /// It is attached, and that will be said right after the discovery.
    AskedAndHeld(Feat),
    /// It is not, which is dealt with after the discovery.
    AskedAndAnswered(Box<Attached>),
    Told,
}

impl Job {
    pub(super) fn is_held(&self) -> bool {
        matches!(self.phase, Phase::Held { .. })
    }

    /// The group of others where it is governed in place.
    pub(super) fn place(&self) -> Option<&str> {
        self.bond.as_ref().and_then(Bond::place)
    }

    /// For its next try.
    pub(super) fn waits(&self) -> bool {
        matches!(self.phase, Phase::Backoff { .. } | Phase::Paused)
    }

    /// The fact that it is held, once it is.
    fn attached(&self, feat: &Feat) -> Record {
        let (identity, job, origin) = (self.main, self.id.clone(), self.origin.clone());
        let Feat { took, first, kept } = feat.clone();
        let latency = first.zip(self.found.execed).map(|(at, execed)| at - execed);
        Record::Attached { identity, job, origin, took, latency, limits: self.limits.clone(), kept }
    }

    /// Tells that it is held, and what of it is not.
    pub(super) fn tell_attached(&self, feat: &Feat, fx: &mut Effects) {
        fx.record(self.attached(feat));
        fx.records.extend(self.bound());
        if self.sockets > 0 {
            fx.record(Record::SocketsOutOfReach {
                identity: self.main,
                job: self.id.clone(),
                sockets: self.sockets,
            });
        }
    }

    /// Has the governor write what is wanted.
    pub(super) fn set_limits(&self, order: Option<Ticket>) -> Task {
        Task::SetLimits {
            job: self.id.clone(),
            limits: self.wanted.clone(),
            set: self.set.clone(),
            names_users: self.names_users.unwrap_or_default(),
            order,
        }
    }

    /// How long the process has lived.
    pub(super) fn lived(&self, now: Mono) -> Duration {
        self.found.age + (now - self.found.at)
    }
}

#[derive(Debug, Default)]
pub(super) struct Jobs {
    /// Ordered, so that what concerns all of them is said in the same order in every run.
    jobs: BTreeMap<Identity, Job>,
    by_id: HashMap<JobId, Identity>,
}

impl Jobs {
    pub(super) fn get(&self, main: Identity) -> Option<&Job> {
        self.jobs.get(&main)
    }

    pub(super) fn get_mut(&mut self, main: Identity) -> Option<&mut Job> {
        self.jobs.get_mut(&main)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Job> {
        self.jobs.values()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.jobs.is_empty()
    }

    /// All of them once, beginning behind the one that was last.
    pub(super) fn behind(&self, last: Option<Identity>) -> impl Iterator<Item = &Job> {
        let from = last.map_or(Bound::Unbounded, Bound::Excluded);
        let again = last.map(|last| self.jobs.range(..=last)).into_iter().flatten();
        self.jobs.range((from, Bound::Unbounded)).chain(again).map(|(_, job)| job)
    }

    pub(super) fn named(&self, id: &JobId) -> Option<Identity> {
        self.by_id.get(id).copied()
    }

    #[cfg(test)]
    pub(super) fn names(&self) -> usize {
        self.by_id.len()
    }

    pub(super) fn insert(&mut self, job: Job) {
        self.jobs.insert(job.main, job);
    }

    /// Nothing can be governed on this host: what waits for it is followed only.
    pub(super) fn observe_all(&mut self) {
        for job in self.jobs.values_mut() {
            (job.phase, job.backfill) = (Phase::Observed, false);
        }
    }

    /// What the next try is to apply, by what the policy says.
    pub(super) fn expect(&mut self, main: Identity, due: &Due) {
        if let Some(job) = self.jobs.get_mut(&main) {
            job.names_users = Some(due.names_users);
            job.wanted = job.set.over(&due.limits);
            job.limits = job.wanted.clone();
        }
    }

    /// The group's name is certain now.
    pub(super) fn name(&mut self, main: Identity, id: JobId) {
        if let Some(job) = self.jobs.get_mut(&main) {
            let before = std::mem::replace(&mut job.id, id.clone());
            if self.by_id.get(&before) == Some(&main) {
                self.by_id.remove(&before);
            }
            self.by_id.insert(id, main);
        }
    }

    pub(super) fn remove(&mut self, main: Identity) -> Option<Job> {
        let job = self.jobs.remove(&main)?;
        if self.by_id.get(&job.id) == Some(&main) {
            self.by_id.remove(&job.id);
        }
        Some(job)
    }

    /// Makes a process a member.
    pub(super) fn enroll(&mut self, pid: Pid, entry: &mut Entry, main: Identity, place: Place) {
        if entry.job != Some(main) {
            self.strike(pid, entry);
        }
        if let Some(job) = self.jobs.get_mut(&main) {
            job.members.insert(pid);
            entry.job = Some(main);
            entry.place = place;
        }
    }

    /// A process that ended, or was found to be another, is a member no more.
    pub(super) fn strike(&mut self, pid: Pid, entry: &mut Entry) {
        entry.place = Place::Outside;
        if let Some(job) = entry.job.take().and_then(|main| self.jobs.get_mut(&main)) {
            job.members.remove(&pid);
            let (main, over) = (job.main, job.phase == Phase::Observed && job.members.is_empty());
            if over {
                self.remove(main); // no group will tell that it is empty
            }
        }
    }

    /// Members that nobody has seen inside the group, and that nobody was asked to move.
    pub(super) fn outside<'a>(&'a self, main: Identity, table: &'a Table) -> impl Iterator<Item = Pid> + 'a {
        let members = self.jobs.get(&main).into_iter().flat_map(|job| job.members.iter().copied());
        members
            .filter(move |&pid| pid != main.pid && table.get(pid).is_some_and(|e| e.place == Place::Outside))
    }
}
