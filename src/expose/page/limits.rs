//! What jobs may use, in the units of the configuration; and what of it this host cannot hold them to.

use super::amounts::UNKNOWN;
use super::html::Html;
use crate::model::snapshot::Snapshot;
use crate::model::{Bytes, LimitKey, Limits};

/// Those that cannot hold are struck out.
pub(super) fn show(html: &mut Html, snapshot: &Snapshot, limits: &Limits) {
    let mut gap = "";
    for (key, said) in set(limits) {
        html.text(gap);
        let holds = snapshot.not_holding.iter().all(|(other, _)| *other != key);
        html.with_text(if holds { "span" } else { "s" }, &[], said);
        gap = ", ";
    }
    if gap.is_empty() {
        html.text(UNKNOWN);
    }
}

/// Limits that some job was to have, and that cannot hold.
pub(super) fn loose(snapshot: &Snapshot) -> Vec<&'static str> {
    let cannot = |key: &LimitKey| snapshot.not_holding.iter().any(|(other, _)| other == key);
    let is_set = |key: &LimitKey| snapshot.jobs.iter().any(|job| has(&job.limits, *key));
    LimitKey::ALL.into_iter().filter(cannot).filter(is_set).map(LimitKey::name).collect()
}

fn has(limits: &Limits, key: LimitKey) -> bool {
    match key {
        LimitKey::CpuQuota => limits.cpu_quota.is_some(),
        LimitKey::CpuWeight => limits.cpu_weight.is_some(),
        LimitKey::MemoryLimit => limits.memory_limit.is_some(),
    }
}

fn set(limits: &Limits) -> impl Iterator<Item = (LimitKey, String)> {
    let Limits { cpu_quota, cpu_weight, memory_limit } = limits;
    let all = [
        (LimitKey::CpuQuota, cpu_quota.map(|percent| format!("CPU {percent} %"))),
        (LimitKey::MemoryLimit, memory_limit.map(|bytes| format!("memory {}", Bytes(bytes)))),
        (LimitKey::CpuWeight, cpu_weight.map(|weight| format!("weight {weight}"))),
    ];
    all.into_iter().filter_map(|(key, said)| Some((key, said?)))
}
