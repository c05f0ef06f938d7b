//! Binds a job's group to its limits, those that can hold here: the one place that knows by what each is held.

use super::jobs::Jobs;
use super::known::Known;
use super::limits::{self, Refused};
use super::total::Total;
use crate::model::record::LimitDrift;
use crate::model::{JobId, LimitKey, Limits};
use std::os::fd::{AsFd, OwnedFd};

impl Jobs {
    /// In a `fresh` group the kernel's defaults are known to stand.
    pub(super) fn bind(&self, job: &JobId, dir: &OwnedFd, limits: &Limits, fresh: bool) -> Refused {
        self.write(dir, || self.path_of(job), limits, |_| true, fresh)
    }

    /// Of those alone that are `ours`.
    fn write(
        &self,
        dir: &OwnedFd,
        path: impl Fn() -> String,
        limits: &Limits,
        ours: impl Fn(LimitKey) -> bool,
        fresh: bool,
    ) -> Refused {
        let mut refused = limits::apply(dir, &path, limits, |key| self.holds(key) && ours(key), fresh);
        let of_network = [LimitKey::NetworkRx, LimitKey::NetworkTx].into_iter().any(ours);
        if let Some(network) = self.network.as_ref().filter(|_| of_network) {
            refused.extend(network.apply(dir.as_fd(), path, limits, fresh));
        }
        refused
    }

    /// What of all that is not as it was left.
    pub(super) fn drift(&self, dir: &OwnedFd, known: &Known) -> Vec<LimitDrift> {
        self.drift_from(dir, &known.bound, |key| self.is_held(known, key))
    }

    /// Jobs of an earlier run may be held by what only that version knew.
    pub(super) fn renew(&self) {
        let Some(network) = &self.network else { return };
        for (job, known) in &self.known {
            if let Ok(dir) = self.open(job) {
                network.renew(dir.as_fd(), &known.bound, |key| self.is_held(known, key));
            }
        }
    }

    fn is_held(&self, known: &Known, key: LimitKey) -> bool {
        self.holds(key) && !known.unheld.contains(&key)
    }

    fn drift_from(&self, dir: &OwnedFd, bound: &Limits, holds: impl Fn(LimitKey) -> bool) -> Vec<LimitDrift> {
        let mut drift = limits::drift(dir, bound, &holds);
        drift.extend(self.network.iter().flat_map(|network| network.drift(dir.as_fd(), bound, &holds)));
        drift
    }

    /// Takes off what would outlive the group as long as a socket of its processes is open.
    pub(super) fn unbind(&self, dir: &OwnedFd) {
        if let Some(network) = &self.network {
            network.apply(dir.as_fd(), String::new, &Limits::default(), false);
        }
    }

    /// The group above all jobs; of those limits `before`, which were ours, none stays that is not among `limits`.
    pub(super) fn bind_total(&self, limits: &Limits, before: &Limits) -> Refused {
        let is_ours = |key| limits.has(key) || before.has(key);
        self.write(&self.dir, || self.path.clone(), limits, is_ours, false)
    }

    /// What somebody else changed of those.
    pub(super) fn drift_of_total(&self) -> Vec<LimitDrift> {
        let Total { bound, unheld } = &self.total;
        self.drift_from(&self.dir, bound, |key| self.holds(key) && bound.has(key) && !unheld.contains(&key))
    }
}
