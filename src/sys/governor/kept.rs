//! A move never loosens: limits of the groups that a process leaves are kept on its job where they are tighter. Groups
//! that hold the jobs, too, limit it further on and are not counted.

use super::files;
use super::jobs::Jobs;
use super::limits;
use crate::model::Limits;

/// The tightest limits of the groups between `origin` and those above the jobs. A weight is a share among siblings and
/// means nothing elsewhere.
pub(super) fn left_behind(jobs: &Jobs, origin: &[u8]) -> Limits {
    let mut kept = Limits::default();
    let Some(below) = jobs.mount.below(origin).filter(|below| !below.is_empty()) else { return kept };
    let shared = jobs.mount.below(&jobs.shown).unwrap_or_default();
    let ends = below.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    for group in ends.chain([below.len()]).map(|end| &below[..end]) {
        if shared.strip_prefix(group).is_some_and(|rest| rest.starts_with(b"/")) {
            continue;
        }
        if let Ok(dir) = files::open_folder(&jobs.top, group) {
            kept = tighter(&kept, &Limits { cpu_weight: None, ..limits::read(dir) });
        }
    }
    // Somebody's smaller part of a percent must not become none at all.
    kept.cpu_quota = kept.cpu_quota.map(|percent| percent.max(1));
    kept
}

/// The tighter of each; the weight is the first's.
pub(super) fn tighter(limits: &Limits, kept: &Limits) -> Limits {
    Limits {
        cpu_quota: least(limits.cpu_quota, kept.cpu_quota),
        cpu_weight: limits.cpu_weight,
        memory_limit: least(limits.memory_limit, kept.memory_limit),
    }
}

/// What of `kept` goes beyond `limits`, to be told.
pub(super) fn beyond(limits: &Limits, kept: &Limits) -> Limits {
    let both = tighter(limits, kept);
    Limits {
        cpu_quota: both.cpu_quota.filter(|_| both.cpu_quota != limits.cpu_quota),
        cpu_weight: None,
        memory_limit: both.memory_limit.filter(|_| both.memory_limit != limits.memory_limit),
    }
}

fn least<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
