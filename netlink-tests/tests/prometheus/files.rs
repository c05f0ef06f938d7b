//! The files by themselves: no service is needed.

use netlink_tests::bench::prometheus::{shipped, tools};
use netlink_tests::vm::host::output;
use std::collections::BTreeSet;
use std::process::Command;

#[test]
fn promtool_finds_no_fault_and_its_tests_pass() {
    let Some(tools) = tools("promtool_finds_no_fault_and_its_tests_pass") else { return };
    for check in [
        &["check", "rules", "rules.yml", "alerts.yml"][..],
        &["check", "config", "scrape.yml"],
        &["test", "rules", "rules_test.yml"],
    ] {
        let mut promtool = Command::new(tools.join("promtool"));
        promtool.args(check).current_dir(shipped::path("config/prometheus"));
        println!("{}", output(&mut promtool).unwrap_or_else(|why| panic!("{why}")));
    }
}

/// As GitHub and others make them from headings.
fn anchors(page: &str) -> BTreeSet<String> {
    let headings =
        page.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let anchor = |heading: &str| {
        let kept = heading.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
        kept.collect::<String>().to_lowercase().replace(' ', "-")
    };
    headings.map(anchor).collect()
}

#[test]
fn every_alert_has_its_section_in_the_runbook() {
    let page = shipped::read("docs/operations.md");
    let anchors = anchors(&page);
    let links = shipped::values_of("runbook_url: ", &shipped::read("config/prometheus/alerts.yml"));
    let section = |name: &String| format!("docs/operations.md#{}", name.to_lowercase());
    assert_eq!(links, shipped::alerts().iter().map(section).collect::<Vec<_>>());
    for link in links.iter().filter_map(|link| link.split('#').nth(1)) {
        assert!(anchors.contains(link), "operations.md has no section #{link}");
    }
    for link in page.split("](#").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(anchors.contains(link), "operations.md has no section #{link}");
    }
}

/// What the runbook looks for in the service's log is what the service says.
#[test]
fn the_runbook_greps_for_words_of_the_log() {
    let folder = std::fs::read_dir(shipped::path("src/expose/log")).expect("the log's words");
    let files = folder.flatten().map(|entry| entry.path()).filter(|path| path.is_file());
    let words: String = files.map(|path| std::fs::read_to_string(path).expect("a file")).collect();
    let page = shipped::read("docs/operations.md");
    let greps = page.lines().filter_map(|line| line.split_once("journalctl -u ffrtmp-watch -g '"));
    for pattern in greps.filter_map(|(_, rest)| rest.split('\'').next()) {
        for part in pattern.split('|') {
            assert!(words.contains(part), "the log never says {part:?}");
        }
    }
}

/// Panels that Grafana has by itself, each with a number and a place of its own.
#[test]
fn the_dashboard_needs_no_plugin_and_its_panels_have_room() {
    let text = shipped::read("config/grafana/ffrtmp.json");
    let dashboard: serde_json::Value = serde_json::from_str(&text).expect("json");
    let (mut numbers, mut places) = (BTreeSet::new(), BTreeSet::new());
    for panel in dashboard["panels"].as_array().expect("panels") {
        let kind = panel["type"].as_str().expect("a type");
        assert!(["row", "stat", "state-timeline", "table", "timeseries"].contains(&kind), "{kind}");
        assert!(numbers.insert(panel["id"].as_u64()), "{panel}");
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64().expect("a place"));
        assert!(x + w <= 24, "{panel}");
        for place in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert!(places.insert(place), "{panel} lies over another one");
        }
    }
}

/// Named as not to fire at one time, and as to fire at another.
#[test]
fn every_alert_is_tested_to_fire_and_to_be_silent() {
    let tests = shipped::read("config/prometheus/rules_test.yml");
    for name in shipped::alerts() {
        let silent = format!(", alertname: {name} }}");
        let fires = format!("alertname: {name}\n        exp_alerts:\n");
        assert!(tests.contains(&silent) && tests.contains(&fires), "{name}");
    }
}
