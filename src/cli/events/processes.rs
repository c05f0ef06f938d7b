//! `ffrtmp events --processes`: the processes there are, and with `--follow` what becomes of them, a line each. Pure but for
//! the reading.

use super::Ended;
use crate::cli::Failed;
use crate::cli::args::client::EventsArgs;
use crate::cli::ask::{Talk, refused};
use crate::cli::out::print;
use crate::cli::shown::{Shown, duration, percent};
use crate::cli::told::Stream;
use crate::model::Wall;
use crate::model::bytes::Bytes;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

pub(super) fn read(args: &EventsArgs, talk: &mut Talk) -> Result<Ended, Failed> {
    let question = json!({ "ask": "events", "of": "processes", "follow": args.follow });
    let _: Stream = talk.ask(question)?.get("events")?;
    if args.follow {
        talk.wait_for_ever()?;
    }
    while let Some(text) = talk.hear()? {
        let line: Value = serde_json::from_str(&text).unwrap_or_default();
        if line["end"] == true {
            return Ok(Ended::Done);
        }
        if let Some(error) = line.get("error") {
            return Err(refused(error));
        }
        let readable = if args.client.json { text + "\n" } else { readable(&text, &line) };
        if !print(&readable)? {
            return Ok(Ended::Done);
        }
    }
    Ok(Ended::Lost("the service has hung up".into()))
}

/// A line for each process that is told of.
fn readable(text: &str, line: &Value) -> String {
    let event = line["event"].as_str().unwrap_or_default();
    match (line.get("gap"), line["list"].as_array(), event.strip_prefix("process-")) {
        (Some(gap), ..) => format!("-- {} changes were not taken in time; all there are:\n", gap["lost"]),
        (_, Some(list), _) => list.iter().map(|process| told(&line["time"], "lives", process)).collect(),
        (.., Some(word)) => told(&line["time"], word, line),
        _ => format!("{}\n", Shown(text)),
    }
}

fn told(time: &Value, word: &str, process: &Value) -> String {
    let time = time.as_str().and_then(Wall::parse);
    let time = time.map_or_else(|| "-".into(), |time| time.millis().to_string());
    let (pid, command) = (process["pid"].as_u64().unwrap_or_default(), &process["command"]);
    // The service has escaped what is foreign in it.
    let command = crate::model::text::OneLine(command.as_str().unwrap_or_default());
    let (word, rest) = (Shown(word).to_string(), rest(process));
    format!("{time}  {word:<10}  {pid:>7}  {command}{rest}\n")
}

/// What there is to say besides.
fn rest(process: &Value) -> String {
    let mut said = Vec::new();
    if let Some(changed) = process["changed"].as_array() {
        let value = |word: &str| match word {
            "user" => format!("user {}", process["uid"]),
            "governed" if process["governed"] == true => "joined a job".to_owned(),
            "governed" => "left its job".to_owned(),
            "cpu" => format!("cpu {}%", process["cpu"].as_f64().map_or_else(String::new, percent)),
            "memory" => format!(
                "memory {}",
                process["memory"].as_u64().map_or_else(String::new, |bytes| Bytes(bytes).to_string())
            ),
            "program" => "another program".to_owned(),
            other => Shown(other).to_string(),
        };
        said.extend(changed.iter().filter_map(Value::as_str).filter(|word| *word != "name").map(value));
    } else if process.get("lifetime").is_some() {
        said.extend(process["exit_code"].as_u64().map(|code| format!("status {code}")));
        said.extend(process["signal"].as_u64().map(signal));
        said.extend(process["lifetime"].as_f64().map(|lived| format!("after {}", duration(lived))));
    } else {
        said.push(format!("child of {}", process["ppid"]));
        said.push(format!("user {}", process["uid"]));
        said.extend((process["governed"] == true).then(|| "in a job".to_owned()));
    }
    if said.is_empty() { String::new() } else { format!(": {}", said.join(", ")) }
}

fn signal(number: u64) -> String {
    let named = i32::try_from(number).ok().and_then(|number| Signal::try_from(number).ok());
    named.map_or_else(|| format!("signal {number}"), |signal| signal.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        readable(text, &serde_json::from_str(text).unwrap_or_default())
    }

    #[test]
    fn each_change_is_a_line_of_when_what_who_and_how() {
        let line = |event: &str, rest: &str| {
            shown(&format!(
                r#"{{"event":"process-{event}","time":"2026-08-01T12:34:56.789012345Z","pid":42,"start_time":1,"ppid":7,"uid":1000,"command":"a\\u{{1b}}","governed":true{rest}}}"#
            ))
        };
        let head = |word: &str| format!("2026-08-01T12:34:56.789Z  {word:<10}       42  a\\u{{1b}}");
        assert_eq!(line("created", ""), head("created") + ": child of 7, user 1000, in a job\n");
        let changed =
            r#","changed":["program","name","user","governed","cpu","memory"],"cpu":0.523,"memory":1048576"#;
        let told = ": another program, user 1000, joined a job, cpu 52.3%, memory 1MiB\n";
        assert_eq!(line("updated", changed), head("updated") + told);
        let name = r#","changed":["name"],"cpu":null,"memory":null"#;
        assert_eq!(line("updated", name), head("updated") + "\n");
        for (rest, told) in [
            (r#","exit_code":3,"signal":null,"lifetime":3.2"#, ": status 3, after 3.2s\n"),
            (r#","exit_code":null,"signal":9,"lifetime":null"#, ": SIGKILL\n"),
            (r#","exit_code":null,"signal":null,"lifetime":null"#, "\n"),
        ] {
            assert_eq!(line("terminated", rest), head("terminated") + told);
        }
    }

    #[test]
    fn lists_are_a_line_for_each_and_gaps_are_told() {
        let process = r#"{"pid":1,"start_time":1,"ppid":0,"uid":0,"command":"init","governed":false}"#;
        let list = format!(
            r#"{{"event":"processes","time":"2026-08-01T12:34:56Z","more":false,"list":[{process},{process}]}}"#
        );
        assert_eq!(shown(&list).lines().count(), 2);
        assert!(shown(&list).starts_with("2026-08-01T12:34:56.000Z  lives             1  init: child of 0"));
        assert!(shown(r#"{"gap":{"lost":12}}"#).starts_with("-- 12 changes"));
        assert_eq!(shown("no json \u{1b}"), "no json \\u{1b}\n");
    }
}
