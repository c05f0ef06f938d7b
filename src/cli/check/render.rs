//! Findings for people, a line each by area with the remedy below, and for programs. Names in them are anybody's.

use crate::cli::paint::{Ink, Paint};
use crate::model::text::Escaped;
use crate::sys::checkup::{Finding, Kind};
use serde_json::{Value, json};
use std::fmt::Write;

pub(super) fn text(findings: &[Finding], status: u8, paint: Paint) -> String {
    let mut told = String::new();
    let mut area = None;
    for finding in findings {
        if area.replace(finding.topic.area) != Some(finding.topic.area) {
            told.push_str(finding.topic.area.name());
            told.push('\n');
        }
        let kind = paint.on(colour(finding.kind), &format!("{:<7}", finding.kind.name()));
        let said = finding.to_string();
        // Writing to a string cannot fail.
        let _ = writeln!(told, "  {kind}  {}: {}", finding.topic.name, Escaped(said.as_bytes()));
        if !finding.remedy.is_empty() {
            let _ = writeln!(told, "           -> {}", Escaped(finding.remedy.as_bytes()));
        }
    }
    let (errors, warnings) = (count(findings, Kind::Error), count(findings, Kind::Warning));
    let _ = write!(told, "{}: {errors} error(s), {warnings} warning(s)", verdict(status));
    told
}

pub(super) fn json(findings: &[Finding], status: u8) -> Value {
    let all: Vec<Value> = findings
        .iter()
        .map(|Finding { topic, kind, place, key, text, remedy }| {
            json!({
                "kind": kind.name(), "area": topic.area.name(), "name": topic.name, "place": place, "key": key,
                "text": text, "remedy": remedy,
            })
        })
        .collect();
    json!({ "version": 1, "status": status, "verdict": verdict(status), "findings": all })
}

fn verdict(status: u8) -> &'static str {
    match status {
        0 => "ready",
        1 => "usable, with warnings",
        2 => "configuration wrong",
        _ => "this host cannot",
    }
}

fn count(findings: &[Finding], kind: Kind) -> usize {
    findings.iter().filter(|finding| finding.kind == kind).count()
}

fn colour(kind: Kind) -> Ink {
    match kind {
        Kind::Ok => Ink::Good,
        Kind::Note => Ink::Faint,
        Kind::Warning => Ink::Doubtful,
        Kind::Error => Ink::Bad,
    }
}
