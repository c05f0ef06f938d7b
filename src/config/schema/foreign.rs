//! The section `foreign`: one word for all, and words for units by their names. The word may stand alone.

use crate::config::foreign::Manner;
use crate::config::problem::Report;
use crate::config::read::{Field, MOST_ENTRIES, Said, Setting, entries, join, section};
use crate::config::yaml::{Node, Value};

section! {
    Sections {
        policy: Setting<Manner>,
        units: Units,
    }
}

#[derive(Clone, Debug, Default)]
pub struct Foreign(pub Sections);

impl Field for Foreign {
    fn read(node: &Node, path: &str, report: &mut Report) -> Self {
        Foreign(match &node.value {
            Value::Plain(_) | Value::Quoted(_) => {
                Sections { policy: Field::read(node, path, report), ..Sections::default() }
            }
            _ => Sections::read(node, path, report),
        })
    }

    fn over(self, below: Self, report: &mut Report) -> Self {
        Foreign(self.0.over(below.0, report))
    }

    fn list_keys(path: &str, keys: &mut Vec<String>) {
        Sections::list_keys(path, keys);
    }
}

/// In the order of the file: the first that fits decides.
#[derive(Clone, Debug, Default)]
pub struct Units(pub Vec<(String, Said<Manner>)>);

impl Field for Units {
    fn read(node: &Node, path: &str, report: &mut Report) -> Self {
        let mut units = Vec::new();
        entries(node, path, &[], report, |entry, path, report| {
            let manner = Setting::read(&entry.node, path, report);
            units.extend(manner.map(|manner| (entry.key.clone(), manner)));
            true
        });
        if units.len() > MOST_ENTRIES {
            report.error(&node.place, path, format!("{} units; at most {MOST_ENTRIES}", units.len()));
            units.clear();
        }
        Units(units)
    }

    fn over(mut self, below: Self, _: &mut Report) -> Self {
        self.0.extend(below.0);
        self
    }

    fn list_keys(path: &str, keys: &mut Vec<String>) {
        keys.push(join(path, "*"));
    }
}
