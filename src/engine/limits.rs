//! The limits of jobs that stand: brought to what the policy says now and an operator has set over it, and each that
//! cannot hold said once.

use super::Engine;
use super::effect::Effects;
use super::input::Ticket;
use super::matcher;
use crate::config::policy::Rule;
use crate::model::record::{Failure, GovernanceRecord, Record};
use crate::model::{Identity, JobId, LimitKey, Limits, Overrides};

impl Engine {
    /// The file's name is the same for all jobs, its path is not.
    pub(super) fn cannot_hold(&mut self, limit: LimitKey, failure: &Failure, fx: &mut Effects) {
        let Failure { step, errno, path, detail } = failure;
        let file = path.rsplit('/').next().unwrap_or_default();
        self.say_cannot_hold(limit, format!("{} {file}: errno {errno} {detail}", step.name()), fx);
    }

    /// Each cause is said once, however many jobs meet it.
    pub(super) fn say_cannot_hold(&mut self, limit: LimitKey, cause: String, fx: &mut Effects) {
        if self.not_holding.insert((limit, cause.clone())) {
            fx.record(Record::Governance(GovernanceRecord::LimitCannotHold { limit, cause }));
        }
    }

    /// By the policy, or for a job. What cannot hold and is not asked for is said at the start and nobody's loss.
    pub(super) fn is_asked_for(&self, limit: LimitKey) -> bool {
        let rules = self.policy.rules.iter().map(|rule| rule.limits);
        rules.chain(self.jobs.iter().map(|job| job.wanted)).any(|limits| limits.has(limit))
    }

    /// Brings a held job's limits to what the policy says now.
    pub(super) fn limit(&mut self, main: Identity, policy: Limits, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main).filter(|job| job.is_held()) else { return };
        let wanted = job.set.over(policy);
        if std::mem::replace(&mut job.wanted, wanted) != wanted {
            self.outbox.submit(job.set_limits(None), fx);
        }
    }

    pub(super) fn limits_set(
        &mut self,
        id: JobId,
        (to, set): (Limits, Overrides),
        order: Option<Ticket>,
        result: Result<Limits, Failure>,
        fx: &mut Effects,
    ) {
        let Some(job) = self.jobs.named(&id).and_then(|main| self.jobs.get_mut(main)) else { return };
        let main = job.main;
        match &result {
            Ok(_) => {
                let from = std::mem::replace(&mut job.limits, to);
                // They may have been meant for a job that had this name before.
                if (job.wanted, job.set) != (to, set) && job.is_held() {
                    self.outbox.submit(job.set_limits(None), fx);
                }
                if from != to {
                    fx.record(Record::LimitsChanged { job: id, from, to });
                }
            }
            Err(failure) => {
                if job.wanted == to && order.is_none() {
                    job.wanted = job.limits; // the next reload tries again
                }
                fx.record(Record::LimitsRefused { job: id, failure: failure.clone() });
            }
        }
        if order.is_some() {
            self.set_ended(main, result, fx);
        }
    }

    /// The rule that governs a job now, by its command.
    pub(super) fn rule_of(&self, command: &str) -> Option<&Rule> {
        matcher::by_name(&self.policy, command.as_bytes())
    }
}
