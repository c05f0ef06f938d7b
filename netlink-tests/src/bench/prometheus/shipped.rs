//! The files we ship, as texts. Nothing here knows YAML: Prometheus itself reads them, and tells what it has understood.

use crate::vm::cache::workspace;
use serde_json::Value;
use std::path::PathBuf;

/// In a virtual machine only what is installed from is there.
pub fn path(name: &str) -> PathBuf {
    std::env::var_os("FFRTMP_SRC").map_or_else(workspace, PathBuf::from).join(name)
}

pub fn read(name: &str) -> String {
    let path = path(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The names of the alerts, in order.
pub fn alerts() -> Vec<String> {
    values_of("alert: ", &read("config/prometheus/alerts.yml"))
}

/// What stands behind this key, wherever it does.
pub fn values_of(key: &str, yaml: &str) -> Vec<String> {
    let lines = yaml.lines().map(|line| line.trim_start().trim_start_matches("- "));
    lines.filter_map(|line| line.strip_prefix(key)).map(str::to_owned).collect()
}

/// Parts of the names of metrics that a host without controllers has no figures for.
const FIGURES_OF_CONTROLLERS: [&str; 5] =
    ["job_cpu_throttled", "job_memory", "jobs_memory", "oom_kills", "job_io_bytes"];

/// A query with the labels by which its results are told apart.
#[derive(Debug)]
pub struct Query {
    pub expression: String,
    pub labels: Vec<String>,
}

impl Query {
    pub fn needs_controllers(&self) -> bool {
        FIGURES_OF_CONTROLLERS.iter().any(|part| self.expression.contains(part))
    }
}

/// Every query of the dashboard and of its variables, these filled in as Grafana would where all is chosen.
pub fn dashboard() -> Vec<Query> {
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
