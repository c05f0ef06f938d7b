//! Jobs as a table: its columns, and the orders it can be in. What `ps` prints and `top` draws. Pure.

use super::args::columns::JobKey;
use super::paint::{Ink, Paint};
use super::shown::{Shown, duration, limits, or_nothing, percent};
use super::table::{self, Cell, Column, left, right};
use super::told::{Job, Usage};
use crate::model::Bytes;
use std::cmp::Ordering;

const COLUMNS: [Column; 12] = [
    left("JOB", 0),
    right("PID", 1),
    left("COMMAND", 9),
    left("USER", 6),
    left("STATE", 0),
    right("AGE", 2),
    right("PROCS", 8),
    right("CPU%", 0),
    right("CPU-TIME", 7),
    right("THROTTLED", 5),
    right("MEM", 0),
    left("LIMITS", 4),
];

pub(super) fn table(jobs: &[Job], width: Option<usize>, paint: Paint) -> Vec<String> {
    let rows: Vec<Vec<Cell>> = jobs.iter().map(row).collect();
    table::lines(&COLUMNS, &rows, width, paint)
}

fn row(job: &Job) -> Vec<Cell> {
    let usage = job.usage.clone().unwrap_or_default();
    let Usage { cpu_seconds, cpu_rate, throttled_seconds, memory } = usage;
    let throttled = Cell {
        text: or_nothing(throttled_seconds.map(duration)),
        ink: if throttled_seconds.unwrap_or(0.0) > 0.0 { Ink::Doubtful } else { Ink::Plain },
    };
    vec![
        Shown(&job.job).to_string().into(),
        job.pid.to_string().into(),
        Shown(&job.command).to_string().into(),
        job.owner().into(),
        Cell { text: Shown(&job.state).to_string(), ink: state(&job.state) },
        duration(job.age).into(),
        job.processes.to_string().into(),
        or_nothing(cpu_rate.map(percent)).into(),
        or_nothing(cpu_seconds.map(duration)).into(),
        throttled,
        or_nothing(memory.map(Bytes)).into(),
        said_of_limits(job).into(),
    ]
}

fn said_of_limits(job: &Job) -> String {
    let mut said = limits(&job.limits);
    if job.set {
        said.push_str(" (set)");
    }
    if job.foreign.as_deref() == Some("in-place") {
        said.push_str(" (in place)");
    }
    let unheld: Vec<_> = job.limits_not_holding.iter().map(|held| Shown(&held.limit).to_string()).collect();
    if !unheld.is_empty() {
        said.push_str(&format!(" (not holding: {})", unheld.join(", ")));
    }
    said
}

fn state(state: &str) -> Ink {
    match state {
        "governed" => Ink::Good,
        "retrying" | "paused" => Ink::Bad,
        _ => Ink::Doubtful,
    }
}

/// What a filter looks through.
pub(super) fn about(job: &Job) -> String {
    [job.job.as_str(), &job.command, &job.state, &job.owner()].join(" ")
}

/// Numbers begin with the greatest, names with the first; `turned` is the other way round.
pub(super) fn sort(jobs: &mut [Job], key: JobKey, turned: bool) {
    jobs.sort_by(|a, b| {
        let order = order(a, b, key).then_with(|| (a.pid, &a.job).cmp(&(b.pid, &b.job)));
        if turned { order.reverse() } else { order }
    });
}

