//! The keys of one mapping while it is read: each stands once, and merges fill up what is missing.

use super::{Entry, Node, Value};
use crate::config::problem::Place;
use std::collections::HashMap;

/// The entries of one mapping, in order, and where each key stands.
#[derive(Default)]
pub(super) struct Keys {
    pub entries: Vec<Entry>,
    places: HashMap<String, Place>,
}

impl Keys {
    /// Refuses a key that is there already, and tells where.
    pub(super) fn add(&mut self, entry: Entry) -> Result<(), (Entry, Place)> {
        if let Some(first) = self.places.get(&entry.key) {
            return Err((entry, first.clone()));
        }
        self.places.insert(entry.key.clone(), entry.place.clone());
        self.entries.push(entry);
        Ok(())
    }

    /// `<<: *anchor` brings the keys of the anchor's section that the mapping does not have itself.
    pub(super) fn merge(&mut self, from: &Node) -> Result<(), &'static str> {
        match &from.value {
            Value::List(sections) => sections.iter().try_for_each(|section| self.merge(section)),
            Value::Map(entries) => {
                for entry in entries {
                    // A key that is there already stands, and is no duplicate.
                    self.add(entry.clone()).ok();
                }
                Ok(())
            }
            _ => Err("<< takes a section, or a list of sections"),
        }
    }
}
