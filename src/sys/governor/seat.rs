//! Where the processes of a job are: in its own group, or, governed in place, in the group where they were met. Of such a
//! job the group below the root is empty and bears the note alone.

use super::files;
use super::jobs::Jobs;
use super::known::Known;
use super::tie::Tie;
use crate::model::JobId;
use crate::model::foreign::Bond;
use rustix::fs::fstat;
use rustix::io::Errno;
use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;

#[derive(Debug)]
pub(super) struct Seat {
    pub(super) dir: OwnedFd,
    /// As /proc/PID/cgroup shows it.
    pub(super) shown: Vec<u8>,
    /// For people.
    pub(super) path: String,
    pub(super) in_place: bool,
}

impl Jobs {
    pub(super) fn seat(&self, job: &JobId) -> Result<Seat, Errno> {
        let note = self.known.get(job).and_then(|known| known.note.as_ref());
        let Some((note, Tie::InPlace { number, .. })) =
            note.and_then(|note| Some((note, note.tie.as_ref()?)))
        else {
            let (shown, path) = (self.shown_of(job), self.path_of(job));
            return Ok(Seat { dir: self.open(job)?, shown, path, in_place: false });
        };
        self.place(&note.origin, *number)
    }

    /// Somebody else's group, if it is still the one of that number.
    pub(super) fn place(&self, shown: &[u8], number: u64) -> Result<Seat, Errno> {
        let below = self.mount.below(shown).filter(|below| !below.is_empty()).ok_or(Errno::NOENT)?;
        let dir = files::open_folder(&self.top, below)?;
        if fstat(&dir)?.st_ino != number {
            return Err(Errno::NOENT);
        }
        Ok(Seat { dir, shown: shown.to_vec(), path: self.path_to(shown), in_place: true })
    }

    /// A group's place in the file system, for people and for who watches it.
    pub(super) fn path_to(&self, shown: &[u8]) -> String {
        let below = self.mount.below(shown).unwrap_or_default();
        self.mount.point.join(OsStr::from_bytes(below)).to_string_lossy().into_owned()
    }

    pub(super) fn remember(&mut self, job: JobId, known: Known) {
        if let Some(note) = known.note.as_ref().filter(|note| matches!(note.tie, Some(Tie::InPlace { .. }))) {
            self.places.insert(note.origin.clone(), job.clone());
        }
        self.known.insert(job, known);
    }

    /// The job that is governed in place in this group or in one above it.
    pub(super) fn in_place_at(&self, shown: &[u8]) -> Option<JobId> {
        let ends = shown.iter().enumerate().skip(1).filter(|(_, byte)| **byte == b'/').map(|(at, _)| at);
        let mut above = ends.chain([shown.len()]).map(|end| &shown[..end]);
        above.find_map(|group| self.places.get(group).cloned()).filter(|_| !self.places.is_empty())
    }
}

impl Tie {
    /// The same, for who does not look into groups.
    pub(super) fn bond(&self, jobs: &Jobs, origin: &[u8]) -> Bond {
        match self {
            Tie::Unit { ending, group, .. } => {
                Bond::Unit { ending: ending.clone(), group: jobs.path_to(group) }
            }
            Tie::InPlace { .. } => Bond::InPlace { group: jobs.path_to(origin) },
        }
    }
}
