//! The files we ship, as texts. Nothing here knows YAML: Prometheus itself reads them, and tells what it has understood.

use netlink_tests::vm::cache::workspace;
use serde_json::Value;
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

/// Every query of the dashboard, the variables filled in as Grafana would where all is chosen.
pub(crate) fn dashboard() -> Vec<String> {
    let dashboard: Value = serde_json::from_str(&read("config/grafana/ffrtmp.json")).expect("json");
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    targets.map(|target| filled_in(target["expr"].as_str().expect("a query"))).collect()
}

fn filled_in(query: &str) -> String {
    let variables = [
        ("$__rate_interval", "1m"),
        ("$__range", "5m"),
        ("$job", "ffrtmp"),
        ("$instance", ".*"),
        ("$command", ".*"),
    ];
    let query = variables.iter().fold(query.to_owned(), |query, (name, value)| query.replace(name, value));
    assert!(!query.contains('$'), "a variable that nobody fills in: {query}");
    query
}
