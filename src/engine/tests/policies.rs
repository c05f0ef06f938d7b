//! Policies for tests, built by hand: what the configuration compiles to is tested where it is compiled.

use crate::config::policy::{
    BreakerPolicy, Filters, HealthPolicy, Policy, RetryPolicy, Rule, ScannerPolicy, StatePolicy,
};
use crate::model::{LimitKey, Limits};
use std::sync::Arc;
use std::time::Duration;

pub(super) const SCAN_INTERVAL: Duration = Duration::from_secs(10);

pub(super) fn limits(cpu_quota: u32) -> Limits {
    Limits::from([(LimitKey::CpuQuota, cpu_quota.into())])
}

pub(super) fn rule(command: &str, filters: Filters) -> Rule {
    Rule { command: Arc::from(command), limits: limits(200), filters, tree: Default::default() }
}

pub(super) fn policy(rules: Vec<Rule>) -> Policy {
    Policy {
        scan_interval: SCAN_INTERVAL,
        rules,
        total_limits: Default::default(),
        users: Default::default(),
        poll_only: false,
        events_expected: false,
        dry_run: false,
        receive_buffer: 4 << 20,
        cgroup_root: None,
        favor_dynmods: None,
        release_on_stop: false,
        restore_on_drift: true,
        adopts_made: true,
        foreign: Default::default(),
        retry: Some(RetryPolicy::default()),
        breaker: BreakerPolicy::default(),
        health: HealthPolicy::default(),
        scanner: None,
        state: Some(StatePolicy {
            path: "/state.json".into(),
            flush_interval: Duration::from_secs(30),
            sync: true,
            mode: 0o600,
        }),
        argv_in_log: Default::default(),
    }
}

/// ffmpeg and gst-launch-1.0 without any filter.
pub(super) fn usual() -> Policy {
    targets(&["ffmpeg", "gst-launch-1.0"])
}

pub(super) fn targets(names: &[&str]) -> Policy {
    policy(names.iter().map(|name| rule(name, Filters::default())).collect())
}

/// The same, and every process is sampled in each scan.
pub(super) fn sampling() -> Policy {
    Policy { scanner: Some(ScannerPolicy { interval: SCAN_INTERVAL, ..ScannerPolicy::default() }), ..usual() }
}

/// ffmpeg alone, with these filters.
pub(super) fn filtered(filters: Filters) -> Policy {
    policy(vec![rule("ffmpeg", filters)])
}
