//! Units that jobs were moved out of: one watch on each folder in which a group of theirs lies, however many jobs came
//! from there. A group that was removed and made again meanwhile is for whoever knows its number to tell.

use crate::model::JobId;
use nix::sys::inotify::{AddWatchFlags, Inotify, WatchDescriptor};
use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

#[derive(Debug, Default)]
pub(super) struct Units(HashMap<JobId, Unit>);

#[derive(Debug)]
struct Unit {
    watch: WatchDescriptor,
    name: OsString,
    group: PathBuf,
}

impl Units {
    pub(super) fn watch(&mut self, inotify: &Inotify, job: &JobId, group: &Path) -> bool {
        let (Some(above), Some(name)) = (group.parent(), group.file_name()) else { return true };
        // Where it cannot be watched, inspections will find it gone.
        let Ok(watch) = inotify.add_watch(above, AddWatchFlags::IN_DELETE | AddWatchFlags::IN_ONLYDIR) else {
            return group.exists();
        };
        self.0.insert(job.clone(), Unit { watch, name: name.into(), group: group.into() });
        group.exists()
    }

    pub(super) fn unwatch(&mut self, inotify: &Inotify, job: &JobId) {
        let Some(Unit { watch, .. }) = self.0.remove(job) else { return };
        if self.0.values().all(|unit| unit.watch != watch) {
            let _ = inotify.rm_watch(watch);
        }
    }

    /// The jobs that came from the group of this name in the folder of this watch.
    pub(super) fn removed(&self, watch: WatchDescriptor, name: &OsStr) -> impl Iterator<Item = JobId> {
        let of_it = move |(_, unit): &(&JobId, &Unit)| unit.watch == watch && unit.name == name;
        self.0.iter().filter(of_it).map(|(job, _)| job.clone())
    }

    /// Those whose group is not there.
    pub(super) fn gone(&self) -> impl Iterator<Item = JobId> {
        self.0.iter().filter(|(_, unit)| !unit.group.exists()).map(|(job, _)| job.clone())
    }
}
