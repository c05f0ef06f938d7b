//! What the governor knows of the jobs it holds: what it has written to their groups. A file system may refuse a note,
//! and somebody else may change anything there; this is what it is compared with, and what it is put right from.

use super::Governor;
use super::jobs::Jobs;
use super::kept;
use super::note::Note;
use super::tie::Tie;
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
        let bound = match &note.tie {
            // The others are its owner's: tighter, or not there.
            Some(Tie::InPlace { before, .. }) => {
                let ours = note.limits.iter().filter(|(key, _)| before.contains_key(key));
                ours.map(|(key, amount)| (key, amount.clone())).collect()
            }
            _ => kept::tighter(&note.limits, &note.kept),
        };
        let unheld = note.unheld.iter().copied().collect();
        Known { note: Some(note), on_group: true, bound, unheld }
    }
}

impl Jobs {
    /// A job's note, as it was written; of a job that nobody here has met before, as it stands.
    pub(super) fn note_of(&self, job: &JobId, dir: &OwnedFd) -> Option<Note> {
        self.known.get(job).and_then(|known| known.note.clone()).or_else(|| Note::read_from(dir))
    }

    /// Where a job came from. Of one without a note nothing is known but that it came from somewhere: the top takes everybody.
    pub(super) fn origin_of(&self, job: &JobId) -> Vec<u8> {
        let note = self.open(job).ok().and_then(|dir| self.note_of(job, &dir));
        note.map_or_else(|| self.mount.top.clone(), |note| note.origin)
    }

    /// What a job has to do with those who had its process before.
    pub(super) fn tie_of(&self, job: &JobId) -> Option<&Tie> {
        self.known.get(job)?.note.as_ref()?.tie.as_ref()
    }
}

impl Governor {
    pub(super) fn forget(&mut self, job: &JobId) {
        if let Ok(jobs) = &mut self.jobs {
            jobs.known.remove(job);
            jobs.places.retain(|_, of| of != job);
        }
    }
}
