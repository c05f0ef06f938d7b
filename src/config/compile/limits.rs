//! Limits as they were said → values in the kernel's units, and whether they go together.

use super::here::fits;
use super::value;
use crate::config::problem::{Place, Report};
use crate::config::read::{Setting, Word};
use crate::config::schema;
use crate::config::settings::Capacity;
use crate::config::values::{Clamp, Memory};
use crate::model::limits::{Discord, Holder, beyond_total, discords};
use crate::model::{Amount, LimitKey, Limits, Overrides};

/// What takes a limit away is zero for most; a weight of zero is the usual one.
pub(in crate::config) fn said(limits: &schema::Limits) -> Overrides {
    let number = |number: u64| Amount::Number(i64::try_from(number).unwrap_or(i64::MAX));
    let some = |value: u64| (value > 0).then(|| number(value));
    let words = |text: String| Some(Amount::Words(text.into()));
    let memory = |setting: &Setting<Memory>| value(setting).map(|memory| some(memory.0));
    let said = [
        (LimitKey::CpuQuota, value(&limits.cpu_quota).map(|quota| some(quota.0.into()))),
        (LimitKey::CpuBurst, value(&limits.cpu_burst).map(|burst| some(burst.0.into()))),
        (LimitKey::CpuWeight, value(&limits.cpu_weight).map(|weight| some(weight.or_usual().into()))),
        (LimitKey::Cpus, value(&limits.cpus).map(|cpus| words(cpus.show()))),
        (LimitKey::MemoryLimit, memory(&limits.memory_limit)),
        (LimitKey::MemoryHigh, memory(&limits.memory_high)),
        (LimitKey::MemoryLow, memory(&limits.memory_low)),
        (LimitKey::MemorySwapMax, value(&limits.memory_swap_max).map(|swap| swap.0.map(number))),
        (LimitKey::OomGroup, value(&limits.oom_group).map(|on| some(on.into()))),
        (LimitKey::PidsMax, value(&limits.pids_max).map(|pids| some(pids.0.into()))),
        (
            LimitKey::UclampMin,
            value(&limits.uclamp_min).map(|clamp| (clamp.0 > 0).then(|| clamp.show()).and_then(words)),
        ),
        (
            LimitKey::UclampMax,
            value(&limits.uclamp_max)
                .map(|clamp| (clamp < Clamp::FULL).then(|| clamp.show()).and_then(words)),
        ),
        (LimitKey::IoWeight, value(&limits.io_weight).map(|weight| some(weight.or_usual().into()))),
        (
            LimitKey::IoMax,
            value(&limits.io_max).map(|disks| (!disks.is_empty()).then(|| disks.to_string()).and_then(words)),
        ),
        (LimitKey::NetworkRx, value(&limits.network_rx).map(|rate| some(rate.0))),
        (LimitKey::NetworkTx, value(&limits.network_tx).map(|rate| some(rate.0))),
        // Zero is a value like any other: it undoes what a process was started with.
        (LimitKey::Nice, value(&limits.nice).map(|nice| Some(Amount::Number(nice.0.into())))),
        (LimitKey::OomScoreAdj, value(&limits.oom_score_adj).map(|adj| Some(Amount::Number(adj.0.into())))),
    ];
    said.into_iter().filter_map(|(key, amount)| Some((key, amount?))).collect()
}

/// Of one job, or of all together: everything that was said, laid together.
pub(in crate::config) fn go_together(limits: &schema::Limits, report: &mut Report) {
    tell(limits, discords(&said(limits).over(&Limits::default())), report);
}

/// Of one job beside what all have together.
pub(super) fn within(total: &Limits, limits: &schema::Limits, report: &mut Report) {
    tell(limits, beyond_total(&said(limits).over(&Limits::default()), total), report);
}

/// The limits of all jobs together.
pub(super) fn total(limits: &schema::Limits, capacity: &Capacity, report: &mut Report) -> Limits {
    fits(limits, capacity, report);
    go_together(limits, report);
    let total = said(limits).over(&Limits::default());
    for key in total.keys().filter(|key| key.holder() == Holder::Process) {
        if let Some((place, path)) = place_of(limits, key) {
            let text =
                format!("is each process's own and cannot be shared; write it as default_limits.{key}");
            report.error(place, path, text);
        }
    }
    total
}

fn tell(limits: &schema::Limits, discords: Vec<Discord>, report: &mut Report) {
    for Discord { key, refused, text } in discords {
        let Some((place, path)) = place_of(limits, key) else { continue };
        if refused { report.error(place, path, text) } else { report.warning(place, path, text) }
    }
}

/// Where a limit was said, and the path of its key.
fn place_of(limits: &schema::Limits, key: LimitKey) -> Option<(&Place, &str)> {
    fn of<T>(setting: &Setting<T>) -> Option<(&Place, &str)> {
        setting.as_ref().map(|said| (&said.place, &*said.key))
    }
    match key {
        LimitKey::CpuQuota => of(&limits.cpu_quota),
        LimitKey::CpuBurst => of(&limits.cpu_burst),
        LimitKey::CpuWeight => of(&limits.cpu_weight),
        LimitKey::Cpus => of(&limits.cpus),
        LimitKey::MemoryLimit => of(&limits.memory_limit),
        LimitKey::MemoryHigh => of(&limits.memory_high),
        LimitKey::MemoryLow => of(&limits.memory_low),
        LimitKey::MemorySwapMax => of(&limits.memory_swap_max),
        LimitKey::OomGroup => of(&limits.oom_group),
        LimitKey::PidsMax => of(&limits.pids_max),
        LimitKey::UclampMin => of(&limits.uclamp_min),
        LimitKey::UclampMax => of(&limits.uclamp_max),
        LimitKey::IoWeight => of(&limits.io_weight),
        LimitKey::IoMax => of(&limits.io_max),
        LimitKey::NetworkRx => of(&limits.network_rx),
        LimitKey::NetworkTx => of(&limits.network_tx),
        LimitKey::Nice => of(&limits.nice),
        LimitKey::OomScoreAdj => of(&limits.oom_score_adj),
    }
}
