//! The names of the limits, as configuration, logs and metrics write them, and what holds jobs to each.

use std::fmt;

/// In the order in which they are written to a group: a burst is bounded by its quota.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum LimitKey {
    /// Percent of one core: 200 is two cores.
    CpuQuota,
    /// What of unused quota may be made up for later, in the same unit.
    CpuBurst,
    /// Share among siblings, 1..=10000; the kernel's own default is 100.
    CpuWeight,
    /// The processors it may run on, as a list of numbers and ranges.
    Cpus,
    /// Bytes, as all of memory: beyond it the kernel kills.
    MemoryLimit,
    /// Beyond it the kernel slows the job down and takes memory back.
    MemoryHigh,
    /// Up to it the kernel takes none.
    MemoryLow,
    MemorySwapMax,
    /// One: whoever kills one process for want of memory kills all.
    OomGroup,
    /// Processes and threads.
    PidsMax,
    /// Percent of a processor's capacity that the scheduler takes it to need, with two decimals.
    UclampMin,
    UclampMax,
    /// Share of a device that is in demand, 1..=10000; the kernel's own default is 100.
    IoWeight,
    /// Bytes and operations per second, device by device.
    IoMax,
    /// Bytes per second that come in.
    NetworkRx,
    /// Bytes per second that go out.
    NetworkTx,
    /// Of every thread: -20 is served first, 19 last.
    Nice,
    /// How much rather than others it is killed for want of memory, -1000..=1000.
    OomScoreAdj,
}

use LimitKey::*;

/// What holds a job to a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holder {
    /// A file of its group, by this controller.
    Group(&'static str),
    /// Programs in the kernel that see what passes through the sockets of its group.
    Network,
    /// Each of its processes for itself.
    Process,
}

impl LimitKey {
    pub const ALL: [LimitKey; 18] = [
        CpuQuota,
        CpuBurst,
        CpuWeight,
        Cpus,
        MemoryLimit,
        MemoryHigh,
        MemoryLow,
        MemorySwapMax,
        OomGroup,
        PidsMax,
        UclampMin,
        UclampMax,
        IoWeight,
        IoMax,
        NetworkRx,
        NetworkTx,
        Nice,
        OomScoreAdj,
    ];

    pub fn name(self) -> &'static str {
        match self {
            CpuQuota => "cpu_quota",
            CpuBurst => "cpu_burst",
            CpuWeight => "cpu_weight",
            Cpus => "cpus",
            MemoryLimit => "memory_limit",
            MemoryHigh => "memory_high",
            MemoryLow => "memory_low",
            MemorySwapMax => "memory_swap_max",
            OomGroup => "oom_group",
            PidsMax => "pids_max",
            UclampMin => "uclamp_min",
            UclampMax => "uclamp_max",
            IoWeight => "io_weight",
            IoMax => "io_max",
            NetworkRx => "network_rx",
            NetworkTx => "network_tx",
            Nice => "nice",
            OomScoreAdj => "oom_score_adj",
        }
    }

    pub fn holder(self) -> Holder {
        match self {
            CpuQuota | CpuBurst | CpuWeight | UclampMin | UclampMax => Holder::Group("cpu"),
            Cpus => Holder::Group("cpuset"),
            MemoryLimit | MemoryHigh | MemoryLow | MemorySwapMax | OomGroup => Holder::Group("memory"),
            PidsMax => Holder::Group("pids"),
            IoWeight | IoMax => Holder::Group("io"),
            NetworkRx | NetworkTx => Holder::Network,
            Nice | OomScoreAdj => Holder::Process,
        }
    }

    /// Whether its value is a number, and not words.
    pub fn is_number(self) -> bool {
        !matches!(self, Cpus | UclampMin | UclampMax | IoMax)
    }

    /// Whether it is a number of bytes.
    pub fn is_bytes(self) -> bool {
        matches!(self, MemoryLimit | MemoryHigh | MemoryLow | MemorySwapMax)
    }

    /// Whether of two numbers the smaller binds a job that is under both. A share among siblings means nothing
    /// elsewhere, and a protection is no bound.
    pub fn is_bound(self) -> bool {
        matches!(
            self,
            CpuQuota | MemoryLimit | MemoryHigh | MemorySwapMax | PidsMax | NetworkRx | NetworkTx | IoMax
        )
    }
}

impl fmt::Display for LimitKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
