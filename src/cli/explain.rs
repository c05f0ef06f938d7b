//! `ffrtmp explain PID`: why a process is governed or is not, with everything that was tried to find out.

use super::Failed;
use super::args::client::ExplainArgs;
use super::ask::Service;
use super::family;
use super::paint::{Ink, Paint};
use super::shown::{Shown, scalar};
use super::table::{self, Cell, Column};
use super::told::{Explanation, Failure};
use crate::model::Wall;
use nix::errno::Errno;
use serde_json::json;

pub(super) fn run(args: &ExplainArgs) -> Result<(), Failed> {
    let paint = Paint::for_stdout();
    let question = json!({ "ask": "explain", "pid": args.pid });
    Service::of(&args.client)?.show(question, "explanation", |told: Explanation| text(&told, paint))
}

fn text(told: &Explanation, paint: Paint) -> String {
    let mut lines = vec![paint.on(ink(&told.state), &Shown(&told.sentence).to_string())];
    lines.extend(told.facts.iter().map(|fact| Shown(fact).to_string()));
    lines.extend(part("Names that were compared with the targets", &TRIED, &tried(told), paint));
    lines.extend(part("Filters", &FILTERS, &filters(told), paint));
    let failures: Vec<Vec<Cell>> = told.failures.iter().map(failure).collect();
    lines.extend(part("What failed", &FAILURES, &failures, paint));
    lines.extend(family(told));
    lines.join("\n") + "\n"
}

/// Of a job of more than one process, who has started whom.
fn family(told: &Explanation) -> Vec<String> {
    let lines = told.job.as_ref().map(|job| family::lines(job, Some(told.pid))).unwrap_or_default();
    if lines.len() < 2 {
        return Vec::new();
    }
    let lines = lines.into_iter().map(|line| format!("  {line}"));
    [String::new(), "Processes of the job:".to_owned()].into_iter().chain(lines).collect()
}

fn ink(state: &str) -> Ink {
    match state {
        "governed" | "member" => Ink::Good,
        "retrying" | "paused" | "dead_letter" => Ink::Bad,
        _ => Ink::Doubtful,
    }
}

const fn column(head: &'static str) -> Column {
    Column { head, right: false, spare: 0 }
}

const TRIED: [Column; 4] = [column("TARGET"), column("BY"), column("NAME"), column("RESULT")];
const FILTERS: [Column; 3] = [column("FILTER"), column("RESULT"), column("WHY")];
const FAILURES: [Column; 4] = [column("TIME"), column("STEP"), column("CLASS"), column("WHY")];

/// A table under its title, if there is something in it.
fn part(title: &str, columns: &[Column], rows: &[Vec<Cell>], paint: Paint) -> Vec<String> {
    if rows.is_empty() {
        return Vec::new();
    }
    let table = table::lines(columns, rows, None, paint).into_iter().map(|line| format!("  {line}"));
    [String::new(), format!("{title}:")].into_iter().chain(table).collect()
}

fn tried(told: &Explanation) -> Vec<Vec<Cell>> {
    let row = |tried: &super::told::Tried| {
        let name =
            tried.name.as_deref().map_or_else(|| "(not readable)".into(), |name| Shown(name).to_string());
        vec![
            Shown(&tried.target).to_string().into(),
            Shown(&tried.by).to_string().into(),
            name.into(),
            result(tried.matches, ["matches", "differs"], Ink::Plain),
        ]
    };
    told.tried.iter().map(row).collect()
}

fn filters(told: &Explanation) -> Vec<Vec<Cell>> {
    let row = |filter: &super::told::Filter| {
        vec![
            Shown(&filter.filter).to_string().into(),
            result(filter.passed, ["passed", "refused"], Ink::Bad),
            Shown(&filter.text).to_string().into(),
        ]
    };
    told.filters.iter().map(row).collect()
}

fn result(good: bool, words: [&str; 2], otherwise: Ink) -> Cell {
    let (text, ink) = if good { (words[0], Ink::Good) } else { (words[1], otherwise) };
    Cell { text: text.into(), ink }
}

fn failure(failure: &Failure) -> Vec<Cell> {
    let time = Wall::parse(&failure.time)
        .map_or_else(|| scalar(&failure.time.as_str().into()), |at| at.millis().to_string());
    let mut why = Shown(&failure.path).to_string();
    if failure.errno != 0 {
        let known = Errno::from_raw(failure.errno);
        why += &format!(": {known:?} ({})", known.desc());
    }
    if !failure.detail.is_empty() {
        why += &format!(", {}", Shown(&failure.detail));
    }
    vec![
        time.into(),
        Shown(&failure.step).to_string().into(),
        Shown(&failure.class).to_string().into(),
        why.into(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn shown(told: Value) -> String {
        text(&serde_json::from_value(told).unwrap(), Paint(false))
    }

    #[test]
    fn a_governed_process_is_explained_with_its_job() {
        let told = json!({
            "pid": 10, "start_time": 5, "state": "governed", "sentence": "PID 10 is governed as job auto-ffmpeg-10.",
            "command": "ffmpeg", "rule": "exe",
            "tried": [{ "target": "ffmpeg", "by": "exe", "name": "ffmpeg", "matches": true }],
            "filters": [{ "filter": "min_runtime", "passed": true, "text": "it has run for 9s, 5s are asked for" }],
            "failures": [], "facts": ["It was attached at start."],
            "job": { "members": [{ "pid": 9, "parent": null, "command": "ffmpeg", "inside": true },
                                 { "pid": 10, "parent": 9, "command": "sh", "inside": true }] },
        });
        assert_eq!(
            shown(told),
            "PID 10 is governed as job auto-ffmpeg-10.\n\
             It was attached at start.\n\
             \n\
             Names that were compared with the targets:\n\
             \x20 TARGET  BY   NAME    RESULT\n\
             \x20 ffmpeg  exe  ffmpeg  matches\n\
             \n\
             Filters:\n\
             \x20 FILTER       RESULT  WHY\n\
             \x20 min_runtime  passed  it has run for 9s, 5s are asked for\n\
             \n\
             Processes of the job:\n\
             \x20 9 ffmpeg\n\
             \x20 └─ 10 sh  <- this one\n"
        );
    }

    #[test]
    fn a_dead_letter_is_explained_with_its_failures_and_hostile_names_are_text() {
        let told = json!({
            "pid": 10, "state": "dead_letter", "sentence": "PID 10 was given up.\u{1b}[2J",
            "tried": [{ "target": "x", "by": "comm", "name": "\u{7}\n", "matches": false },
                      { "target": "x", "by": "exe", "name": null, "matches": false }],
            "failures": [{ "time": "2026-08-01T12:00:00.000000001Z", "step": "mkdir", "errno": 13, "path": "/sys/fs/cgroup/x",
                           "detail": "odd\u{202e}", "class": "permanent" }],
        });
        let shown = shown(told);
        for part in [
            "PID 10 was given up.\\u{1b}[2J\n",
            "  x       comm  \\u{7}\\n         differs\n",
            "  x       exe   (not readable)  differs\n",
            "  2026-08-01T12:00:00.000Z  mkdir  permanent  /sys/fs/cgroup/x: EACCES (Permission denied), odd\\u{202e}\n",
        ] {
            assert!(shown.contains(part), "{part} in\n{shown}");
        }
        assert!(!shown.contains("Filters"), "{shown}");
    }
}
