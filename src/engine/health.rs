//! Health from facts. What is worse counts at once; a reason that has gone is held for a while yet, so that nothing
//! flaps. It decides nothing but what is said.

mod learned;

use crate::config::policy::HealthPolicy;
use crate::model::Mono;
use crate::model::health::{Health, Reason};
use crate::model::record::HostCause;
pub(super) use learned::Learned;
use std::mem::discriminant;
use std::time::Duration;

/// How things are now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// In a row.
    pub scan_failures: u32,
    pub attach_failures: u32,
    /// When the last scan ended well, or the service began.
    pub good_scan: Mono,
    pub scan_interval: Duration,
    /// What is wrong with a source that was live.
    pub source: Option<Reason>,
    pub paused: Option<HostCause>,
    pub governs: bool,
}

#[derive(Debug, Default)]
pub(super) struct Checkup {
    held: Vec<Held>,
    level: Health,
    since: Mono,
    deadline: Option<Mono>,
}

#[derive(Debug)]
struct Held {
    reason: Reason,
    level: Health,
    /// Since when it is no longer so.
    gone: Option<Mono>,
}

/// A change worth saying.
#[derive(Debug, PartialEq)]
pub(super) struct Change {
    pub was: Health,
    pub is: Health,
    /// How long it had been so.
    pub lasted: Duration,
}

impl Checkup {
    pub(super) fn began(now: Mono) -> Checkup {
        Checkup { since: now, ..Checkup::default() }
    }

    /// Takes in how things are; tells when level or reasons have changed.
    pub(super) fn judge(
        &mut self,
        now: Mono,
        facts: &Facts,
        policy: &HealthPolicy,
        learned: &Learned,
    ) -> Option<Change> {
        let mut changed = false;
        for held in &mut self.held {
            held.gone.get_or_insert(now);
        }
        let age_limit = scan_age_limit(facts, policy);
        for (level, reason) in reasons(now, facts, age_limit, policy, learned) {
            let same = |held: &&mut Held| discriminant(&held.reason) == discriminant(&reason);
            match self.held.iter_mut().find(same) {
                Some(held) => *held = Held { reason, level, gone: None },
                None => {
                    self.held.push(Held { reason, level, gone: None });
                    changed = true;
                }
            }
        }
        let before = self.held.len();
        self.held.retain(|held| held.gone.is_none_or(|gone| now - gone < policy.recover_after));
        changed |= self.held.len() != before;

        let too_old = facts.good_scan + age_limit;
        let ends = self.held.iter().filter_map(|held| Some(held.gone? + policy.recover_after));
        self.deadline = ends.chain((too_old > now).then_some(too_old)).min();

        let (was, is) = (self.level, self.held.iter().map(|held| held.level).max().unwrap_or_default());
        let lasted = now - self.since;
        if was != is {
            (self.level, self.since) = (is, now);
        }
        (changed || was != is).then_some(Change { was, is, lasted })
    }

    /// When to judge again although nothing has happened.
    pub(super) fn deadline(&self) -> Option<Mono> {
        self.deadline
    }

    pub(super) fn level(&self) -> Health {
        self.level
    }

    pub(super) fn lasted(&self, now: Mono) -> Duration {
        now - self.since
    }

    pub(super) fn reasons(&self) -> impl Iterator<Item = Reason> {
        self.held.iter().map(|held| held.reason)
    }
}

/// Where scans are seldom, three of them may be missing.
fn scan_age_limit(facts: &Facts, policy: &HealthPolicy) -> Duration {
    policy.scan_age.max(facts.scan_interval * 3)
}

fn reasons(
    now: Mono,
    facts: &Facts,
    age_limit: Duration,
    policy: &HealthPolicy,
    learned: &Learned,
) -> impl Iterator<Item = (Health, Reason)> {
    use Health::{Degraded, Unhealthy};
    let limits = learned.limits(policy);
    let scans = |level, limit| {
        let count = facts.scan_failures;
        (count >= limit).then_some((level, Reason::ScanFailures { count, limit }))
    };
    let age = now - facts.good_scan;
    let count = facts.attach_failures;
    let limit = limits.attach_failures_degraded;
    [
        scans(Unhealthy, limits.scan_failures_unhealthy).or(scans(Degraded, limits.scan_failures_degraded)),
        (age >= age_limit).then_some((Unhealthy, Reason::ScanAge { age })),
        (count >= limit).then_some((Degraded, Reason::AttachFailures { count, limit })),
        facts.source.map(|reason| (Degraded, reason)),
        facts.paused.map(|cause| (Degraded, Reason::Paused(cause))),
        (!facts.governs).then_some((Degraded, Reason::NotGoverning)),
        learned.slow_scan(policy).map(|reason| (Degraded, reason)),
        learned.event_storm(policy).map(|reason| (Degraded, reason)),
    ]
    .into_iter()
    .flatten()
}

#[cfg(test)]
mod tests;
