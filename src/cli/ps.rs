//! `ffrtmp ps`: governed processes as a table, once.

use super::Failed;
use super::args::client::PsArgs;
use super::ask::{Service, Talk, Told};
use super::family;
use super::jobs;
use super::paint::Paint;
use super::told::Job;
use crate::sys::{caller, terminal};
use serde_json::{Value, json};
use std::time::Duration;

/// Seconds: what jobs used longer ago says little of now.
const STALE: f64 = 2.0;
/// From one time of asking to the next: for a reading to be made, for another one to be due, and for that to be made.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(100), Duration::from_secs(1), Duration::from_millis(100)];

pub(super) fn run(args: &PsArgs) -> Result<(), Failed> {
    let wanted = |job: &Job| {
        args.command.as_ref().is_none_or(|name| *name == job.command)
            && args.state.as_ref().is_none_or(|state| *state == job.state)
    };
    let service = Service::of(&args.client)?;
    let question = match args.tree {
        true => json!({ "ask": "ps", "tree": true }),
        false => json!({ "ask": "ps" }),
    };
    let told = ask(&mut service.talk()?, &question)?;
    service.tell(told, "jobs", |mut all: Vec<Job>| {
        all.retain(wanted);
        jobs::sort(&mut all, args.sort, false);
        let mut lines = jobs::table(&all, terminal::width(), Paint::for_stdout()).into_iter();
        let head = lines.next();
        let of_jobs = lines.zip(&all).flat_map(|(line, job)| [line].into_iter().chain(processes(job)));
        head.into_iter().chain(of_jobs).collect::<Vec<_>>().join("\n") + "\n"
    })
}

fn processes(job: &Job) -> impl Iterator<Item = String> {
    family::lines(job, None).into_iter().map(|line| format!("  {line}"))
}

/// The service reads what jobs use because somebody asks, and answers at once with what it has read before. Where that is
/// old, or is not enough to tell a rate, it is asked again.
pub(super) fn ask(talk: &mut Talk, question: &Value) -> Result<Told, Failed> {
    let mut told = talk.ask(question.clone())?;
    for pause in PAUSES {
        if !told.is_any("jobs", is_unclear) {
            break;
        }
        caller::pause(pause);
        told = talk.ask(question.clone())?;
    }
    Ok(told)
}

fn is_unclear(job: &Value) -> bool {
    let usage = &job["usage"];
    let is_old = usage["age"].as_f64().is_none_or(|age| age > STALE);
    let needs_another = usage["cpu_seconds"].is_number() && usage["cpu_rate"].is_null();
    job["state"] == "governed" && (is_old || needs_another)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unread_old_or_without_a_rate_is_asked_for_again_where_there_is_something_to_read() {
        for (state, usage, unclear) in [
            ("governed", json!(null), true),
            ("governed", json!({ "age": 2.5, "cpu_seconds": 1.0, "cpu_rate": 0.1 }), true),
            ("governed", json!({ "age": 0.5, "cpu_seconds": 1.0, "cpu_rate": null }), true),
            ("governed", json!({ "age": 0.5, "cpu_seconds": 1.0, "cpu_rate": 0.1 }), false),
            ("governed", json!({ "age": 0.5, "cpu_seconds": null, "cpu_rate": null }), false),
            ("retrying", json!(null), false),
        ] {
            assert_eq!(is_unclear(&json!({ "state": state, "usage": usage })), unclear, "{state} {usage}");
        }
    }
}
