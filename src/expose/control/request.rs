//! A line → what is asked. A word that is unknown is an error, never passed over.

use crate::model::Comm;
use crate::model::lifecycle::Process;
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
    /// The jobs, and with `tree` the processes of each.
    Ps {
        #[serde(default)]
        tree: bool,
    },
    /// The greatest processes of the host.
    Top {},
    /// Why a process is, or is not, governed.
    Explain {
        pid: u32,
    },
    /// Records: those behind number `after`, or with none given those held and, to `follow`, those to come. Or processes:
    /// those there are and, to `follow`, what becomes of them.
    Events {
        #[serde(default)]
        of: Of,
        #[serde(default)]
        after: Option<u64>,
        #[serde(default)]
        follow: bool,
        #[serde(default)]
        commands: Option<Vec<String>>,
        #[serde(default)]
        uids: Option<Vec<u32>>,
        #[serde(default)]
        governed: Option<bool>,
    },
}

#[derive(Clone, Copy, Deserialize, PartialEq, Eq, Debug, Default)]
#[serde(rename_all = "kebab-case")]
pub enum Of {
    #[default]
    Records,
    Processes,
}

/// Which processes: those of whom all is so that is named.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Which {
    pub commands: Option<Vec<String>>,
    pub uids: Option<Vec<u32>>,
    pub governed: Option<bool>,
}

impl Which {
    pub fn is_all(&self) -> bool {
        *self == Which::default()
    }

    /// The kernel keeps 15 bytes of a name, so no more are compared.
    pub fn fits(&self, process: &Process) -> bool {
        let named = |name: &String| Comm::new(name.as_bytes()).as_bytes() == process.comm.as_bytes();
        self.commands.as_ref().is_none_or(|names| names.iter().any(named))
            && self.uids.as_ref().is_none_or(|uids| uids.contains(&process.uid))
            && self.governed.is_none_or(|governed| governed == process.governed)
    }
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
    /// Govern a process, whatever rules and filters say of it.
    Attach {
        pid: u32,
        #[serde(default)]
        limits: Option<Map<String, Value>>,
        #[serde(default)]
        name: Option<String>,
    },
    /// Take a job over that a command has made.
    Adopt { job: String },
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
        let (of, commands, uids, governed) = (Of::Records, None, None, None);
        let events = Question::Events { of, after: Some(3), follow: true, commands, uids, governed };
        assert_eq!((asked.id, asked.call), (7.into(), Ok(Call::Question(events))));
        let line =
            br#"{"v":1,"ask":"events","of":"processes","commands":["ffmpeg"],"uids":[7],"governed":true}"#;
        let (of, commands, uids, governed) =
            (Of::Processes, Some(vec!["ffmpeg".into()]), Some(vec![7]), Some(true));
        let events = Question::Events { of, after: None, follow: false, commands, uids, governed };
        assert_eq!(read(line).call, Ok(Call::Question(events)));
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
            (r#"{"v":1,"ask":"events","of":"jobs"}"#, "jobs"),
            (r#"{"v":1}"#, "ask"),
        ] {
            let told = read(line.as_bytes()).call.unwrap_err();
            assert!(told.contains(why), "{line}: {told}");
        }
    }

    #[test]
    fn processes_are_wanted_by_all_that_is_named() {
        let (pid, ppid, start) = (crate::model::Pid(1), crate::model::Pid(0), None);
        let comm = Comm::new(b"gst-launch-1.0-");
        let process = Process { pid, start, ppid, uid: 7, comm, governed: true };
        let named = |name: &str| Which { commands: Some(vec![name.into()]), ..Which::default() };
        let by = |uid, governed| Which { uids: Some(vec![uid]), governed: Some(governed), commands: None };
        for (wanted, fits) in [
            (Which::default(), true),
            (named("gst-launch-1.0-x"), true),
            (named("gst"), false),
            (Which { commands: Some(Vec::new()), ..Which::default() }, false),
            (by(7, true), true),
            (by(8, true), false),
            (by(7, false), false),
        ] {
            assert_eq!(wanted.fits(&process), fits, "{wanted:?}");
        }
    }
}
