//! A command → the order for the engine, with words for the record of who wanted it. What cannot be meant is refused here,
//! with all that is wrong about it.

use crate::config::{Capacity, asked};
use crate::engine::input::{self, Change, Order, Whom};
use crate::expose::control::Command;
use crate::model::{JobId, Pid};
use serde_json::{Map, Value};

/// No group has a longer name.
const LONGEST_NAME: usize = 255;

#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) order: Order,
    pub(super) words: String,
    pub(super) remarks: Vec<String>,
}

impl Wanted {
    pub(super) fn of(command: Command, capacity: &Capacity) -> Result<Wanted, String> {
        Ok(match command {
            Command::Reload {} => Wanted::plainly(Order::Reload, "reload".into()),
            Command::Retry { job: None, pid: None } => Wanted::plainly(Order::Retry(None), "retry".into()),
            Command::Retry { job, pid } => {
                let (whom, name) = whom(job, pid)?;
                Wanted::plainly(Order::Retry(Some(whom)), format!("retry {name}"))
            }
            Command::Attach { pid, limits, name } => {
                let name = name.map(named).transpose()?;
                let (limits, remarks) = match limits.filter(|limits| !limits.is_empty()) {
                    Some(limits) => {
                        asked::limits(&said(limits), capacity).map_err(|wrong| wrong.join("; "))?
                    }
                    None => Default::default(),
                };
                let words = format!("attach process {pid} with {limits}");
                let order =
                    Order::Attach(input::Wanted { pid: Pid(pid), limits, name: name.map(Into::into) });
                Wanted { order, words, remarks }
            }
            Command::Adopt { job } => {
                let job = named(job)?;
                Wanted::plainly(Order::Adopt(JobId::found(&job)), format!("adopt job {job}"))
            }
            Command::Release { job, pid } => {
                let (whom, name) = whom(job, pid)?;
                Wanted::plainly(Order::Release(whom), format!("release {name}"))
            }
            Command::Set { job, pid, limits: None, reset: true } => {
                let (whom, name) = whom(job, pid)?;
                Wanted::plainly(Order::Set(whom, Change::Reset), format!("reset the limits of {name}"))
            }
            Command::Set { limits: Some(_), reset: true, .. } => {
                return Err("limits are set or reset, not both".into());
            }
            Command::Set { job, pid, limits, reset: false } => {
                let (whom, name) = whom(job, pid)?;
                let (set, remarks) = asked::limits(&said(limits.unwrap_or_default()), capacity)
                    .map_err(|wrong| wrong.join("; "))?;
                let words = format!("set {set} for {name}");
                Wanted { order: Order::Set(whom, Change::To(set)), words, remarks }
            }
        })
    }

    fn plainly(order: Order, words: String) -> Wanted {
        Wanted { order, words, remarks: Vec::new() }
    }
}

fn whom(job: Option<String>, pid: Option<u32>) -> Result<(Whom, String), String> {
    match (job, pid) {
        (Some(_), Some(_)) => Err("name a job or a pid, not both".into()),
        (None, None) => Err("name a job or a pid".into()),
        (Some(name), None) => named(name).map(|name| (Whom::Job(JobId::found(&name)), format!("job {name}"))),
        (None, Some(pid)) => Ok((Whom::Pid(Pid(pid)), format!("the job of process {pid}"))),
    }
}

fn named(name: String) -> Result<String, String> {
    match name.len() {
        1..=LONGEST_NAME => Ok(name),
        _ => Err(format!("a name has 1 to {LONGEST_NAME} bytes")),
    }
}

/// Whether it came as text or as a number is all one.
fn said(limits: Map<String, Value>) -> Vec<(String, String)> {
    let text = |value| match value {
        Value::String(text) => text,
        Value::Null => String::new(),
        other => other.to_string(),
    };
    limits.into_iter().map(|(key, value)| (key, text(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expose::control::{Call, read};

    fn wanted(line: &str) -> Result<(Order, String), String> {
        let Ok(Call::Command(command)) = read(line.as_bytes()).call else { panic!("{line}") };
        Wanted::of(command, &Capacity::default()).map(|wanted| (wanted.order, wanted.words))
    }

    #[test]
    fn each_command_is_an_order_and_has_words() {
        let job = || Whom::Job(JobId::found("auto-ffmpeg-7"));
        let set = asked::limits(&[("cpu_quota".into(), "150".into())], &Capacity::default()).unwrap().0;
        for (line, order, words) in [
            (r#"{"v":1,"command":"reload"}"#, Order::Reload, "reload"),
            (r#"{"v":1,"command":"retry"}"#, Order::Retry(None), "retry"),
            (
                r#"{"v":1,"command":"retry","pid":7}"#,
                Order::Retry(Some(Whom::Pid(Pid(7)))),
                "retry the job of process 7",
            ),
            (
                r#"{"v":1,"command":"release","job":"auto-ffmpeg-7"}"#,
                Order::Release(job()),
                "release job auto-ffmpeg-7",
            ),
            (
                r#"{"v":1,"command":"set","job":"auto-ffmpeg-7","limits":{"cpu_quota":150}}"#,
                Order::Set(job(), Change::To(set)),
                "set cpu_quota=150 for job auto-ffmpeg-7",
            ),
            (
                r#"{"v":1,"command":"set","job":"auto-ffmpeg-7","reset":true}"#,
                Order::Set(job(), Change::Reset),
                "reset the limits of job auto-ffmpeg-7",
            ),
        ] {
            assert_eq!(wanted(line), Ok((order, words.to_owned())), "{line}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused() {
        for (line, why) in [
            (r#"{"v":1,"command":"release"}"#, "name a job or a pid"),
            (r#"{"v":1,"command":"release","job":"a","pid":1}"#, "not both"),
            (r#"{"v":1,"command":"set","pid":1}"#, "no limit is named"),
            (r#"{"v":1,"command":"set","pid":1,"limits":{"cpu_quota":true}}"#, "cpu_quota: "),
            (r#"{"v":1,"command":"set","pid":1,"limits":{"cpu_quota":5},"reset":true}"#, "not both"),
        ] {
            let told = wanted(line).unwrap_err();
            assert!(told.contains(why), "{line}: {told}");
        }
        let long = format!(r#"{{"v":1,"command":"release","job":"{}"}}"#, "x".repeat(256));
        assert!(wanted(&long).is_err());
    }
}
