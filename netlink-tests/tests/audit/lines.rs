//! Reads an audit log as somebody would who does not believe it.

use netlink_tests::bench::{Service, eventually};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// A folder for it, and the configuration that puts it there.
#[derive(Debug)]
pub(super) struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    pub(super) fn new() -> Place {
        Place { folder: tempfile::tempdir().expect("a folder") }
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    /// With more keys of the section, each behind a comma.
    pub(super) fn yaml(&self, more: &str) -> String {
        format!("audit: {{path: {}{more}}}\n", self.path().display())
    }

    /// All that was written by a service that has ended or rests, from the oldest file to the youngest.
    pub(super) fn lines(&self) -> Vec<Value> {
        let nth = |n: u32| PathBuf::from(format!("{}.{n}", self.path().display()));
        let kept = (1..).take_while(|&n| nth(n).exists()).count() as u32;
        let files = (1..=kept).rev().map(nth).chain([self.path()]);
        files.flat_map(|file| lines(&file)).collect()
    }

    pub(super) fn wait_for(&self, what: &str, holds: impl Fn(&Value) -> bool) -> Value {
        let mut found = None;
        eventually(&format!("the audit log tells that {what}"), || {
            found = so_far(&self.path()).into_iter().find(&holds);
            found.is_some()
        });
        found.expect("just found")
    }
}

/// While it is written: without a line that is on its way.
pub(super) fn so_far(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

pub(super) fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    assert!(text.is_empty() || text.ends_with('\n'), "the last line has an end");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// Each number follows the one before, lost lines counted; gives back how many were lost.
pub(super) fn assert_complete(lines: &[Value]) -> u64 {
    let (mut next, mut lost) = (1, 0);
    for line in lines {
        assert_eq!((&line["v"], &line["seq"]), (&1.into(), &next.into()), "{line}");
        assert!(line["time"].as_str().is_some_and(|time| time.ends_with('Z') && time.len() == 30), "{line}");
        let missing = if event(line) == "gap" { line["lost"].as_u64().expect("a number") } else { 0 };
        (next, lost) = (next + missing.max(1), lost + missing);
    }
    lost
}

pub(super) fn event(line: &Value) -> &str {
    line["event"].as_str().expect("a name")
}

/// What both tell, the log told in the same order with the same fields.
pub(super) fn assert_as_in_the_log(lines: &[Value], service: &Service) {
    let page = include_str!("../../../docs/audit.md");
    let audited = |record: &&Value| {
        let name = record["event"].as_str().expect("a name");
        page.contains(&format!("\n| `{name}` | "))
    };
    let strip = |record: &Value, own: &[&str]| {
        let mut record = record.as_object().expect("an object").clone();
        record.retain(|key, _| !own.contains(&&**key));
        record
    };
    let log: Vec<_> =
        service.records().iter().filter(audited).map(|r| strip(r, &["ts", "level", "msg"])).collect();
    let audit: Vec<_> = lines.iter().map(|line| strip(line, &["v", "seq", "time"])).collect();
    assert_eq!(audit, log);
}
