//! A move never loosens: limits of the groups that a process leaves are kept on its job where they are tighter. Groups
//! that hold the jobs, too, limit it further on and are not counted.

use super::jobs::Jobs;
use super::limits::{self, Refused};
use super::{failure, files};
use crate::model::cpus::Cpus;
use crate::model::record::Step;
use crate::model::{Amount, Holder, IoMax, LimitKey, Limits};

/// What binds whoever leaves `origin` further on, and what of it nothing here can hold.
pub(super) fn left_behind(jobs: &Jobs, origin: &[u8]) -> (Limits, Refused) {
    let above = bounds_above(jobs, origin);
    let (kept, lost): (Vec<_>, Vec<_>) =
        above.iter().map(|(key, amount)| (key, amount.clone())).partition(|(key, _)| jobs.holds(*key));
    let why = "that of the group it came from cannot be kept: nothing below our root holds it";
    let told = |(key, _)| (key, failure(Step::LimitWrite, None, jobs.path.as_str(), why));
    (kept.into_iter().collect(), lost.into_iter().map(told).collect())
}

/// The tightest limits of the groups between `origin` and those above the jobs. A weight is a share among siblings and
/// means nothing elsewhere.
fn bounds_above(jobs: &Jobs, origin: &[u8]) -> Limits {
    let mut kept = Limits::default();
    let Some(below) = jobs.mount.below(origin).filter(|below| !below.is_empty()) else { return kept };
    let shared = jobs.mount.below(&jobs.shown).unwrap_or_default();
    let ends = below.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
    for group in ends.chain([below.len()]).map(|end| &below[..end]) {
        if shared.strip_prefix(group).is_some_and(|rest| rest.starts_with(b"/")) {
            continue;
        }
        if let Ok(dir) = files::open_folder(&jobs.top, group) {
            kept = tighter(&kept, &bounds(&limits::read(dir)));
        }
    }
    kept = tighter(&kept, &held_by_programs(jobs, origin));
    // Somebody's smaller part of a percent must not become none at all.
    let percent = kept.number(LimitKey::CpuQuota).map(|percent| Amount::Number(percent.max(1)));
    kept.with(LimitKey::CpuQuota, percent)
}

/// Of a job that somebody is started in: what is held by programs on its group stands in no file.
fn held_by_programs(jobs: &Jobs, origin: &[u8]) -> Limits {
    let note = |job| jobs.open(&job).ok().and_then(|dir| jobs.note_of(&job, &dir));
    let within = jobs.network.as_ref().and_then(|_| jobs.job_at(origin));
    let Some(note) = within.and_then(note) else { return Limits::default() };
    let is_held = |key: LimitKey| key.holder() == Holder::Network && !note.unheld.contains(&key);
    let bound = tighter(&note.limits, &note.kept);
    bound.iter().filter(|(key, _)| is_held(*key)).map(|(key, amount)| (key, amount.clone())).collect()
}

/// The tighter of each; what is no bound is the first's.
pub(super) fn tighter(limits: &Limits, kept: &Limits) -> Limits {
    let tightest = |key| match (limits.get(key), kept.get(key).filter(|_| binds(key))) {
        (Some(one), Some(other)) => Some((key, tighter_of(key, one, other))),
        (one, other) => one.or(other).map(|amount| (key, amount.clone())),
    };
    LimitKey::ALL.into_iter().filter_map(tightest).collect()
}

fn tighter_of(key: LimitKey, one: &Amount, other: &Amount) -> Amount {
    let disks = |amount: &Amount| IoMax::parse(&amount.to_string()).unwrap_or_default();
    let processors = |amount: &Amount| Cpus::parse(&amount.to_string());
    let percent = |amount: &Amount| amount.to_string().parse().unwrap_or(f64::MAX);
    match key {
        // Where they have none in common, those it had.
        LimitKey::Cpus => match processors(one).zip(processors(other)) {
            Some((one, others)) => Amount::Words(one.common(&others).unwrap_or(others).to_string().into()),
            None => other.clone(),
        },
        LimitKey::UclampMax if percent(one) <= percent(other) => one.clone(),
        LimitKey::UclampMax => other.clone(),
        LimitKey::IoMax => Amount::Words(disks(one).tighter(&disks(other)).to_string().into()),
        _ => one.min(other).clone(),
    }
}

/// What of `kept` goes beyond `limits`, to be told.
pub(super) fn beyond(limits: &Limits, kept: &Limits) -> Limits {
    let both = tighter(limits, kept);
    let beyond = both.iter().filter(|(key, amount)| limits.get(*key) != Some(amount));
    beyond.map(|(key, amount)| (key, amount.clone())).collect()
}

/// Those of one group that its processes shall not lose.
fn bounds(limits: &Limits) -> Limits {
    limits.iter().filter(|(key, _)| binds(*key)).map(|(key, amount)| (key, amount.clone())).collect()
}

fn binds(key: LimitKey) -> bool {
    key.is_bound() || matches!(key, LimitKey::Cpus | LimitKey::UclampMax)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_those_of_both_and_a_clamp_is_the_lower() {
        let of = |cpus: &str, clamp: &str| {
            let words = |text: &str| Some(Amount::Words(text.into()));
            Limits::default()
                .with(LimitKey::Cpus, words(cpus))
                .with(LimitKey::UclampMax, words(clamp))
                .with(LimitKey::UclampMin, words("9.00"))
        };
        assert_eq!(tighter(&of("0-5", "50.00"), &of("4-7", "100.00")), of("4-5", "50.00"));
        assert_eq!(tighter(&of("0-1", "50.00"), &of("2-3", "7.50")), of("2-3", "7.50"));
        let unlimited = Limits::default();
        assert_eq!(tighter(&unlimited, &of("2-3", "7.50")), bounds(&of("2-3", "7.50")));
        assert!(!bounds(&of("2-3", "7.50")).has(LimitKey::UclampMin));
    }

    #[test]
    fn disks_are_compared_one_by_one() {
        let on_disks = |text: &str| Limits::default().with(LimitKey::IoMax, Some(Amount::Words(text.into())));
        let policy = on_disks("/dev/vda:rbps=100,wbps=50").with(LimitKey::CpuQuota, Some(Amount::Number(9)));
        let left = on_disks("/dev/vda:rbps=9,wbps=900;/dev/vdb:riops=5");
        let both = on_disks("/dev/vda:rbps=9,wbps=50;/dev/vdb:riops=5");
        assert_eq!(tighter(&policy, &left).get(LimitKey::IoMax), both.get(LimitKey::IoMax));
        assert_eq!(beyond(&policy, &left), both);
        assert_eq!(beyond(&both, &left), Limits::default());
    }
}
