//! What a job may use. `None` everywhere means: no limit of ours. And what an operator sets for one job alone, which
//! stands over it key by key.

use std::fmt;

/// The limits of one job, in the units the kernel's files are computed from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Limits {
    /// Percent of one core: 200 is two cores.
    pub cpu_quota: Option<u32>,
    /// Share among siblings, 1..=10000; the kernel's own default is 100.
    pub cpu_weight: Option<u32>,
    /// Bytes.
    pub memory_limit: Option<u64>,
}

impl Limits {
    pub fn has(&self, key: LimitKey) -> bool {
        match key {
            LimitKey::CpuQuota => self.cpu_quota.is_some(),
            LimitKey::CpuWeight => self.cpu_weight.is_some(),
            LimitKey::MemoryLimit => self.memory_limit.is_some(),
        }
    }
}

/// Limits that an operator has set for one job. `None`: the policy's stands; zero takes a limit away, as in the file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Overrides {
    pub cpu_quota: Option<u32>,
    pub cpu_weight: Option<u32>,
    pub memory_limit: Option<u64>,
}

impl Overrides {
    pub fn is_empty(&self) -> bool {
        *self == Overrides::default()
    }

    /// What holds for a job for which the policy says `policy`.
    pub fn over(&self, policy: Limits) -> Limits {
        Limits {
            cpu_quota: self.cpu_quota.or(policy.cpu_quota).filter(|&percent| percent > 0),
            cpu_weight: self
                .cpu_weight
                .or(policy.cpu_weight)
                .map(|weight| if weight == 0 { 100 } else { weight }),
            memory_limit: self.memory_limit.or(policy.memory_limit).filter(|&bytes| bytes > 0),
        }
    }

    /// These, and what was set before where they are silent.
    pub fn after(&self, before: Overrides) -> Overrides {
        Overrides {
            cpu_quota: self.cpu_quota.or(before.cpu_quota),
            cpu_weight: self.cpu_weight.or(before.cpu_weight),
            memory_limit: self.memory_limit.or(before.memory_limit),
        }
    }

    /// The limits that are set.
    pub fn keys(&self) -> impl Iterator<Item = LimitKey> + use<> {
        let set = [self.cpu_quota.is_some(), self.cpu_weight.is_some(), self.memory_limit.is_some()];
        LimitKey::ALL.into_iter().zip(set).filter_map(|(key, set)| set.then_some(key))
    }
}

/// The names of the limits, as configuration, logs and metrics write them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LimitKey {
    CpuQuota,
    CpuWeight,
    MemoryLimit,
}

impl LimitKey {
    pub const ALL: [LimitKey; 3] = [LimitKey::CpuQuota, LimitKey::CpuWeight, LimitKey::MemoryLimit];

    pub fn name(self) -> &'static str {
        match self {
            LimitKey::CpuQuota => "cpu_quota",
            LimitKey::CpuWeight => "cpu_weight",
            LimitKey::MemoryLimit => "memory_limit",
        }
    }

    /// The cgroup controller that enforces it.
    pub fn controller(self) -> &'static str {
        match self {
            LimitKey::CpuQuota | LimitKey::CpuWeight => "cpu",
            LimitKey::MemoryLimit => "memory",
        }
    }
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// `cpu_quota=200 memory_limit=4294967296`, or `none`: for logs.
impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Limits { cpu_quota, cpu_weight, memory_limit } = *self;
        list([cpu_quota.map(u64::from), cpu_weight.map(u64::from), memory_limit], f)
    }
}

impl fmt::Display for Overrides {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Overrides { cpu_quota, cpu_weight, memory_limit } = *self;
        list([cpu_quota.map(u64::from), cpu_weight.map(u64::from), memory_limit], f)
    }
}

fn list(values: [Option<u64>; 3], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut gap = "";
    for (key, value) in LimitKey::ALL.into_iter().zip(values).filter_map(|(key, value)| Some((key, value?))) {
        write!(f, "{gap}{key}={value}")?;
        gap = " ";
    }
    if gap.is_empty() { f.write_str("none") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_stands_over_the_policy_key_by_key_and_zero_takes_away() {
        let policy = Limits { cpu_quota: Some(200), cpu_weight: Some(50), memory_limit: None };
        let first = Overrides { cpu_quota: Some(0), memory_limit: Some(7), ..Overrides::default() };
        assert_eq!(
            first.over(policy),
            Limits { cpu_quota: None, cpu_weight: Some(50), memory_limit: Some(7) }
        );
        let then =
            Overrides { cpu_weight: Some(0), memory_limit: Some(0), ..Overrides::default() }.after(first);
        assert_eq!(then.over(policy), Limits { cpu_weight: Some(100), ..Limits::default() });
        assert_eq!(then.keys().count(), 3);
        assert_eq!(
            (first.to_string(), Overrides::default().over(policy)),
            ("cpu_quota=0 memory_limit=7".into(), policy)
        );
    }
}
