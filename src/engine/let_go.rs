//! Processes that an operator released. They stay so, whatever scans and reloads say, until they execute another program
//! or an operator has them retried; who is forked of one is let go with it. `Standing::Released` marks them; here is
//! which job they were of.

use super::Engine;
use super::attach::Afterwards;
use super::effect::{Effects, Refused};
use super::input::{Release, Sighting};
use super::job_orders::Wish;
use super::orders::answer;
use super::table::Standing;
use crate::model::record::{Failure, Record};
use crate::model::state::{Memory, Released};
use crate::model::{Identity, JobId, Now, Pid};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

pub(super) const RELEASED: &str = "an operator released it";

#[derive(Debug, Default)]
pub(super) struct LetGo {
    of: BTreeMap<Pid, JobId>,
    /// By an earlier run, and not met yet.
    before: BTreeMap<Identity, Released>,
}

impl LetGo {
    pub(super) fn remembered(memory: &Memory, boot: &str) -> LetGo {
        let same_boot = memory.boot_id.as_deref() == Some(boot);
        let released = memory.released.iter().filter(|_| same_boot).cloned();
        LetGo { of: BTreeMap::new(), before: released.map(|process| (process.identity, process)).collect() }
    }

    pub(super) fn job_of(&self, pid: Pid) -> Option<&JobId> {
        self.of.get(&pid)
    }

    /// Those of one job.
    pub(super) fn from(&self, job: &JobId) -> Vec<Pid> {
        self.of.iter().filter(|(_, of)| *of == job).map(|(&pid, _)| pid).collect()
    }

    pub(super) fn remove(&mut self, pid: Pid) {
        self.of.remove(&pid);
    }

    /// A scan has met all there are, and has decided of each.
    pub(super) fn forget_the_unmet(&mut self) {
        self.before.clear();
    }

    #[cfg(test)]
    pub(super) fn pids(&self) -> Vec<Pid> {
        self.of.keys().copied().collect()
    }
}

impl Engine {
    /// Nobody has been moved yet, and nobody will be.
    pub(super) fn release_early(&mut self, now: Now, main: Identity, fx: &mut Effects) {
        self.tell_by_now(now, main, fx);
        let Some(job) = self.jobs.get(main) else { return };
        let (id, command) = (job.id.clone(), Arc::clone(&job.command));
        fx.record(Record::Left { identity: main, command, why: RELEASED.into() });
        self.end_releases(main, &format!("job {id} had not been attached, and will not be"), fx);
        self.dissolve(now, main, Afterwards::LetGo, fx);
        self.touch(now);
    }

    /// A release has ended well. Tells whether an operator wanted it.
    pub(super) fn release_ended(&mut self, main: Identity, release: &Release, fx: &mut Effects) -> bool {
        let Some(job) = self.jobs.get(main) else { return false };
        let what = match release {
            Release { to, .. } if job.place().is_some() => format!("its limits are taken off {to}"),
            Release { processes: 0, .. } => "nobody lived in it any more".to_owned(),
            Release { processes, to, .. } => format!("{processes} process(es) moved to {to}"),
        };
        let done = format!("job {} is released: {what}", job.id);
        self.end_releases(main, &done, fx)
    }

    fn end_releases(&mut self, main: Identity, done: &str, fx: &mut Effects) -> bool {
        let Some(orders) = self.orders.of_jobs.get_mut(&main) else { return false };
        let (releases, others): (VecDeque<_>, _) =
            std::mem::take(orders).into_iter().partition(|order| order.wish == Wish::Release);
        *orders = others;
        for order in &releases {
            answer(order.ticket, Ok(order.told(main, done)), fx);
        }
        !releases.is_empty()
    }

    /// If an operator wanted the release that has failed he is told.
    pub(super) fn release_refused(&mut self, main: Identity, failure: &Failure, fx: &mut Effects) {
        let first = self.orders.of_jobs.get(&main).and_then(VecDeque::front);
        if first.is_some_and(|order| order.begun && order.wish == Wish::Release) {
            let refused = Refused::Met("it is not released".into(), failure.clone());
            self.end_first(main, Err(refused), fx);
        }
    }

    pub(super) fn let_go(&mut self, pid: Pid, job: &JobId, fx: &mut Effects) {
        self.stand(pid, Standing::Released, fx);
        if self.table.get(pid).is_some() {
            self.let_go.of.insert(pid, job.clone());
            self.look_at(pid, fx); // which program it runs now is what it is compared with from here on
        }
    }

    /// Whether an earlier run let this one go, or it was forked of one that is let go; and is the same program still.
    pub(super) fn was_let_go(&mut self, seen: &Sighting) -> Option<JobId> {
        if let Some(released) = self.let_go.before.remove(&seen.identity) {
            return (released.exec_mark == seen.exec_mark).then_some(released.job);
        }
        let (parent, entry) = self.table.ancestors(seen.identity.pid).next()?;
        let same = entry.standing == Standing::Released && entry.exec_mark == seen.exec_mark;
        self.let_go.job_of(parent).filter(|_| same).cloned()
    }

    /// For the next run.
    pub(super) fn released_processes(&self) -> Vec<Released> {
        let known = self.let_go.of.iter().filter_map(|(&pid, job)| {
            let entry = self.table.get(pid)?;
            let identity = Identity { pid, start: entry.start? };
            Some(Released { identity, job: job.clone(), exec_mark: entry.exec_mark })
        });
        known.chain(self.let_go.before.values().cloned()).collect()
    }
}
