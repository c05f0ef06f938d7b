//! Sections: keys that are known, each with a type of its own.

use crate::config::nearest::nearest;
use crate::config::problem::Report;
use crate::config::yaml::{Entry, Node, Value};

/// Walks the entries of a section in the order of the file. `read` answers false for a key it does not know.
pub fn entries(
    node: &Node,
    path: &str,
    known: &[&str],
    report: &mut Report,
    mut read: impl FnMut(&Entry, &str, &mut Report) -> bool,
) {
    let entries = match &node.value {
        Value::Null => return,
        Value::Map(entries) => entries,
        _ => {
            let text = format!("expected a section of keys, found {}", node.kind());
            return report.error(&node.place, path, text);
        }
    };
    for entry in entries {
        let path = join(path, &entry.key);
        if !read(entry, &path, report) {
            let text = if report.is_full() { String::new() } else { unknown(&entry.key, known) };
            report.error(&entry.place, &path, text);
        }
    }
}

fn unknown(key: &str, known: &[&str]) -> String {
    match nearest(key, known) {
        Some(meant) => format!("unknown key; did you mean {meant}?"),
        None => format!("unknown key; known here: {}", known.join(", ")),
    }
}

pub fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.into() } else { format!("{path}.{key}") }
}

/// Declares a section: a struct with a field per key, read by the field's type. To add a key, add a line.
macro_rules! section {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $key:ident: $kind:ty,)* }) => {
        $(#[$about])*
        #[derive(Clone, Debug, Default)]
        pub struct $name { $($(#[$doc])* pub $key: $kind,)* }

        impl $name {
            pub const KEYS: &[&str] = &[$(stringify!($key)),*];
        }

        impl $crate::config::read::Field for $name {
            fn read(node: &Node, path: &str, report: &mut Report) -> Self {
                let mut section = Self::default();
                $crate::config::read::entries(node, path, Self::KEYS, report, |entry, path, report| {
                    match &*entry.key {
                        $(stringify!($key) => section.$key = Field::read(&entry.node, path, report),)*
                        _ => return false,
                    }
                    true
                });
                section
            }

            fn over(self, below: Self, report: &mut Report) -> Self {
                $name { $($key: self.$key.over(below.$key, report),)* }
            }

            fn list_keys(path: &str, keys: &mut Vec<String>) {
                $(<$kind as Field>::list_keys(&$crate::config::read::join(path, stringify!($key)), keys);)*
            }
        }
    };
}

pub(in crate::config) use section;
