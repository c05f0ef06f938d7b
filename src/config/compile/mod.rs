//! Checked sections → policy: defaults filled in, and everything resolved that can be resolved once instead of
//! at every event.

mod here;
mod rules;

use super::given::Environment;
use super::policy::{Policy, RetryPolicy, StatePolicy};
use super::problem::{Place, Report};
use super::read::Setting;
use super::schema::{Retry, Root, State};
use super::settings::{LogSettings, Settings};
use super::values::{EventSource, OnDrift, OnStop};
use super::{Host, Sources};
use std::path::PathBuf;
use std::time::Duration;

const SCAN_INTERVAL: Duration = Duration::from_secs(10);
const FLUSH_INTERVAL: Duration = Duration::from_secs(30);
const ATTEMPTS: u32 = 3;
const RECEIVE_BUFFER: usize = 4 << 20;
const STATE_FILE: &str = "ffrtmp/watch-state.json";

pub fn compile(all: &Root, sources: Sources<'_>, report: &mut Report) -> (Policy, Settings) {
    let Sources { file, flags, environment, host } = sources;
    let source = value(&all.events.source).unwrap_or_default();
    let policy = Policy {
        scan_interval: value(&all.scan_interval).map_or(SCAN_INTERVAL, |interval| interval.0),
        rules: rules::rules(all, host, report),
        users: host.accounts.by_uid().clone(),
        poll_only: source == EventSource::Poll,
        events_expected: source == EventSource::Netlink,
        dry_run: flags.dry_run,
        receive_buffer: value(&all.events.buffer).map_or(RECEIVE_BUFFER, |buffer| buffer.0),
        cgroup_root: value(&all.cgroup.root).map(|folder| folder.0),
        release_on_stop: value(&all.cgroup.on_stop).unwrap_or_default() == OnStop::Release,
        restore_on_drift: value(&all.cgroup.on_drift).unwrap_or_default() == OnDrift::Restore,
        retry: retry(&all.retry),
        state: state(&all.state, host, environment, report),
        argv_in_log: value(&all.log.argv).unwrap_or_default(),
    };
    let settings = Settings {
        config_file: file.map(|file| file.name.into()),
        log: LogSettings { format: value(&all.log.format), level: value(&all.log.level).unwrap_or_default() },
        control_socket: flags.control_socket.clone(),
        metrics_listen: flags.metrics_listen.clone(),
    };
    (policy, settings)
}

fn value<T: Clone>(setting: &Setting<T>) -> Option<T> {
    setting.as_ref().map(|said| said.value.clone())
}

fn retry(retry: &Retry) -> Option<RetryPolicy> {
    let max_attempts = value(&retry.max_attempts).map_or(ATTEMPTS, |attempts| attempts.0);
    let enabled = value(&retry.enabled).unwrap_or(true) && max_attempts > 0;
    enabled.then_some(RetryPolicy { max_attempts })
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
    Some(StatePolicy { path, flush_interval, sync: value(&state.sync).unwrap_or(true) })
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
