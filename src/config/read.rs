//! Tree → sections. A section lists its keys and their types (`section!`); everything else about reading follows from
//! that list: which keys are unknown, what was meant, where each value was said, and what stands over what.

use super::nearest::nearest;
use super::problem::{Place, Report};
use super::yaml::{Entry, Node, Value};
use std::rc::Rc;

/// A value, the key it was said for, and where.
#[derive(Clone, Debug)]
pub struct Said<T> {
    pub value: T,
    pub key: String,
    pub place: Place,
}

/// A value that may be absent.
pub type Setting<T> = Option<Said<T>>;

/// Whatever may stand behind a key: a single value, a list, a section.
pub trait Field: Default {
    fn read(node: &Node, path: &str, report: &mut Report) -> Self;

    /// What `self` says, and what `below` says where `self` is silent.
    fn over(self, below: Self, report: &mut Report) -> Self;

    /// Every key from `path` on.
    fn list_keys(path: &str, keys: &mut Vec<String>);
}

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

fn word<T: Word>(node: &Node) -> Result<T, String> {
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

/// Each element remembers its own place.
#[derive(Clone, Debug)]
pub struct List<T>(pub Vec<Said<T>>);

/// Every target compiles every list anew; some bound must be.
pub const MOST_ENTRIES: usize = 500;

impl<T: Word> Field for Setting<List<T>> {
    fn read(node: &Node, path: &str, report: &mut Report) -> Self {
        let wrong = match &node.value {
            Value::Null => return None,
            Value::List(items) if items.len() <= MOST_ENTRIES => {
                return Some(list(node, items, path, report));
            }
            Value::List(items) => format!("{} entries; at most {MOST_ENTRIES}", items.len()),
            _ => format!("expected a list, like [a, b], found {}", node.kind()),
        };
        report.error(&node.place, path, wrong);
        None
    }

    fn over(self, below: Self, report: &mut Report) -> Self {
        let same = |a: &Said<List<T>>, b: &Said<List<T>>| {
            a.value.0.len() == b.value.0.len() && a.value.0.iter().zip(&b.value.0).all(|(a, b)| a.same(b))
        };
        over(self, below, report, same, |list| {
            let words: Vec<_> = list.value.0.iter().map(|said| said.value.show()).collect();
            format!("[{}]", words.join(", "))
        })
    }

    fn list_keys(path: &str, keys: &mut Vec<String>) {
        keys.push(path.into());
    }
}

fn list<T: Word>(node: &Node, items: &[Rc<Node>], path: &str, report: &mut Report) -> Said<List<T>> {
    let mut all = Vec::with_capacity(items.len());
    for item in items {
        match word(item) {
            Ok(value) => all.push(Said { value, key: path.into(), place: item.place.clone() }),
            Err(why) => report.error(&item.place, path, why),
        }
    }
    Said { value: List(all), key: path.into(), place: node.place.clone() }
}

impl<T> Said<List<T>> {
    pub fn words(&self) -> impl Iterator<Item = &T> {
        self.value.0.iter().map(|said| &said.value)
    }
}

impl<T: PartialEq> Said<T> {
    fn same(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// A flag or variable that overrides another value of the file is worth a word: one of the two is forgotten.
fn over<T>(
    above: Setting<T>,
    below: Setting<T>,
    report: &mut Report,
    same: impl Fn(&Said<T>, &Said<T>) -> bool,
    show: impl Fn(&Said<T>) -> String,
) -> Setting<T> {
    if let (Some(above), Some(below)) = (&above, &below)
        && !above.place.is_file()
        && below.place.is_file()
        && !same(above, below)
    {
        let (mine, theirs) = (show(above), show(below));
        let text = format!("{mine} overrides {} {theirs} of {}", below.key, below.place);
        report.warning(&above.place, &above.key, text);
    }
    above.or(below)
}

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
            return report.error(
                &node.place,
                path,
                format!("expected a section of keys, found {}", node.kind()),
            );
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

pub(super) use section;
