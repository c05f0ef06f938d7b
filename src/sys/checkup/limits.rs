//! Which limits can hold. One that the configuration sets and that cannot is a warning; one that it does not set is worth
//! knowing.

use super::catalogue as known;
use super::finding::{Finding, Topic};
use crate::config::policy::Rule;
use crate::model::{LimitKey, Limits};
use crate::sys::governor::{Cause, Missing};
use std::collections::BTreeSet;

/// `rules`: `None` where the configuration is wrong, and nobody knows what it would set.
pub(super) fn findings(cannot_hold: &[(LimitKey, Missing)], rules: Option<&[Rule]>) -> Vec<Finding> {
    let asked: BTreeSet<LimitKey> = match rules {
        Some(rules) => rules.iter().flat_map(|rule| set(&rule.limits)).collect(),
        None => LimitKey::ALL.into(),
    };
    let holding = LimitKey::ALL.into_iter().filter(|key| cannot_hold.iter().all(|(lost, _)| lost != key));
    let holding: Vec<&str> = holding.map(LimitKey::name).collect();
    let mut told = Vec::new();
    if !holding.is_empty() {
        told.push(known::LIMITS.good(format!("can hold: {}", holding.join(", "))));
    }
    for (key, missing) in cannot_hold {
        let topic = topic(&missing.cause);
        told.push(match asked.contains(key) {
            true => topic.bad(format!("cannot hold: {missing}")).of(key.name()),
            false => topic.mild(format!("could not hold, and is not asked for: {missing}")).of(key.name()),
        });
    }
    told
}

fn topic(cause: &Cause) -> &'static Topic {
    match cause {
        Cause::NotInKernel => known::LIMIT_KERNEL,
        Cause::SwitchedOff => known::LIMIT_SWITCHED_OFF,
        Cause::BoundToV1 => known::LIMIT_V1,
        Cause::NotDelegated { .. } => known::LIMIT_DELEGATION,
        Cause::Refused(_) => known::LIMIT_REFUSED,
    }
}

fn set(limits: &Limits) -> impl Iterator<Item = LimitKey> {
    let set = [
        (LimitKey::CpuQuota, limits.cpu_quota.is_some()),
        (LimitKey::CpuWeight, limits.cpu_weight.is_some()),
        (LimitKey::MemoryLimit, limits.memory_limit.is_some()),
    ];
    set.into_iter().filter_map(|(key, set)| set.then_some(key))
}

#[cfg(test)]
mod tests {
    use super::super::finding::Kind;
    use super::*;
    use crate::config::policy::Filters;

    fn told(limits: Limits, cannot_hold: &[(LimitKey, Missing)]) -> Vec<(Kind, &'static str, String)> {
        let rule = Rule { command: "ffmpeg".into(), limits, filters: Filters::default() };
        let found = findings(cannot_hold, Some(&[rule]));
        found.into_iter().map(|finding| (finding.kind, finding.topic.name, finding.key)).collect()
    }

    #[test]
    fn only_a_limit_that_is_asked_for_is_missed() {
        let v1 = Missing { controller: "cpu", cause: Cause::BoundToV1 };
        let lost = [(LimitKey::CpuQuota, v1.clone()), (LimitKey::CpuWeight, v1)];
        let limits = Limits { cpu_quota: Some(100), memory_limit: Some(1), cpu_weight: None };
        assert_eq!(
            told(limits, &lost),
            [
                (Kind::Ok, "limits", String::new()),
                (Kind::Warning, "limit-v1", "cpu_quota".into()),
                (Kind::Note, "limit-v1", "cpu_weight".into()),
            ]
        );
        let unknown = findings(&lost, None);
        assert!(unknown.iter().skip(1).all(|finding| finding.kind == Kind::Warning), "{unknown:?}");
    }
}
