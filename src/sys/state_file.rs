//! The state file on disk. It is replaced as a whole or not at all; what cannot be understood is never overwritten,
//! and what is damaged is set aside. It is opened once, at start: only what has been looked at may be replaced.

mod leftovers;
mod load;
mod owner;
mod save;

pub use load::{Load, read};
pub use owner::{claim, owner};
pub use save::{SaveError, SaveStep};

use crate::model::Wall;
use crate::model::state::{State, json};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

/// How it is written: on disk before it counts as saved, or not; and who may read it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Manner {
    pub sync: bool,
    pub mode: u32,
}

#[derive(Debug)]
pub struct StateFile {
    place: Place,
    manner: Manner,
    /// Why this file is left alone.
    kept: Option<String>,
}

/// A file by folder and name: everything is done in that folder.
#[derive(Debug)]
struct Place {
    folder: PathBuf,
    name: OsString,
}

impl StateFile {
    /// Reads the file of the last run, sets it aside if it is damaged, and clears what an interrupted save left.
    pub fn open(path: &Path, manner: Manner, now: Wall) -> (StateFile, Load) {
        let place = Place::of(path);
        leftovers::clear(&place);
        let mut load = read(path);
        let mut kept = None;
        match &mut load {
            Load::Damaged { set_aside_as, .. } => *set_aside_as = load::set_aside(&place, now),
            Load::Newer { version } => {
                kept = Some(format!("it is of version {version}, which a newer release wrote"));
            }
            Load::Unreadable { why, .. } => {
                kept = Some(format!("it could not be read: {why}"));
            }
            Load::Absent | Load::Loaded { .. } => {}
        }
        (StateFile { place, manner, kept }, load)
    }

    /// Replaces the file. Blocks as long as the disk does: not for the event loop.
    pub fn save(&self, state: &State) -> Result<(), SaveError> {
        match &self.kept {
            Some(why) => Err(SaveError::Refused { path: self.place.path(), why: why.clone() }),
            None => save::replace(&self.place, &json::encode(state), self.manner),
        }
    }
}

impl Place {
    fn of(path: &Path) -> Place {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Place { folder: folder.into(), name: path.file_name().unwrap_or(OsStr::new("")).into() }
    }

    fn path(&self) -> PathBuf {
        self.folder.join(&self.name)
    }

    /// The name of this file with something before and behind it.
    fn beside(&self, before: &str, behind: &str) -> OsString {
        let mut name = OsString::from(before);
        name.push(&self.name);
        name.push(behind);
        name
    }
}

#[cfg(test)]
mod tests;
