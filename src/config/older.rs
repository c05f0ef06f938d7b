//! Files of the older service: its fleet role wrote these keys at the top level. They mean the default of that name.

use super::problem::Report;
use super::read::{Field, Said, Setting, section};
use super::schema::Root;
use super::values::{Attempts, CpuQuota, CpuWeight, FilePath, Interval, Memory, SpokenBool};
use super::yaml::Node;
use std::rc::Rc;

section! {
    Older {
        cpu_quota: Setting<CpuQuota>,
        cpu_weight: Setting<CpuWeight>,
        memory_limit: Setting<Memory>,
        enable_state: Setting<SpokenBool>,
        state_path: Setting<FilePath>,
        state_flush_interval: Setting<Interval>,
        enable_retry: Setting<SpokenBool>,
        max_retry_attempts: Setting<Attempts>,
    }
}

/// The file as a whole: the older keys are set apart, read, and moved to where they belong today.
pub fn read(node: &Rc<Node>, report: &mut Report) -> Root {
    let (older, current) = node.part(|key| Older::KEYS.contains(&key));
    let mut root = Root::read(&current, "", report);
    let older = Older::read(&older, "", report);
    settle(older.cpu_quota, &mut root.default_limits.cpu_quota, "default_limits.cpu_quota", report);
    settle(older.cpu_weight, &mut root.default_limits.cpu_weight, "default_limits.cpu_weight", report);
    settle(older.memory_limit, &mut root.default_limits.memory_limit, "default_limits.memory_limit", report);
    settle(older.enable_state, &mut root.state.enabled, "state.enabled", report);
    settle(older.state_path, &mut root.state.path, "state.path", report);
    settle(older.state_flush_interval, &mut root.state.flush_interval, "state.flush_interval", report);
    settle(older.enable_retry, &mut root.retry.enabled, "retry.enabled", report);
    settle(older.max_retry_attempts, &mut root.retry.max_attempts, "retry.max_attempts", report);
    root
}

fn settle<T, U: From<T>>(older: Setting<T>, today: &mut Setting<U>, home: &str, report: &mut Report) {
    let Some(Said { value, key, place }) = older else { return };
    if let Some(today) = today {
        let text = format!("a key of older files; not used, as {home} is set at {}", today.place);
        return report.warning(&place, &key, text);
    }
    report.warning(&place, &key, format!("a key of older files; it works, and is called {home} now"));
    *today = Some(Said { value: value.into(), key, place });
}
