//! Whether what rules and dashboard ask for is there: every metric that they name is exported, and every query finds a number
//! once everything has happened that there are figures for.

use super::patient::Patient;
use netlink_tests::bench::prometheus::Prometheus;
use netlink_tests::bench::prometheus::shipped::{self, Query};
use netlink_tests::bench::{eventually, has_controllers};
use serde_json::Value;
use std::collections::BTreeSet;

pub(crate) fn find_data(prometheus: &Prometheus, ward: &[Patient]) {
    let rules = prometheus.rules();
    for rule in &rules {
        assert_eq!(rule["health"], "ok", "{rule}");
    }
    let of = |rule: &Value, key: &str| rule[key].as_str().expect("a text").to_owned();
    let recorded = rules.iter().filter(|rule| rule["type"] == "recording").map(|rule| of(rule, "name"));
    let plain = |name: String| Query { expression: name, labels: Vec::new() };
    let recorded: Vec<Query> = recorded.map(plain).collect();
    let dashboard = shipped::dashboard();

    let known = exported(ward);
    let is_known = |name: &&str| known.contains(*name) || recorded.iter().any(|of| of.expression == **name);
    let asking = dashboard.iter().map(|query| query.expression.clone());
    for asking in rules.iter().map(|rule| of(rule, "query")).chain(asking) {
        let unknown: Vec<&str> = asked_for(&asking).filter(|name| !is_known(name)).collect();
        assert!(unknown.is_empty(), "nobody exports {unknown:?}, asked for by {asking}");
    }
    for query in recorded.iter().chain(&dashboard) {
        finds_data(prometheus, query);
    }
    let (all, recorded, dashboard) = (rules.len(), recorded.len(), dashboard.len());
    println!(
        "{all} rules are sound; {recorded} recorded ones and {dashboard} queries of the dashboard are answered"
    );
}

fn finds_data(prometheus: &Prometheus, query: &Query) {
    let expression = &query.expression;
    if !query.needs_controllers() {
        eventually(&format!("data is found by {expression}"), || prometheus.answers(query));
    } else if !has_controllers() {
        assert!(!prometheus.answers(query), "a host without controllers has figures for {expression}");
    }
}

/// The names of samples, those of all services together.
fn exported(ward: &[Patient]) -> BTreeSet<String> {
    let running = ward.iter().filter(|patient| patient.case.name != "killed");
    let types = running.flat_map(|patient| patient.scrape().types);
    let names = |(name, kind): (String, String)| match kind.as_str() {
        "histogram" => ["_bucket", "_sum", "_count"].map(|end| format!("{name}{end}")).to_vec(),
        _ => vec![name],
    };
    types.flat_map(names).collect()
}

/// The names of metrics in an expression; recorded ones with a colon are not meant.
fn asked_for(expression: &str) -> impl Iterator<Item = &str> {
    let part_of_a_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    expression.split(move |c| !part_of_a_name(c)).filter(|word| word.starts_with("ffrtmp_"))
}
