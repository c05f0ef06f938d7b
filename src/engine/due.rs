//! What a job is due: what binds it before an operator sets anything for it. The policy's rule says so, or whoever made the
//! job by hand.

use super::Engine;
use super::jobs::Job;
use crate::config::policy::Rule;
use crate::model::Limits;

#[derive(Debug)]
pub(super) struct Due {
    pub limits: Limits,
    /// What processes carry by themselves may be lowered: users are named, or somebody gave an order.
    pub names_users: bool,
}

impl Due {
    pub(super) fn of(rule: &Rule) -> Due {
        Due { limits: rule.limits.clone(), names_users: rule.filters.names_users() }
    }
}

impl Engine {
    /// `None`: it is the policy's job, and the policy has its command no more.
    pub(super) fn due(&self, job: &Job) -> Option<Due> {
        let rule = self.rule_of(&job.command);
        match &job.made {
            Some(made) => Some(Due { limits: made.limits(rule.map(|rule| &rule.limits)), names_users: true }),
            None => rule.map(Due::of),
        }
    }
}
