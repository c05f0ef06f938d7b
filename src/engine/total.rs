//! The limits of all jobs together: brought to what the policy says, and put right, or left, when somebody else changes them.

use super::Engine;
use super::drift::told;
use super::effect::{Effects, Task};
use super::limits::cause;
use super::tug::{Pull, Tug};
use crate::model::record::{Failure, GovernanceRecord, LimitDrift, Record};
use crate::model::{LimitKey, Limits, Now};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct Total {
    /// Those that stand, or are refused and told.
    pub limits: Limits,
    /// Why those are refused that are.
    pub unheld: BTreeMap<LimitKey, String>,
    changes: Tug,
    /// Somebody else's, told and left as they are.
    left: Vec<LimitDrift>,
}

impl Engine {
    /// After a reload; before the governor is ready, what prepares it brings them along.
    pub(super) fn limit_total(&mut self, fx: &mut Effects) {
        if self.governs() && self.total.limits != self.policy.total_limits {
            self.outbox.submit(Task::LimitTotal { limits: self.policy.total_limits.clone() }, fx);
        }
    }

    pub(super) fn total_limited(
        &mut self,
        to: Limits,
        result: Result<Vec<(LimitKey, Failure)>, Failure>,
        fx: &mut Effects,
    ) {
        // Where nothing can be governed at all, that has been said.
        let Ok(refused) = result else { return };
        let told = |(key, failure)| (key, format!("all jobs together: {}", cause(&failure)));
        self.total.unheld = refused.into_iter().map(told).collect();
        for (limit, cause) in self.total.unheld.clone() {
            self.say_cannot_hold(limit, cause, fx);
        }
        let from = std::mem::replace(&mut self.total.limits, to.clone());
        if from != to {
            fx.record(Record::Governance(GovernanceRecord::TotalLimits { from, to }));
        }
    }

    pub(super) fn total_unheld(&self) -> Vec<LimitKey> {
        let is_unheld = |key: &LimitKey| self.unheld.contains_key(key) || self.total.unheld.contains_key(key);
        self.total.limits.keys().filter(is_unheld).collect()
    }

    pub(super) fn inspect_total(&mut self, fx: &mut Effects) {
        if !self.total.limits.is_empty() {
            self.outbox.submit(Task::InspectTotal, fx);
        }
    }

    pub(super) fn total_inspected(
        &mut self,
        now: Now,
        result: Result<Vec<LimitDrift>, Failure>,
        fx: &mut Effects,
    ) {
        let Ok(found) = result else { return };
        let restores = self.policy.restore_on_drift;
        let known = !restores && self.total.left == found;
        self.total.left = if restores { Vec::new() } else { found.clone() };
        if found.is_empty() || known || self.is_stopping() {
            return;
        }
        let pull = self.total.changes.pull(now.mono);
        if pull == Pull::Wait {
            return;
        }
        if restores {
            self.outbox.submit(Task::LimitTotal { limits: self.policy.total_limits.clone() }, fx);
        }
        self.drifts.limit += found.len() as u64;
        if let Some(answer) = told(pull, restores) {
            for drift in found {
                fx.record(Record::Governance(GovernanceRecord::TotalDrift { drift, answer }));
            }
        }
    }
}
