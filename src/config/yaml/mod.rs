//! Bytes → a tree of located nodes. Scalars stay text: which type a value has is the business of the key that reads
//! it, so `target_commands: [7z, true]` are two names. Deserializing would stop at the first error and lose the places
//! of the keys; the parser beneath it is read event by event instead.

mod keys;
mod text;
mod tree;

use super::problem::{Place, Report};
use serde_yaml::granit_parser::{ScanError, Span};
use std::rc::Rc;

#[derive(Debug)]
pub struct Node {
    pub place: Place,
    pub value: Value,
}

#[derive(Debug)]
pub enum Value {
    Null,
    Plain(String),
    Quoted(String),
    List(Vec<Rc<Node>>),
    Map(Vec<Entry>),
}

/// One `key: value` of a section.
#[derive(Clone, Debug)]
pub struct Entry {
    pub key: String,
    pub place: Place,
    pub node: Rc<Node>,
}

impl Node {
    /// What it is, for a message that expected something else.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "nothing",
            Value::Plain(_) | Value::Quoted(_) => "a single value",
            Value::List(_) => "a list",
            Value::Map(_) => "a section",
        }
    }

    /// A section as two: the entries whose keys are `wanted`, and the others. Anything else is left whole, in the second.
    pub fn part(self: &Rc<Self>, wanted: impl Fn(&str) -> bool) -> (Rc<Node>, Rc<Node>) {
        let section = |entries| Rc::new(Node { place: self.place.clone(), value: Value::Map(entries) });
        match &self.value {
            Value::Map(entries) => {
                let (these, others) = entries.iter().cloned().partition(|entry| wanted(&entry.key));
                (section(these), section(others))
            }
            _ => (section(Vec::new()), self.clone()),
        }
    }
}

/// The one document of a file; an empty file is a null. `None` after an error that leaves nothing to check.
pub fn parse(name: &str, bytes: &[u8], report: &mut Report) -> Option<Rc<Node>> {
    let name = name.into();
    let root = text::decode(bytes).and_then(|text| tree::build(&name, text, report));
    let told = |Broken { line, column, why }| report.error(&Place::File { name, line, column }, "", why);
    root.map_err(told).ok()
}

/// An error after which the rest of the file cannot be understood.
struct Broken {
    line: usize,
    column: usize,
    why: String,
}

impl Broken {
    fn at(span: &Span, why: impl Into<String>) -> Self {
        Broken { line: span.start.line(), column: span.start.col() + 1, why: why.into() }
    }
}

impl From<ScanError> for Broken {
    fn from(error: ScanError) -> Self {
        let at = error.marker();
        Broken { line: at.line(), column: at.col() + 1, why: format!("not valid YAML: {}", error.info()) }
    }
}
