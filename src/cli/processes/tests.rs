//! Lists as a service tells them, and some as it never should.

use super::*;
use serde_json::json;

pub(in crate::cli) fn top() -> Top {
    let told = json!({
        "age": 3.25, "over": 10.0, "cores": 8, "memory": 16u64 << 30, "busy_cores": 2.5, "captured": 0.974, "processes": 312,
        "left_out": 0, "list": [
            { "pid": 10, "start_time": 5, "command": "ffmpeg", "uid": 1000, "user": "media", "state": "R", "threads": 9, "cpu": 1.5,
              "children_cpu": 0.0, "memory": 3u64 << 29, "io_read_bytes": 5u64 << 20, "io_written_bytes": 1023, "governed": true,
              "score": 0.1594 },
            { "pid": 9, "start_time": 7, "command": "x\\u{1b}[31m\u{7}", "uid": 7, "user": null, "state": "D", "threads": 1, "cpu": null,
              "children_cpu": null, "memory": 4096, "io_read_bytes": null, "io_written_bytes": null, "governed": false, "score": 0.02 },
            { "pid": 4_194_304, "start_time": 9, "command": "日本", "uid": 7, "user": "me", "state": "S", "threads": 2, "cpu": 0.01,
              "children_cpu": 0.9, "memory": 1u64 << 30, "io_read_bytes": 7u64 << 30, "io_written_bytes": 0, "governed": false,
              "score": 0.09 },
        ]
    });
    serde_json::from_value(told).unwrap()
}

#[test]
fn what_is_not_known_is_a_dash_and_hostile_names_are_text() {
    let lines = table(&top().list, None, Paint(false));
    assert_eq!(
        lines,
        [
            "    PID  USER   S  THREADS   CPU%  CHILDREN%     MEM  READ  WRITTEN  GOVERNED  SCORE  COMMAND",
            "     10  media  R        9  150.0        0.0  1.5GiB  5MiB    1023B  yes       0.159  ffmpeg",
            "      9  7      D        1      -          -    4KiB     -        -  no        0.020  x\\u{1b}[31m\\u{7}",
            "4194304  me     S        2    1.0       90.0    1GiB  7GiB       0B  no        0.090  日本",
        ]
    );
}

#[test]
fn a_narrow_terminal_keeps_who_and_how_much() {
    let lines = table(&top().list, Some(60), Paint(false));
    assert!(lines.iter().all(|line| line.len() <= 60), "{lines:#?}");
    assert!(
        ["PID", "USER", "CPU%", "MEM", "COMMAND"].iter().all(|head| lines[0].contains(head)),
        "{lines:#?}"
    );
}

#[test]
fn the_heading_says_what_the_list_stands_for() {
    let mut top = top();
    assert_eq!(
        heading(&top),
        "host CPU 250.0% of 800%  memory 16GiB  listed 3 of 312  captured 97%  3.2s ago, over 10s"
    );
    (top.over, top.busy_cores, top.captured, top.left_out) = (None, None, None, 4);
    assert_eq!(
        heading(&top),
        "host CPU - of 800%  memory 16GiB  listed 3 of 312  left out 4  captured -  3.2s ago, no rates yet"
    );
}

#[test]
fn the_recording_in_the_readme_has_these_columns() {
    let page = include_str!("../../../README.md");
    let recorded =
        page.lines().find(|line| line.trim_start().starts_with("PID  ")).expect("a table of processes");
    // A screen may be narrower.
    let mut left = COLUMNS.iter().map(|column| column.head);
    assert!(recorded.split_whitespace().all(|word| left.any(|head| head == word)), "{recorded}");
}

#[test]
fn each_column_sorts_as_one_expects() {
    let order = |key, turned| {
        let mut list = top().list;
        sort(&mut list, key, turned);
        list.iter().map(|process| process.pid).collect::<Vec<_>>()
    };
    let last = 4_194_304;
    for (key, expected) in [
        (ProcessKey::Score, [10, last, 9]),
        (ProcessKey::Cpu, [10, last, 9]),
        (ProcessKey::Children, [last, 10, 9]),
        (ProcessKey::Memory, [10, last, 9]),
        (ProcessKey::Io, [last, 10, 9]),
        (ProcessKey::Threads, [10, last, 9]),
        (ProcessKey::Governed, [10, 9, last]),
        (ProcessKey::Pid, [9, 10, last]),
        (ProcessKey::Command, [10, 9, last]),
        (ProcessKey::User, [9, last, 10]),
        (ProcessKey::State, [9, 10, last]),
    ] {
        assert_eq!(order(key, false), expected, "{key:?}");
        assert!(order(key, true).into_iter().rev().eq(expected), "{key:?}");
    }
}
