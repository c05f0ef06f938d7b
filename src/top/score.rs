//! How great a process is: what it has of the host's processors and what it has of its memory, each with its weight.

use crate::config::policy::TopPolicy;
use crate::model::sample::{HostUse, Sample};

/// What a core and what a byte count on this host.
#[derive(Debug)]
pub(super) struct Scale {
    cores: f64,
    memory: f64,
    cpu_weight: f64,
    memory_weight: f64,
}

impl Scale {
    pub(super) fn of(host: HostUse, policy: &TopPolicy) -> Option<Scale> {
        let is_known = host.cores > 0 && host.memory > 0;
        is_known.then_some(Scale {
            cores: f64::from(host.cores),
            memory: host.memory as f64,
            cpu_weight: policy.cpu_weight,
            memory_weight: policy.memory_weight,
        })
    }

    /// Where no rate is known, memory alone counts. A share is never more than all, however coarse the clock.
    pub(super) fn score(&self, sample: &Sample) -> f64 {
        let cpu = (busy(sample) / self.cores).min(1.0);
        let memory = (sample.used.resident as f64 / self.memory).min(1.0);
        self.cpu_weight * cpu + self.memory_weight * memory
    }
}

/// Cores that a process kept busy, by itself and by children that lived too short to be met: they are its work.
pub(super) fn busy(sample: &Sample) -> f64 {
    sample.recent.map_or(0.0, |recent| f64::from(recent.cores) + f64::from(recent.children))
}
