//! Processes as lines of json: what became of one, and lists of those there are. A long list is several lines. Pure.

use crate::model::lifecycle::{Change, Process, Updated, What};
use crate::model::text::Escaped;
use crate::model::{Now, Wall};
use serde::Serialize;
use serde_json::json;
use std::time::Duration;

/// Processes on one line of a list: some 12 KiB.
pub const ON_A_LINE: usize = 100;

#[derive(Serialize)]
struct Line {
    event: &'static str,
    time: String,
    #[serde(flatten)]
    process: Shown,
    #[serde(flatten)]
    what: Told,
}

#[derive(Serialize)]
struct List {
    event: &'static str,
    time: String,
    /// The next line goes on with it.
    more: bool,
    list: Vec<Shown>,
}

#[derive(Serialize)]
struct Shown {
    pid: u32,
    start_time: Option<u64>,
    ppid: u32,
    uid: u32,
    command: String,
    governed: bool,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Told {
    Created {},
    Updated { changed: Vec<&'static str>, cpu: Option<f64>, memory: Option<u64> },
    Terminated { exit_code: Option<u32>, signal: Option<u32>, lifetime: Option<f64> },
}

/// What became of a process, as a line.
pub fn change(now: Now, change: &Change) -> Vec<u8> {
    let Change { at, process, what } = change;
    let event = match what {
        What::Created => "process-created",
        What::Updated(_) => "process-updated",
        What::Terminated { .. } => "process-terminated",
    };
    let time = now.wall.sooner_by(now.mono - *at).exact().to_string();
    line(&Line { event, time, process: shown(process), what: told(what) })
}

/// The next line of a list, and how many processes are on it.
pub fn list(now: Wall, processes: &[Process]) -> (Vec<u8>, usize) {
    let on_it = processes.len().min(ON_A_LINE);
    let list: Vec<Shown> = processes[..on_it].iter().map(shown).collect();
    let more = on_it < processes.len();
    let time = now.exact().to_string();
    (line(&List { event: "processes", time, more, list }), on_it)
}

pub fn gap(lost: u64) -> Vec<u8> {
    line(&json!({ "gap": { "lost": lost } }))
}

fn line(value: &impl Serialize) -> Vec<u8> {
    // Its keys are text and its numbers are finite: it can be written.
    let mut bytes = serde_json::to_vec(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn shown(process: &Process) -> Shown {
    Shown {
        pid: process.pid.0,
        start_time: process.start.map(|start| start.0),
        ppid: process.ppid.0,
        uid: process.uid,
        command: Escaped(process.comm.as_bytes()).to_string(),
        governed: process.governed,
    }
}

fn told(what: &What) -> Told {
    match *what {
        What::Created => Told::Created {},
        What::Updated(updated) => {
            let thousandths = |cores: f32| (f64::from(cores) * 1000.0).round() / 1000.0;
            let (cpu, memory) = (updated.cpu.map(thousandths), updated.memory);
            Told::Updated { changed: changed(&updated), cpu, memory }
        }
        What::Terminated { status, lifetime } => {
            let signal = status.map(|status| status & 0x7f).filter(|&signal| signal != 0);
            let exit_code = status.filter(|_| signal.is_none()).map(|status| status >> 8 & 0xff);
            Told::Terminated { exit_code, signal, lifetime: lifetime.as_ref().map(Duration::as_secs_f64) }
        }
    }
}

fn changed(updated: &Updated) -> Vec<&'static str> {
    let Updated { program, name, user, governed, cpu, memory } = *updated;
    let all = [
        (program, "program"),
        (name, "name"),
        (user, "user"),
        (governed, "governed"),
        (cpu.is_some(), "cpu"),
        (memory.is_some(), "memory"),
    ];
    all.into_iter().filter(|(is_new, _)| *is_new).map(|(_, word)| word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Comm, Mono, Pid, StartTime};

    fn process(name: &[u8]) -> Process {
        let (pid, ppid) = (Pid(42), Pid(40));
        let (start, comm) = (Some(StartTime(812)), Comm::new(name));
        Process { pid, start, ppid, uid: 7, comm, governed: true }
    }

    fn said(name: &[u8], what: What) -> String {
        let now = Now { mono: Mono(5_000_000_000), wall: Wall(7_000_000_000) };
        let told = change(now, &Change { at: Mono(3_500_000_000), process: process(name), what });
        String::from_utf8(told).unwrap()
    }

    #[test]
    fn each_change_is_a_line_with_the_process_as_it_is_now() {
        let head = |event: &str, name: &str| {
            format!(
                r#"{{"event":"process-{event}","time":"1970-01-01T00:00:05.500000000Z","pid":42,"start_time":812,"ppid":40,"uid":7,"command":"{name}","governed":true"#
            )
        };
        assert_eq!(said(b"a\x1b\"", What::Created), head("created", r#"a\\u{1b}\""#) + "}\n");
        let updated = Updated { name: true, cpu: Some(0.52), ..Updated::default() };
        let rest = ",\"changed\":[\"name\",\"cpu\"],\"cpu\":0.52,\"memory\":null}\n";
        assert_eq!(said(b"x", What::Updated(updated)), head("updated", "x") + rest);
        for (status, rest) in [
            (Some(0x300), r#","exit_code":3,"signal":null,"lifetime":1.5}"#),
            (Some(0x89), r#","exit_code":null,"signal":9,"lifetime":1.5}"#),
            (None, r#","exit_code":null,"signal":null,"lifetime":1.5}"#),
        ] {
            let what = What::Terminated { status, lifetime: Some(Duration::from_millis(1500)) };
            assert_eq!(said(b"x", what), format!("{}{rest}\n", head("terminated", "x")));
        }
    }

    #[test]
    fn a_long_list_is_several_lines_and_each_says_whether_more_follow() {
        let all = vec![process(b"x"); 2 * ON_A_LINE + 1];
        let mut lines = Vec::new();
        let mut left = &all[..];
        while lines.is_empty() || !left.is_empty() {
            let (line, on_it) = list(Wall(0), left);
            assert!(line.len() < 16 << 10);
            left = &left[on_it..];
            lines.push(serde_json::from_slice::<serde_json::Value>(&line).unwrap());
        }
        let told: Vec<_> =
            lines.iter().map(|line| (line["list"].as_array().unwrap().len(), &line["more"])).collect();
        let (yes, no) = (json!(true), json!(false));
        assert_eq!(told, [(ON_A_LINE, &yes), (ON_A_LINE, &yes), (1, &no)]);
        assert_eq!(list(Wall(0), &[]).1, 0);
    }
}
