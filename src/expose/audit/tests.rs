//! What a line holds; that the page for its readers tells of each field; and the file: see `sys::audit` and the tests
//! with the service.

use super::*;
use crate::expose::log::samples::{discovery, every_record};
use crate::model::record::AuditRecord;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

const PAGE: &str = include_str!("../../../docs/audit.md");

fn object(line: &[u8]) -> Map<String, Value> {
    assert_eq!(line.iter().filter(|&&byte| byte == b'\n').count(), 1);
    serde_json::from_slice(line).unwrap_or_else(|e| panic!("{e}: {}", line.escape_ascii()))
}

fn audited(text: &str) -> Vec<Map<String, Value>> {
    let records = every_record(text);
    let chosen = records.iter().filter(|record| choice::is_audited(record));
    chosen.map(|record| object(&entry(Wall(1), record, ArgvInLog::Redacted))).collect()
}

#[test]
fn a_line_has_the_exact_time_and_the_fields_of_the_log() {
    let found = Record::Discovered(Box::new(discovery()));
    let line = entry(Wall(951_827_696_789_012_345), &found, ArgvInLog::Redacted);
    assert_eq!(
        String::from_utf8(line).unwrap(),
        "{\"time\":\"2000-02-29T12:34:56.789012345Z\",\"event\":\"discovered\",\"pid\":4242,\"start_time\":812345,\
         \"command\":\"ffmpeg\",\"rule\":\"exe\",\"ppid\":77,\"uid\":1000,\"user\":\"encoder\",\"age_seconds\":1.2,\"latency_seconds\":0.00004,\
         \"cwd\":\"/srv/in\",\"exe\":\"/usr/bin/ffmpeg\",\"cgroup\":\"/user.slice\",\
         \"argv\":\"ffmpeg -re -i \\\"a b.mp4\\\"\"}\n"
    );
}

#[test]
fn every_record_is_one_object_with_a_name_whatever_it_holds() {
    for line in audited("x\n\"\\\u{1b}\u{202e},\"seq\":0") {
        assert!(line["event"].is_string() && line["time"].is_string());
        let shown = Value::Object(line).to_string();
        assert!(!shown.contains('\u{202e}') && !shown.contains("\\u001b"), "{shown}");
    }
}

#[test]
fn a_command_line_is_shown_as_far_as_the_log_may_show_it() {
    let mut found = discovery();
    found.argv = b"ffmpeg\0rtmp://live.example/app/secret\0".to_vec();
    let found = Record::Discovered(Box::new(found));
    let argv = |how| object(&entry(Wall(0), &found, how)).get("argv").cloned();
    assert!(!argv(ArgvInLog::Redacted).unwrap().to_string().contains("secret"));
    assert!(argv(ArgvInLog::Full).unwrap().to_string().contains("secret"));
    assert_eq!(argv(ArgvInLog::None), None);
}

#[test]
fn the_audit_log_does_not_tell_of_itself() {
    assert!(!choice::is_audited(&Record::Audit(AuditRecord::Gap { lost: 1 })));
    let gap = object(&gap(Wall(0), 7));
    assert_eq!((&gap["event"], &gap["lost"]), (&"gap".into(), &7.into()));
}

/// The tables of the page: an event, and its fields.
fn told() -> BTreeMap<String, BTreeSet<String>> {
    let rows = PAGE.lines().filter_map(|line| line.strip_prefix("| `"));
    let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect();
    rows.filter_map(|row| {
        let (event, rest) = row.split_once("` | ")?;
        Some((event.to_owned(), words(rest.split(" | ").next()?)))
    })
    .collect()
}

#[test]
fn the_page_tells_of_every_event_and_field_and_of_no_other() {
    let mut shown: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in audited("x").into_iter().chain([object(&gap(Wall(0), 1))]) {
        let event = line["event"].as_str().unwrap().to_owned();
        let fields = line.keys().filter(|key| !["time", "event"].contains(&key.as_str())).cloned();
        shown.entry(event).or_default().extend(fields);
    }
    assert_eq!(told(), shown);
}

#[test]
fn the_page_names_the_version_of_the_lines() {
    assert!(PAGE.contains(&format!("`v` is {}", crate::sys::audit::VERSION)));
}
