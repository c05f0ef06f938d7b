//! Lists of words.

use super::word::{Word, word};
use super::{Field, Said, Setting, over};
use crate::config::problem::Report;
use crate::config::yaml::{Node, Value};
use std::rc::Rc;

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
