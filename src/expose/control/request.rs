//! A line → what is asked. A word that is unknown is an error, never passed over.

use serde::Deserialize;
use serde_json::{Map, Value};

pub const VERSION: u64 = 1;

/// A request, and what its answer is to be marked with.
#[derive(Debug)]
pub struct Asked {
    pub id: Value,
    pub call: Result<Call, String>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Call {
    Question(Question),
    Command(Command),
}

#[derive(Clone, Deserialize, PartialEq, Eq, Debug)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Question {
    Status {},
    /// The jobs.
    Ps {},
    /// The greatest processes of the host.
    Top {},
    /// Why a process is, or is not, governed.
    Explain {
        pid: u32,
    },
    /// Records: those behind number `after`, or with none given those held and, to `follow`, those to come.
    Events {
        #[serde(default)]
        after: Option<u64>,
        #[serde(default)]
        follow: bool,
    },
}

#[derive(Clone, Deserialize, PartialEq, Eq, Debug)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// Read the configuration again.
    Reload {},
    /// Try again what was given up, or waits: all of it, or that of one.
    Retry {
        #[serde(default)]
        job: Option<String>,
        #[serde(default)]
        pid: Option<u32>,
    },
    /// Put a job's processes back where they came from.
    Release {
        #[serde(default)]
        job: Option<String>,
        #[serde(default)]
        pid: Option<u32>,
    },
    /// Limits of one job, written as in the configuration; or its own again.
    Set {
        #[serde(default)]
        job: Option<String>,
        #[serde(default)]
        pid: Option<u32>,
        #[serde(default)]
        limits: Option<Map<String, Value>>,
        #[serde(default)]
        reset: bool,
    },
}

/// Reads a line, without its end.
pub fn read(line: &[u8]) -> Asked {
    let mut fields = match serde_json::from_slice(line) {
        Ok(Value::Object(fields)) => fields,
        Ok(_) => return Asked { id: Value::Null, call: Err("a request is an object".into()) },
        Err(e) => return Asked { id: Value::Null, call: Err(format!("no json: {e}")) },
    };
    let id = fields.remove("id").unwrap_or_default();
    let version = fields.remove("v");
    let call = match version.as_ref().and_then(Value::as_u64) {
        Some(VERSION) => call(fields.into()).map_err(|e| e.to_string()),
        Some(other) => Err(format!("version {other} is not spoken here; say \"v\":{VERSION}")),
        None => Err(format!("no version; say \"v\":{VERSION}")),
    };
    Asked { id, call }
}

fn call(fields: Value) -> serde_json::Result<Call> {
    if fields.get("command").is_some() {
        Command::deserialize(fields).map(Call::Command)
    } else {
        Question::deserialize(fields).map(Call::Question)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_and_commands_are_told_apart() {
        let asked = read(br#"{"v":1,"id":7,"ask":"events","after":3,"follow":true}"#);
        let events = Question::Events { after: Some(3), follow: true };
        assert_eq!((asked.id, asked.call), (7.into(), Ok(Call::Question(events))));
        assert_eq!(read(br#"{"v":1,"command":"reload"}"#).call, Ok(Call::Command(Command::Reload {})));
    }

    #[test]
    fn what_cannot_be_understood_is_told() {
        for (line, why) in [
            ("", "no json"),
            ("[]", "object"),
            (r#"{"ask":"ps"}"#, "no version"),
            (r#"{"v":2,"ask":"ps"}"#, "version 2"),
            (r#"{"v":1,"ask":"pss"}"#, "pss"),
            (r#"{"v":1,"ask":"ps","all":true}"#, "all"),
            (r#"{"v":1,"ask":"events","after":-1}"#, "-1"),
            (r#"{"v":1}"#, "ask"),
        ] {
            let told = read(line.as_bytes()).call.unwrap_err();
            assert!(told.contains(why), "{line}: {told}");
        }
    }
}
