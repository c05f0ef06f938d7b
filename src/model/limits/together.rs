//! Whether the limits of one job, or of all jobs together, go together: what the kernel would refuse of one beside another,
//! and what would have no effect. Who said them, and where, is for others to know.

use super::{Amount, LimitKey, Limits};
use crate::model::Bytes;
use crate::model::cpus::Cpus;
use std::fmt::Display;

/// Something about one limit, seen beside the others.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Discord {
    pub key: LimitKey,
    /// The kernel does not take it; else it takes it in vain.
    pub refused: bool,
    pub text: String,
}

pub fn discords(limits: &Limits) -> Vec<Discord> {
    let memory = [
        beyond(limits, LimitKey::MemoryHigh, LimitKey::MemoryLimit, "which is met first"),
        beyond(limits, LimitKey::MemoryLow, LimitKey::MemoryLimit, "so not all of it can ever be in use"),
    ];
    [burst(limits), clamps(limits)].into_iter().chain(memory).flatten().collect()
}

/// What of a job's limits is more than all jobs together have.
pub fn beyond_total(job: &Limits, total: &Limits) -> Vec<Discord> {
    let more = |key: LimitKey| {
        let (own, all) = (job.number(key)?, total.number(key)?);
        let (own_text, all_text) = (shown(key, own), shown(key, all));
        let text =
            format!("{own_text} is more than all jobs together have: total_limits.{key} is {all_text}");
        (own > all).then_some(Discord { key, refused: false, text })
    };
    LimitKey::ALL
        .into_iter()
        .filter(|key| key.is_bound())
        .filter_map(more)
        .chain(elsewhere(job, total))
        .collect()
}

fn elsewhere(job: &Limits, total: &Limits) -> Option<Discord> {
    let list = |limits: &Limits| Cpus::parse(&limits.get(LimitKey::Cpus)?.to_string());
    let (own, all) = (list(job)?, list(total)?);
    let text = format!("{own} names more than all jobs together have: total_limits.cpus is {all}");
    (!all.contains(&own)).then_some(Discord { key: LimitKey::Cpus, refused: false, text })
}

fn burst(limits: &Limits) -> Option<Discord> {
    let burst = limits.number(LimitKey::CpuBurst)?;
    let discord = |refused, text| Some(Discord { key: LimitKey::CpuBurst, refused, text });
    match limits.number(LimitKey::CpuQuota) {
        None => discord(false, "has no effect: there is no cpu_quota to go beyond".into()),
        Some(quota) if burst > quota => discord(
            true,
            format!("{burst} is more than cpu_quota, which is {quota}; the kernel takes no more"),
        ),
        Some(_) => None,
    }
}

/// Both have two decimals, so they are compared without their point.
fn clamps(limits: &Limits) -> Option<Discord> {
    let hundredths = |key| match limits.get(key)? {
        Amount::Words(percent) => percent.replace('.', "").parse::<u32>().ok().zip(Some(percent)),
        Amount::Number(_) => None,
    };
    let (least, least_text) = hundredths(LimitKey::UclampMin)?;
    let (most, most_text) = hundredths(LimitKey::UclampMax)?;
    let text = format!("{least_text} is more than uclamp_max, which is {most_text}");
    (least > most).then_some(Discord { key: LimitKey::UclampMin, refused: true, text })
}

fn beyond(limits: &Limits, key: LimitKey, bound: LimitKey, so: impl Display) -> Option<Discord> {
    let (amount, most) = (limits.number(key)?, limits.number(bound)?);
    let text = format!("{} is more than {bound}, {so}: {}", shown(key, amount), shown(bound, most));
    (amount > most).then_some(Discord { key, refused: false, text })
}

fn shown(key: LimitKey, number: i64) -> String {
    if key.is_bytes() { Bytes(number.unsigned_abs()).to_string() } else { number.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use LimitKey::{CpuBurst, CpuQuota, CpuWeight, MemoryHigh, MemoryLimit, MemoryLow, UclampMax, UclampMin};

    fn told(limits: &Limits) -> Vec<(LimitKey, bool)> {
        discords(limits).into_iter().map(|discord| (discord.key, discord.refused)).collect()
    }

    #[test]
    fn what_goes_together_is_not_remarked() {
        let limits = [(CpuQuota, 50), (CpuBurst, 50), (MemoryLimit, 8), (MemoryHigh, 8), (MemoryLow, 8)];
        assert_eq!(told(&Limits::from(limits)), []);
        assert_eq!(told(&Limits::default()), []);
    }

    #[test]
    fn what_the_kernel_refuses_and_what_has_no_effect_are_told_apart() {
        let limits = [(CpuQuota, 50), (CpuBurst, 51), (MemoryLimit, 8), (MemoryHigh, 9), (MemoryLow, 9)];
        assert_eq!(told(&Limits::from(limits)), [(CpuBurst, true), (MemoryHigh, false), (MemoryLow, false)]);
        assert_eq!(told(&Limits::from([(CpuBurst, 51)])), [(CpuBurst, false)]);
        let clamps = |least: &str, most: &str| {
            let words = |text: &str| Amount::Words(text.into());
            told(&[(UclampMin, words(least)), (UclampMax, words(most))].into_iter().collect())
        };
        assert_eq!((clamps("9.00", "10.00"), clamps("10.01", "10.00")), (vec![], vec![(UclampMin, true)]));
    }

    #[test]
    fn a_share_may_be_more_than_that_of_all_and_a_bound_may_not() {
        let job = Limits::from([(CpuQuota, 300), (CpuWeight, 300), (MemoryLow, 300)]);
        let total = Limits::from([(CpuQuota, 200), (CpuWeight, 200), (MemoryLow, 200)]);
        let [one] = &beyond_total(&job, &total)[..] else { panic!("not one") };
        assert_eq!(one.text, "300 is more than all jobs together have: total_limits.cpu_quota is 200");
    }
}