fn order(a: &Job, b: &Job, key: JobKey) -> Ordering {
    let greatest = |of: fn(&Job) -> f64| of(b).total_cmp(&of(a));
    let used = |job: &Job, of: fn(&Usage) -> Option<f64>| job.usage.as_ref().and_then(of).unwrap_or(-1.0);
    match key {
        JobKey::Job => a.job.cmp(&b.job),
        JobKey::Pid => a.pid.cmp(&b.pid),
        JobKey::Command => a.command.cmp(&b.command),
        JobKey::User => a.owner().cmp(&b.owner()),
        JobKey::State => a.state.cmp(&b.state),
        JobKey::Age => greatest(|job| job.age),
        JobKey::Cpu => used(b, |u| u.cpu_rate).total_cmp(&used(a, |u| u.cpu_rate)),
        JobKey::Throttled => used(b, |u| u.throttled_seconds).total_cmp(&used(a, |u| u.throttled_seconds)),
        JobKey::Memory => {
            used(b, |u| u.memory.map(|m| m as f64)).total_cmp(&used(a, |u| u.memory.map(|m| m as f64)))
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use serde_json::json;

    pub(in crate::cli) fn jobs() -> Vec<Job> {
        let told = json!([
            { "job": "auto-ffmpeg-10", "pid": 10, "command": "ffmpeg", "state": "governed", "uid": 1000, "user": "media",
              "processes": 2, "age": 11520.0, "limits": { "cpu_quota": 200, "cpu_weight": null, "memory_limit": 4u64 << 30 },
              "usage": { "cpu_seconds": 125.0, "cpu_rate": 1.5, "throttled_seconds": 2.5, "memory": 1u64 << 30 } },
            { "job": "auto-x-9", "pid": 9, "command": "x\u{1b}[31m\n", "state": "retrying", "uid": 7, "user": null,
              "processes": 0, "age": 3.0, "limits": {}, "usage": null },
            { "job": "auto-y-11", "pid": 11, "command": "日本", "state": "governed", "uid": 7, "user": "me", "processes": 1,
              "age": 60.0, "limits": { "cpu_quota": 50 }, "set": true, "usage": { "cpu_seconds": 1.0, "cpu_rate": 0.01, "memory": null } },
        ]);
        serde_json::from_value(told).unwrap()
    }

    #[test]
    fn what_is_not_known_is_a_dash_and_hostile_names_are_text() {
        let lines = table(&jobs(), None, Paint(false));
        assert_eq!(
            lines,
            [
                "JOB             PID  COMMAND        USER   STATE       AGE  PROCS   CPU%  CPU-TIME  THROTTLED   MEM  LIMITS",
                "auto-ffmpeg-10   10  ffmpeg         media  governed  3h12m      2  150.0      2m5s       2.5s  1GiB  cpu=200% mem=4GiB",
                "auto-x-9          9  x\\u{1b}[31m\\n  7      retrying     3s      0      -         -          -     -  -",
                "auto-y-11        11  日本           me     governed     1m      1    1.0        1s          -     -  cpu=50% (set)",
            ]
        );
    }

    #[test]
    fn a_narrow_terminal_keeps_who_and_how_much() {
        let lines = table(&jobs(), Some(80), Paint(false));
        assert!(lines.iter().all(|line| line.len() <= 80), "{lines:#?}");
        assert!(
            ["JOB", "PID", "STATE", "CPU%", "MEM"].iter().all(|head| lines[0].contains(head)),
            "{lines:#?}"
        );
    }

    #[test]
    fn the_recording_in_the_readme_has_these_columns() {
        let page = include_str!("../../README.md");
        let recorded = page.lines().find(|line| line.starts_with("JOB ")).expect("a table of jobs");
        assert!(recorded.split_whitespace().eq(COLUMNS.map(|column| column.head)), "{recorded}");
    }

    #[test]
    fn each_column_sorts_as_one_expects() {
        let order = |key, turned| {
            let mut jobs = jobs();
            sort(&mut jobs, key, turned);
            jobs.iter().map(|job| job.pid).collect::<Vec<_>>()
        };
        for (key, expected) in [
            (JobKey::Job, [10, 9, 11]),
            (JobKey::Pid, [9, 10, 11]),
            (JobKey::Command, [10, 9, 11]),
            (JobKey::User, [9, 11, 10]),
            (JobKey::State, [10, 11, 9]),
            (JobKey::Age, [10, 11, 9]),
            (JobKey::Cpu, [10, 11, 9]),
            (JobKey::Throttled, [10, 9, 11]),
            (JobKey::Memory, [10, 9, 11]),
        ] {
            assert_eq!(order(key, false), expected, "{key:?}");
            assert!(order(key, true).into_iter().rev().eq(expected), "{key:?}");
        }
    }
}
