//! The files we ship, as texts. Nothing here knows YAML: Prometheus itself reads them, and tells what it has understood.

use netlink_tests::vm::cache::workspace;
use std::path::PathBuf;

pub(crate) fn path(name: &str) -> PathBuf {
    workspace().join(name)
}

pub(crate) fn read(name: &str) -> String {
    let path = path(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The names of the alerts, in order.
pub(crate) fn alerts() -> Vec<String> {
    values_of("alert: ", &read("config/prometheus/alerts.yml"))
}

/// What stands behind this key, wherever it does.
pub(crate) fn values_of(key: &str, yaml: &str) -> Vec<String> {
    let lines = yaml.lines().map(|line| line.trim_start().trim_start_matches("- "));
    lines.filter_map(|line| line.strip_prefix(key)).map(str::to_owned).collect()
}
