//! `set`: limits of one job that stand over the policy until the job ends or they are reset. They are kept on the job's
//! group, so a restart knows them, and whoever overwrites them meets the same answer as with the policy's.

use super::Engine;
use super::effect::{Effects, Refused};
use super::input::Change;
use super::job_orders::Wish;
use super::jobs::{Job, Phase};
use crate::model::limits::{Discord, discords};
use crate::model::record::Failure;
use crate::model::{Identity, Limits, Overrides};

impl Engine {
    pub(super) fn begin_set(&mut self, main: Identity, change: Change, fx: &mut Effects) {
        let Some(policy) = self.policy_limits(main) else { return };
        let is_reset = change == Change::Reset;
        let asked = if let Change::To(asked) = change { asked } else { Overrides::default() };
        if let Some((key, cause)) = asked.keys().find_map(|key| Some((key, self.unheld.get(&key)?))) {
            let why = format!("{key} cannot hold here: {cause}; nothing was changed");
            return self.end_first(main, Err(Refused::Failed(why)), fx);
        }
        let (Some(orders), Some(job)) = (self.orders.of_jobs.get_mut(&main), self.jobs.get_mut(main)) else {
            return;
        };
        let set = if is_reset { asked } else { asked.after(&job.set) };
        if let Some(Discord { key, text, .. }) = discords(&set.over(&policy)).into_iter().find(|d| d.refused)
        {
            let why = format!("{key}: {text}; nothing was changed");
            return self.end_first(main, Err(Refused::Failed(why)), fx);
        }
        let Some(order) = orders.front_mut() else { return };
        if let Wish::Set { before, .. } = &mut order.wish {
            before.get_or_insert_with(|| job.set.clone());
        }
        order.begun = true;
        job.set = set;
        job.wanted = job.set.over(&policy);
        self.outbox.submit(job.set_limits(Some(order.ticket)), fx);
    }

    /// The governor has answered: what was set stands in the kernel's files, or all is as it was.
    pub(super) fn set_ended(&mut self, main: Identity, result: Result<Limits, Failure>, fx: &mut Effects) {
        let Some(policy) = self.policy_limits(main) else { return };
        let (Some(orders), Some(job)) = (self.orders.of_jobs.get_mut(&main), self.jobs.get_mut(main)) else {
            return;
        };
        let Some(order) = orders.front_mut() else { return };
        let Wish::Set { change, before } = order.wish.clone() else { return };
        let result = match result {
            Ok(kept) => Ok(told(job, &change, &policy, &kept)),
            // Its group went away under our hands: once more when it has got another one.
            Err(_) if matches!(job.phase, Phase::Attaching | Phase::Buried | Phase::Sought) => {
                order.begun = false;
                return;
            }
            Err(failure) => {
                job.set = before.unwrap_or_default();
                job.wanted = job.set.over(&policy);
                // A reload may have found nothing to change beside what was asked for.
                if job.wanted != job.limits && job.is_held() {
                    self.outbox.submit(job.set_limits(None), fx);
                }
                Err(Refused::Met(format!("nothing was changed for job {}", job.id), failure))
            }
        };
        self.end_first(main, result, fx);
    }

    /// What the policy says of a job; of one that it no longer has as a target, what it said last.
    fn policy_limits(&self, main: Identity) -> Option<Limits> {
        let job = self.jobs.get(main)?;
        Some(self.due(job).map_or_else(|| job.limits.clone(), |due| due.limits))
    }
}

fn told(job: &Job, change: &Change, policy: &Limits, kept: &Limits) -> String {
    let (id, limits) = (&job.id, &job.limits);
    let (says, theirs) = match job.made {
        Some(_) => ("it was given", "those it was given"),
        None => ("the policy says", "those of the policy"),
    };
    let mut told = match change {
        Change::To(_) => {
            format!("limits of job {id} are {limits} until it ends or they are reset; {says} {policy}")
        }
        Change::Reset => format!("limits of job {id} are {theirs}: {limits}"),
    };
    for Discord { key, text, .. } in discords(limits) {
        told.push_str(&format!("; {key}: {text}"));
    }
    if !kept.is_empty() {
        told.push_str(&format!("; tighter ones of the groups it came from bind it further on: {kept}"));
    }
    told
}
