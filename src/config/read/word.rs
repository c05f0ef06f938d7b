//! Values written as one word: a number, a name, a duration, a choice.

use super::{Field, Said, Setting, over};
use crate::config::problem::Report;
use crate::config::yaml::{Node, Value};

/// A value written as one word.
pub trait Word: Sized + PartialEq {
    /// What it is: `a duration, like "10s"`.
    const KIND: &'static str;

    /// Quotes make it text, and text it must not be.
    const NEVER_QUOTED: bool = false;

    /// The error says what is wrong and what to write instead.
    fn parse(text: &str) -> Result<Self, String>;

    /// As `parse` reads it.
    fn show(&self) -> String;
}

/// Any text may be spelled in YAML; no name, number or path the kernel knows holds a NUL.
pub fn parse<T: Word>(text: &str) -> Result<T, String> {
    if text.contains('\0') { Err("holds a NUL character; remove it".into()) } else { T::parse(text) }
}

pub(super) fn word<T: Word>(node: &Node) -> Result<T, String> {
    match &node.value {
        Value::Quoted(text) if T::NEVER_QUOTED => Err(match T::parse(text) {
            Ok(_) => format!("expected {}, found text; write it without quotes", T::KIND),
            Err(why) => why,
        }),
        Value::Plain(text) | Value::Quoted(text) => parse(text),
        Value::Null | Value::List(_) | Value::Map(_) => {
            Err(format!("expected {}, found {}", T::KIND, node.kind()))
        }
    }
}

impl<T: Word> Field for Setting<T> {
    /// Null and the empty text count as absent.
    fn read(node: &Node, path: &str, report: &mut Report) -> Self {
        match &node.value {
            Value::Null => return None,
            Value::Plain(text) | Value::Quoted(text) if text.is_empty() => return None,
            _ => {}
        }
        let value = word(node).map_err(|why| report.error(&node.place, path, why)).ok()?;
        Some(Said { value, key: path.into(), place: node.place.clone() })
    }

    fn over(self, below: Self, report: &mut Report) -> Self {
        over(self, below, report, Said::same, |said| said.value.show())
    }

    fn list_keys(path: &str, keys: &mut Vec<String>) {
        keys.push(path.into());
    }
}
