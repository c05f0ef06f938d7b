//! The processes of a job and how they are related, for those who ask.

use super::Engine;
use super::jobs::Job;
use super::table::Place;
use crate::model::snapshot::{Family, Kin, Snapshot};
use crate::model::{Identity, Pid};

/// Processes that one answer tells of.
pub(super) const MOST_KIN: usize = 2000;

impl Engine {
    /// Adds to each job what its processes are, as long as there is room.
    pub fn with_families(&self, mut snapshot: Snapshot) -> Snapshot {
        let mut room = MOST_KIN;
        for view in &mut snapshot.jobs {
            view.family = self.family(view.main, room);
            room -= view.family.as_ref().map_or(0, |family| family.kin.len());
        }
        snapshot
    }

    pub(super) fn family(&self, main: Identity, most: usize) -> Option<Family> {
        let job = self.jobs.get(main)?;
        let kin: Vec<Kin> = job.members.iter().take(most).filter_map(|&pid| self.kin(job, pid)).collect();
        Some(Family { left_out: job.members.len() - kin.len(), kin })
    }

    fn kin(&self, job: &Job, pid: Pid) -> Option<Kin> {
        let entry = self.table.get(pid)?;
        let parent = self.table.ancestors(pid).map(|(pid, _)| pid).find(|pid| job.members.contains(pid));
        let inside = if pid == job.main.pid { job.is_held() } else { entry.place == Place::Inside };
        Some(Kin { pid, parent, name: entry.comm, inside })
    }
}
