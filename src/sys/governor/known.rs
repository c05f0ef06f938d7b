//! What the governor knows of the jobs it holds: what it has written to their groups. A file system may refuse a note,
//! and somebody else may change anything there; this is what it is compared with, and what it is put right from.

use super::Governor;
use super::jobs::Jobs;
use super::kept;
use super::note::Note;
use crate::model::{JobId, LimitKey, Limits};
use std::os::fd::OwnedFd;

#[derive(Clone, Debug)]
pub(super) struct Known {
    /// `None` for a job whose note was gone when this service first met it.
    pub(super) note: Option<Note>,
    /// The file system has taken the note.
    pub(super) on_group: bool,
    /// The limits that were written: the job's own, or what was kept where that is tighter.
    pub(super) bound: Limits,
    /// Those of them that the kernel refused.
    pub(super) unheld: Vec<LimitKey>,
}

impl Known {
    /// All that is known of a job of an earlier run.
    pub(super) fn noted(note: Note) -> Known {
        let bound = kept::tighter(&note.limits, &note.kept);
        Known { note: Some(note), on_group: true, bound, unheld: Vec::new() }
    }
}

impl Jobs {
    /// A job's note, as it was written; of a job that nobody here has met before, as it stands.
    pub(super) fn note_of(&self, job: &JobId, dir: &OwnedFd) -> Option<Note> {
        self.known.get(job).and_then(|known| known.note.clone()).or_else(|| Note::read_from(dir))
    }
}

impl Governor {
    pub(super) fn forget(&mut self, job: &JobId) {
        if let Ok(jobs) = &mut self.jobs {
            jobs.known.remove(job);
        }
    }
}
