//! How a job is bound to those who had its process before: to a unit of systemd it was moved out of, or to the group where
//! it was left. Groups are paths of the file system.

use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Bond {
    /// Moved out of this unit, whose stop ends it.
    Unit { ending: Ending, group: String },
    /// Its limits stand on this group, where it is alone.
    InPlace { group: String },
}

/// How a unit that is stopped ends what is left of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ending {
    pub unit: Arc<str>,
    pub signal: i32,
    /// To whoever is left after so long.
    pub then: Option<(i32, Duration)>,
}

impl Bond {
    /// The group of others where it is governed in place.
    pub fn place(&self) -> Option<&str> {
        match self {
            Bond::InPlace { group } => Some(group),
            Bond::Unit { .. } => None,
        }
    }

    /// The unit that it was moved out of.
    pub fn unit(&self) -> Option<&str> {
        match self {
            Bond::Unit { ending, .. } => Some(&ending.unit),
            Bond::InPlace { .. } => None,
        }
    }

    /// In a word.
    pub fn name(&self) -> &'static str {
        match self {
            Bond::Unit { .. } => "unit",
            Bond::InPlace { .. } => "in-place",
        }
    }
}
