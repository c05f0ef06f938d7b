//! Checked sections → policy: defaults filled in, and everything resolved that can be resolved once instead of
//! at every event.

pub(super) mod here;
pub(super) mod limits;
mod rules;
mod scanner;

use super::foreign::Foreign;
use super::given::Environment;
use super::host::usual_socket;
use super::policy::{BreakerPolicy, HealthPolicy, Policy, RetryPolicy, StatePolicy, Thresholds};
use super::problem::{Place, Report};
use super::read::Setting;
use super::schema::{self, Audit, Breaker, Control, Health, Metrics, Retry, Root, State};
use super::settings::{AuditSettings, ControlSettings, LogSettings, MetricsSettings, Settings};
use super::values::{
    Address, EventSource, Failures, FavorDynmods, HealthMode, Interval, OnDrift, OnMade, OnStop,
};
use super::{Host, Sources};
use crate::model::{Glob, Human};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

const SCAN_INTERVAL: Duration = Duration::from_secs(10);
const FLUSH_INTERVAL: Duration = Duration::from_secs(30);
pub const RECEIVE_BUFFER: usize = 4 << 20;
const AUDIT_SIZE: u64 = 64 << 20;
const AUDIT_FILES: u32 = 5;
const AUDIT_MODE: u32 = 0o600;
const STATE_MODE: u32 = 0o600;
const STATE_FILE: &str = "ffrtmp/watch-state.json";
const METRICS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9746);
const JOB_SERIES: u32 = 200;
const TOP_SERIES: u32 = 20;

pub fn compile(all: &Root, sources: Sources<'_>, report: &mut Report) -> (Policy, Settings) {
    let Sources { file, flags, environment, host } = sources;
    let source = value(&all.events.source).unwrap_or_default();
    let cgroup_root = value(&all.cgroup.root).map(|folder| folder.0);
    let capacity = host.capacity(cgroup_root.as_deref());
    let mut total = all.total_limits.clone();
    total.io_max = here::disks(&total.io_max, host, report);
    let total_limits = limits::total(&total, &capacity, report);
    let policy = Policy {
        scan_interval: value(&all.scan_interval).map_or(SCAN_INTERVAL, |interval| interval.0),
        rules: rules::rules(all, &total_limits, host, &capacity, report),
        total_limits,
        users: host.accounts.by_uid().clone(),
        poll_only: source == EventSource::Poll,
        events_expected: source == EventSource::Netlink,
        dry_run: flags.dry_run,
        receive_buffer: value(&all.events.buffer).map_or(RECEIVE_BUFFER, |buffer| buffer.0),
        cgroup_root,
        favor_dynmods: match value(&all.cgroup.favor_dynmods).unwrap_or_default() {
            FavorDynmods::Auto => None,
            FavorDynmods::On => Some(true),
            FavorDynmods::Off => Some(false),
        },
        release_on_stop: value(&all.cgroup.on_stop).unwrap_or_default() == OnStop::Release,
        adopts_made: value(&all.cgroup.on_made).unwrap_or_default() == OnMade::Adopt,
        restore_on_drift: value(&all.cgroup.on_drift).unwrap_or_default() == OnDrift::Restore,
        foreign: foreign(&all.foreign).into(),
        retry: retry(&all.retry, report),
        breaker: breaker(&all.breaker, report),
        health: health(&all.health, report),
        scanner: scanner::scanner(&all.scanner, report),
        // A dry run touches nothing, the file of a service beside it least of all.
        state: if flags.dry_run { None } else { state(&all.state, host, environment, report) },
        argv_in_log: value(&all.log.argv).unwrap_or_default(),
    };
    let settings = Settings {
        config_file: file.map(|file| file.name.into()),
        log: LogSettings { format: value(&all.log.format), level: value(&all.log.level).unwrap_or_default() },
        audit: audit(&all.audit),
        metrics: metrics(&all.metrics),
        control: control(&all.control, host, environment, report),
        capacity,
    };
    (policy, settings)
}

fn value<T: Clone>(setting: &Setting<T>) -> Option<T> {
    setting.as_ref().map(|said| said.value.clone())
}

fn foreign(schema::Foreign(foreign): &schema::Foreign) -> Foreign {
    let units = foreign.units.0.iter().map(|(name, said)| (Glob::new(name), said.value));
    Foreign { usual: value(&foreign.policy).unwrap_or_default(), units: units.collect() }
}

fn audit(audit: &Audit) -> Option<AuditSettings> {
    Some(AuditSettings {
        path: value(&audit.path)?.0,
        max_size: value(&audit.max_size).map_or(AUDIT_SIZE, |size| size.0),
        keep: value(&audit.keep).map_or(AUDIT_FILES, |kept| kept.0),
        mode: value(&audit.mode).map_or(AUDIT_MODE, |mode| mode.0),
    })
}

