//! The limits of jobs that stand: brought to what the policy says now and an operator has set over it, and each that
//! cannot hold said once.

use super::Engine;
use super::due::Due;
use super::effect::Effects;
use super::input::{LimitsSet, Ticket};
use super::jobs::Job;
use super::matcher;
use crate::config::policy::Rule;
use crate::model::record::{Failure, GovernanceRecord, Record};
use crate::model::{Holder, Identity, JobId, LimitKey, Limits, Overrides};
use std::collections::{BTreeMap, BTreeSet};

impl Engine {
    /// The file's name is the same for all jobs, its path is not.
    pub(super) fn cannot_hold_all(
        &mut self,
        refused: &[(LimitKey, Failure)],
        fx: &mut Effects,
    ) -> BTreeMap<LimitKey, String> {
        for (key, failure) in refused {
            self.say_cannot_hold(*key, cause(failure), fx);
        }
        refused.iter().map(|(key, failure)| (*key, cause(failure))).collect()
    }

    /// Each cause is said once, however many jobs meet it.
    pub(super) fn say_cannot_hold(&mut self, limit: LimitKey, cause: String, fx: &mut Effects) {
        if self.said_not_to_hold.insert((limit, cause.clone())) {
            fx.record(Record::Governance(GovernanceRecord::LimitCannotHold { limit, cause }));
        }
    }

    /// Of the limits that this host cannot hold, those that somebody wants: of the others nobody need hear.
    pub(super) fn say_what_is_missed(&mut self, fx: &mut Effects) {
        let missed = self.unheld.iter().filter(|(limit, _)| self.is_asked_for(**limit));
        let missed: Vec<_> = missed.map(|(limit, cause)| (*limit, cause.clone())).collect();
        for (limit, cause) in missed {
            self.say_cannot_hold(limit, cause, fx);
        }
    }

    /// What does not hold of a job's limits: here, or on this job alone.
    pub(super) fn unheld_of(&self, job: &Job) -> Vec<(LimitKey, String)> {
        let here =
            self.unheld.iter().filter(|(key, _)| job.limits.has(**key) && !job.unheld.contains_key(key));
        here.chain(&job.unheld).map(|(key, why)| (*key, why.clone())).collect()
    }

    /// Of all that is asked for now.
    pub(super) fn not_holding(&self) -> BTreeSet<(LimitKey, String)> {
        let here = self.unheld.iter().filter(|(key, _)| self.is_asked_for(**key));
        let of_jobs = self.jobs.iter().flat_map(|job| &job.unheld).chain(&self.total.unheld);
        here.chain(of_jobs).map(|(key, why)| (*key, why.clone())).collect()
    }

    /// By the policy, or for a job.
    pub(super) fn is_asked_for(&self, limit: LimitKey) -> bool {
        self.policy.limits().chain(self.jobs.iter().map(|job| &job.wanted)).any(|limits| limits.has(limit))
    }

    /// Brings a held job's limits to what the policy says now.
    pub(super) fn limit(&mut self, main: Identity, due: &Due, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main).filter(|job| job.is_held()) else { return };
        let wanted = job.set.over(&due.limits);
        let names_users = Some(due.names_users);
        let carried = wanted.keys().any(|key| key.holder() == Holder::Process);
        if job.wanted != wanted || carried && job.names_users != names_users {
            (job.wanted, job.names_users) = (wanted, names_users);
            self.outbox.submit(job.set_limits(None), fx);
        }
    }

    pub(super) fn limits_set(
        &mut self,
        id: JobId,
        (to, set): (Limits, Overrides),
        order: Option<Ticket>,
        result: Result<LimitsSet, Failure>,
        fx: &mut Effects,
    ) {
        let unheld = match &result {
            Ok(LimitsSet { refused, .. }) => Some(self.cannot_hold_all(refused, fx)),
            Err(_) => None,
        };
        let Some(job) = self.jobs.named(&id).and_then(|main| self.jobs.get_mut(main)) else { return };
        let main = job.main;
        match &result {
            Ok(_) => {
                job.unheld = unheld.unwrap_or_default();
                let from = std::mem::replace(&mut job.limits, to.clone());
                // They may have been meant for a job that had this name before.
                if (&job.wanted, &job.set) != (&to, &set) && job.is_held() {
                    self.outbox.submit(job.set_limits(None), fx);
                }
                if from != to {
                    fx.record(Record::LimitsChanged { job: id, from, to });
                }
            }
            Err(failure) => {
                if job.wanted == to && order.is_none() {
                    job.wanted = job.limits.clone(); // the next reload tries again
                }
                fx.record(Record::LimitsRefused { job: id, failure: failure.clone() });
            }
        }
        if order.is_some() {
            self.set_ended(main, result.map(|set| set.kept), fx);
        }
    }

    /// The rule that governs a job now, by its command.
    pub(super) fn rule_of(&self, command: &str) -> Option<&Rule> {
        matcher::by_name(&self.policy, command.as_bytes())
    }
}

pub(super) fn cause(failure: &Failure) -> String {
    let Failure { step, errno, path, detail } = failure;
    let file = path.rsplit('/').next().unwrap_or_default();
    match errno {
        // The kernel has refused nothing.
        0 => detail.clone(),
        _ => format!("{} {file}: errno {errno} {detail}", step.name()),
    }
}
