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

/// A query with the labels by which its results are told apart.
pub(crate) struct Query {
    pub expression: String,
    pub labels: Vec<String>,
}

/// Every query of the dashboard and of its variables, these filled in as Grafana would where all is chosen.
pub(crate) fn dashboard() -> Vec<Query> {
    let dashboard: Value = serde_json::from_str(&read("config/grafana/ffrtmp.json")).expect("json");
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    let variables = dashboard["templating"]["list"].as_array().expect("variables").iter();
    let values = variables.filter_map(|variable| variable["definition"].as_str()).map(|definition| {
        let inner = definition.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
        let (series, label) =
            inner.and_then(|inner| inner.rsplit_once(", ")).expect("label_values(SERIES, LABEL)");
        Query { expression: filled_in(series), labels: vec![label.to_owned()] }
    });
    values.chain(targets.map(of_target)).collect()
}

fn of_target(target: &Value) -> Query {
    let text = |key: &str| target[key].as_str().expect("a text");
    let labels = text("legendFormat").split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
    Query { expression: filled_in(text("expr")), labels: labels.map(str::to_owned).collect() }
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
