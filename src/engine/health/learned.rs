//! What is usual on this host: how long scans take, how often tries fail, how many events come. Under `health.mode:
//! adaptive` thresholds follow it, within bounds that no history moves; otherwise it is only kept.

use crate::config::policy::{HealthPolicy, Thresholds};
use crate::model::health::Reason;
use std::time::Duration;

/// Before that many measurements nothing counts as usual.
const ENOUGH: u32 = 20;
/// How much the newest measurement weighs.
const WEIGHT: f64 = 0.05;
/// So many mean deviations above the mean are unusual.
const FAR: f64 = 6.0;
/// A run of failures that chance alone brings less often than this means something.
const UNLIKELY: f64 = 1e-4;

/// Bounds of what can be learned.
const SCAN_FAILURES: (u32, u32) = (2, 10);
const ATTACH_FAILURES: (u32, u32) = (3, 30);
const SCAN_SECONDS: (f64, f64) = (0.1, 5.0);
const EVENTS_A_SECOND: (f64, f64) = (2_000.0, 50_000.0);

#[derive(Clone, Debug, Default)]
pub(crate) struct Learned {
    /// Steady passes, and full ones.
    scans: [Usual; 2],
    /// Which of both the last was.
    full: bool,
    events: Usual,
    scan_fails: Chance,
    attach_fails: Chance,
}

impl Learned {
    pub(crate) fn scan(&mut self, full: bool, took: Duration) {
        self.full = full;
        self.scans[usize::from(full)].add(took.as_secs_f64());
        self.scan_fails.add(false);
    }

    pub(crate) fn scan_failed(&mut self) {
        self.scan_fails.add(true);
    }

    pub(crate) fn attached(&mut self, failed: bool) {
        self.attach_fails.add(failed);
    }

    pub(crate) fn events(&mut self, count: u64, during: Duration) {
        if !during.is_zero() {
            self.events.add(count as f64 / during.as_secs_f64());
        }
    }

    /// The fixed thresholds, or those that this host's own failures make meaningful.
    pub(super) fn limits(&self, policy: &HealthPolicy) -> Thresholds {
        if !policy.adaptive {
            return policy.thresholds;
        }
        let fixed = policy.thresholds;
        let scans = self.scan_fails.run(SCAN_FAILURES).unwrap_or(fixed.scan_failures_degraded);
        let margin = fixed.scan_failures_unhealthy.saturating_sub(fixed.scan_failures_degraded);
        Thresholds {
            scan_failures_degraded: scans,
            scan_failures_unhealthy: scans + margin,
            attach_failures_degraded: self
                .attach_fails
                .run(ATTACH_FAILURES)
                .unwrap_or(fixed.attach_failures_degraded),
        }
    }

    pub(super) fn slow_scan(&self, policy: &HealthPolicy) -> Option<Reason> {
        let (took, usual, limit) = self.scans[usize::from(self.full)].unusual(policy, SCAN_SECONDS)?;
        let [took, usual, limit] = [took, usual, limit].map(Duration::from_secs_f64);
        Some(Reason::SlowScan { took, usual, limit })
    }

    pub(super) fn event_storm(&self, policy: &HealthPolicy) -> Option<Reason> {
        let (rate, usual, limit) = self.events.unusual(policy, EVENTS_A_SECOND)?;
        Some(Reason::EventStorm { rate, usual, limit })
    }
}

/// Mean and mean deviation, of which the past fades; and the newest measurement, compared with what came before it.
#[derive(Clone, Copy, Debug, Default)]
struct Usual {
    measured: u32,
    mean: f64,
    deviation: f64,
    newest: f64,
    /// Mean and limit before the newest.
    before: Option<(f64, f64)>,
}

impl Usual {
    fn add(&mut self, value: f64) {
        let limit = self.mean + FAR * self.deviation;
        self.before = (self.measured >= ENOUGH).then_some((self.mean, limit));
        let weight = WEIGHT.max(1.0 / f64::from(self.measured + 1));
        let apart = (value - self.mean).abs();
        self.mean += weight * (value - self.mean);
        self.deviation += weight * (if self.measured == 0 { 0.0 } else { apart } - self.deviation);
        self.measured = self.measured.saturating_add(1);
        self.newest = value;
    }

    /// The newest, the usual and the limit, if the newest is above the limit.
    fn unusual(&self, policy: &HealthPolicy, (least, most): (f64, f64)) -> Option<(f64, f64, f64)> {
        let (mean, limit) = self.before.filter(|_| policy.adaptive)?;
        let limit = limit.clamp(least, most);
        (self.newest > limit).then_some((self.newest, mean, limit))
    }
}

/// How often a try fails.
#[derive(Clone, Copy, Debug, Default)]
struct Chance {
    tried: u32,
    fails: f64,
}

impl Chance {
    fn add(&mut self, failed: bool) {
        let weight = WEIGHT.max(1.0 / f64::from(self.tried + 1));
        self.fails += weight * (f64::from(u8::from(failed)) - self.fails);
        self.tried = self.tried.saturating_add(1);
    }

    /// The run of failures that is too long to be chance.
    fn run(&self, (least, most): (u32, u32)) -> Option<u32> {
        let length = (UNLIKELY.ln() / self.fails.clamp(1e-6, 0.999).ln()).ceil();
        (self.tried >= ENOUGH).then(|| (length as u32).clamp(least, most))
    }
}
