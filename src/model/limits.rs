//! What a job may use. `None` everywhere means: no limit of ours.

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
        let set = [
            (LimitKey::CpuQuota, self.cpu_quota.map(u64::from)),
            (LimitKey::CpuWeight, self.cpu_weight.map(u64::from)),
            (LimitKey::MemoryLimit, self.memory_limit),
        ];
        let mut gap = "";
        for (key, value) in set.into_iter().filter_map(|(key, value)| Some((key, value?))) {
            write!(f, "{gap}{key}={value}")?;
            gap = " ";
        }
        if gap.is_empty() { f.write_str("none") } else { Ok(()) }
    }
}
