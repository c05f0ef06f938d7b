//! A look that waits for the name in argv[0]. A first scan has thousands of them at a time, so it is kept small: of the
//! executable it remembers only that its name is nobody's.

use super::input::{Look, Sighting};
use crate::model::{FileName, Mono};
use std::path::PathBuf;

#[derive(Debug)]
pub(super) struct Nameless {
    pub seen: Sighting,
    pub exe_known: bool,
    cwd: Option<PathBuf>,
    /// Read only where a filter asks for it.
    parent_exe: Option<Box<FileName>>,
}

impl Nameless {
    pub(super) fn of(look: &Look) -> Nameless {
        Nameless {
            seen: look.seen,
            exe_known: look.exe.is_some(),
            cwd: look.cwd.clone(),
            parent_exe: look.parent_exe.map(Box::new),
        }
    }

    /// Whether a name read then is the answer: an older one belongs to an earlier question.
    pub(super) fn is_answered(&self, read_at: Mono) -> bool {
        read_at >= self.seen.read_at
    }

    /// For the decision, in which the executable's name plays no part any more.
    pub(super) fn into_look(self) -> Look {
        let parent_exe = self.parent_exe.map(|exe| *exe);
        Look { seen: self.seen, exe: None, cwd: self.cwd, parent_exe }
    }
}