fn metrics(metrics: &Metrics) -> MetricsSettings {
    MetricsSettings {
        listen: value(&metrics.listen).map_or_else(|| vec![Address::Tcp(METRICS)], |listen| listen.0),
        max_jobs: value(&metrics.max_jobs).map_or(JOB_SERIES, |series| series.0) as usize,
        max_top: value(&metrics.max_top).map_or(TOP_SERIES, |series| series.0) as usize,
    }
}

fn control(
    control: &Control,
    host: &Host<'_>,
    environment: Environment<'_>,
    report: &mut Report,
) -> Option<ControlSettings> {
    let groups = here::gids(&control.groups, host, report);
    let readers = here::uids(&control.readers, host, report);
    let operators = here::uids(&control.operators, host, report);
    let usual = || usual_socket(host.root, environment);
    let socket = value(&control.socket).map_or_else(usual, |socket| socket.0)?;
    Some(ControlSettings { socket, groups, readers, operators })
}

fn retry(retry: &Retry, report: &mut Report) -> Option<RetryPolicy> {
    let usual = RetryPolicy::default();
    let max_attempts = value(&retry.max_attempts).map_or(usual.max_attempts, |attempts| attempts.0);
    let initial_delay = value(&retry.initial_delay).map_or(usual.initial_delay, |delay| delay.0);
    let max_delay = value(&retry.max_delay).map_or(usual.max_delay.max(initial_delay), |delay| delay.0);
    not_below(&retry.max_delay, initial_delay, "retry.initial_delay", report);
    let enabled = value(&retry.enabled).unwrap_or(true) && max_attempts > 0;
    enabled.then_some(RetryPolicy { max_attempts, initial_delay, max_delay })
}

fn breaker(breaker: &Breaker, report: &mut Report) -> BreakerPolicy {
    let usual = BreakerPolicy::default();
    let failures = value(&breaker.failures).map_or(usual.failures, |failures| failures.0);
    let pause = value(&breaker.pause).map_or(usual.pause, |pause| pause.0);
    let max_pause = value(&breaker.max_pause).map_or(usual.max_pause.max(pause), |pause| pause.0);
    not_below(&breaker.max_pause, pause, "breaker.pause", report);
    BreakerPolicy { failures, pause, max_pause }
}

fn health(health: &Health, report: &mut Report) -> HealthPolicy {
    let usual = HealthPolicy::default();
    let count = |setting, usual| value(setting).map_or(usual, |Failures(count)| count);
    let time = |setting, usual| value(setting).map_or(usual, |Interval(time)| time);
    let degraded = count(&health.scan_failures_degraded, usual.thresholds.scan_failures_degraded);
    let unhealthy = usual.thresholds.scan_failures_unhealthy.max(degraded);
    let thresholds = Thresholds {
        scan_failures_degraded: degraded,
        scan_failures_unhealthy: count(&health.scan_failures_unhealthy, unhealthy),
        attach_failures_degraded: count(
            &health.attach_failures_degraded,
            usual.thresholds.attach_failures_degraded,
        ),
    };
    if let Some(said) = health.scan_failures_unhealthy.as_ref().filter(|said| said.value.0 < degraded) {
        let text =
            format!("{} is less than health.scan_failures_degraded, which is {degraded}", said.value.0);
        report.error(&said.place, &said.key, text);
    }
    HealthPolicy {
        thresholds,
        adaptive: value(&health.mode).unwrap_or_default() == HealthMode::Adaptive,
        scan_age: time(&health.scan_age, usual.scan_age),
        recover_after: time(&health.recover_after, usual.recover_after),
    }
}

/// The longest of something is no shorter than its first.
fn not_below(most: &Setting<Interval>, least: Duration, of: &str, report: &mut Report) {
    if let Some(said) = most.as_ref().filter(|said| said.value.0 < least) {
        let text = format!("{} is shorter than {of}, which is {}", Human(said.value.0), Human(least));
        report.error(&said.place, &said.key, text);
    }
}

fn state(
    state: &State,
    host: &Host<'_>,
    environment: Environment<'_>,
    report: &mut Report,
) -> Option<StatePolicy> {
    if !value(&state.enabled).unwrap_or(true) {
        return None;
    }
    let Some(path) = value(&state.path).map(|path| path.0).or_else(|| state_path(host, environment)) else {
        let text = "neither XDG_STATE_HOME nor HOME is set; without state.path no state is kept";
        report.warning(&Place::Variable("HOME"), "state.path", text);
        return None;
    };
    let flush_interval = value(&state.flush_interval).map_or(FLUSH_INTERVAL, |interval| interval.0);
    let sync = value(&state.sync).unwrap_or(true);
    let mode = value(&state.mode).map_or(STATE_MODE, |mode| mode.0);
    Some(StatePolicy { path, flush_interval, sync, mode })
}

/// Where state is kept unless told otherwise: the system's place for root, the user's for everybody else.
fn state_path(host: &Host<'_>, environment: Environment<'_>) -> Option<PathBuf> {
    let folder = |name| environment(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = match host.root {
        true => Some("/var/lib".into()),
        false => folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state"))),
    };
    Some(home?.join(STATE_FILE))
}
