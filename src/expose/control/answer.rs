//! Answers → lines.

use super::request::VERSION;
use serde_json::{Map, Value, json};

/// Why something was not answered or not done, in a word for programs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Code {
    /// It could not be understood.
    Malformed,
    /// Whoever asks may not.
    Refused,
    /// There is no such process or job.
    Unknown,
    /// It was tried, and failed.
    Failed,
    /// Too much is being done at the moment.
    Busy,
}

impl Code {
    pub fn name(self) -> &'static str {
        match self {
            Code::Malformed => "malformed",
            Code::Refused => "refused",
            Code::Unknown => "unknown",
            Code::Failed => "failed",
            Code::Busy => "busy",
        }
    }
}

/// An answer under the name of what was asked for.
pub fn ok(id: &Value, name: &str, value: Value) -> Vec<u8> {
    let mut fields = head(id, true);
    fields.insert(name.to_owned(), value);
    line(fields)
}

pub fn error(id: &Value, code: Code, text: &str) -> Vec<u8> {
    let mut fields = head(id, false);
    fields.insert("error".into(), json!({ "code": code.name(), "text": text }));
    line(fields)
}

fn head(id: &Value, ok: bool) -> Map<String, Value> {
    let mut fields = Map::from_iter([("v".into(), VERSION.into()), ("ok".into(), ok.into())]);
    if !id.is_null() {
        fields.insert("id".into(), id.clone());
    }
    fields
}

fn line(fields: Map<String, Value>) -> Vec<u8> {
    let mut bytes = Value::Object(fields).to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}
