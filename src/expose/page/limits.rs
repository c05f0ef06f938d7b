//! What jobs may use, in the units of the configuration; and what of it this host cannot hold them to.

use super::amounts::UNKNOWN;
use super::html::Html;
use crate::model::snapshot::Snapshot;
use crate::model::{Amount, Bytes, LimitKey, Limits};
use std::collections::BTreeSet;

/// Those that do not hold are struck out.
pub(super) fn show(html: &mut Html, limits: &Limits, holds: impl Fn(LimitKey) -> bool) {
    let mut gap = "";
    for (key, amount) in limits.iter() {
        html.text(gap);
        html.with_text(if holds(key) { "span" } else { "s" }, &[], said(key, amount));
        gap = ", ";
    }
    if gap.is_empty() {
        html.text(UNKNOWN);
    }
}

/// Limits that some job was to have, and that do not hold.
pub(super) fn loose(snapshot: &Snapshot) -> Vec<&'static str> {
    let keys: BTreeSet<LimitKey> =
        snapshot.jobs.iter().flat_map(|job| &job.unheld).map(|(key, _)| *key).collect();
    keys.into_iter().map(LimitKey::name).collect()
}

fn said(key: LimitKey, amount: &Amount) -> String {
    match (key, amount.number()) {
        (LimitKey::CpuQuota, Some(percent)) => format!("CPU {percent} %"),
        (LimitKey::MemoryLimit, Some(bytes)) => format!("memory {}", Bytes(bytes as u64)),
        (LimitKey::CpuWeight, _) => format!("weight {amount}"),
        (key, Some(bytes)) if key.is_bytes() => format!("{key} {}", Bytes(bytes as u64)),
        _ => format!("{key} {amount}"),
    }
}
