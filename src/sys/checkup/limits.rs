//! Which limits can hold. One that the configuration sets and that cannot is a warning; one that it does not set is worth
//! knowing.

use super::catalogue as known;
use super::finding::{Finding, Topic};
use crate::model::{LimitKey, Limits};
use crate::sys::governor::{Cause, Missing};
use std::collections::BTreeSet;

/// `sets`: all that the configuration sets, `None` where the configuration is wrong, and nobody knows what it would set.
pub(super) fn findings(cannot_hold: &[(LimitKey, Missing)], sets: Option<&[&Limits]>) -> Vec<Finding> {
    let asked: BTreeSet<LimitKey> = match sets {
        Some(sets) => sets.iter().flat_map(|limits| limits.keys()).collect(),
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
        Cause::NotInKernel | Cause::NoFile(_) => known::LIMIT_KERNEL,
        Cause::SwitchedOff => known::LIMIT_SWITCHED_OFF,
        Cause::BoundToV1 => known::LIMIT_V1,
        Cause::NotDelegated { .. } => known::LIMIT_DELEGATION,
        Cause::Refused(_) => known::LIMIT_REFUSED,
        Cause::NoPrograms(_) => known::LIMIT_PROGRAMS,
        Cause::NoShares => known::LIMIT_SHARES,
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Kind;
    use super::*;

    fn told(limits: &Limits, cannot_hold: &[(LimitKey, Missing)]) -> Vec<(Kind, &'static str, String)> {
        let found = findings(cannot_hold, Some(&[limits]));
        found.into_iter().map(|finding| (finding.kind, finding.topic.name, finding.key)).collect()
    }

    #[test]
    fn only_a_limit_that_is_asked_for_is_missed() {
        let v1 = Missing { controller: "cpu", cause: Cause::BoundToV1 };
        let lost = [(LimitKey::CpuQuota, v1.clone()), (LimitKey::CpuWeight, v1)];
        let limits = Limits::from([(LimitKey::CpuQuota, 100), (LimitKey::MemoryLimit, 1)]);
        assert_eq!(
            told(&limits, &lost),
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
