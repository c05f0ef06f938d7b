//! Looks at the groups that stand below the root when the service starts: a job of an earlier run is found again by its
//! note, an empty one is removed, and what bears neither a note nor a name of ours is somebody else's.

use super::group::Group;
use super::jobs::Jobs;
use super::note::Note;
use super::process::Proc;
use super::{Governor, files, group, kept, limits, ticks};
use crate::engine::input::FoundJob;
use crate::model::{JobId, LimitKey, Limits};
use std::ffi::CStr;
use std::os::fd::OwnedFd;

impl Governor {
    /// The jobs that are lived in.
    pub(super) fn survey(&self) -> Vec<FoundJob> {
        let Ok(jobs) = &self.jobs else { return Vec::new() };
        let names = files::names(&jobs.dir).unwrap_or_default();
        names.iter().filter_map(|name| self.recognise(jobs, name)).collect()
    }

    fn recognise(&self, jobs: &Jobs, name: &CStr) -> Option<FoundJob> {
        let job = JobId::found(name.to_str().ok()?);
        let dir = jobs.open(&job).ok()?;
        let note = Note::read_from(&dir).or_else(|| jobs.notes.get(&job).cloned());
        if note.is_none() && job.is_automatic() {
            // A run before us ended after making it and before noting it. Lived in, it is not ours, and stays.
            jobs.discard(&Group { job, dir, fresh: true });
            return None;
        }
        let note = note?;
        if !group::is_populated(&dir) {
            // If somebody moves in at this moment it stays, and is found the next time.
            let _ = jobs.remove(&job);
            return None;
        }
        if note.boot != self.boot {
            return None;
        }
        Some(FoundJob {
            job,
            identity: note.identity,
            main_alive: is_alive(&self.proc, &note),
            limits: standing(jobs, &dir, &note),
            command: note.command,
            parent: note.parent,
            parent_name: note.parent_name,
            members: group::members(&self.proc, &dir).ok()?,
            origin: String::from_utf8_lossy(&note.origin).into_owned(),
            age: ticks::age(note.identity.start),
            attached_at: note.attached_at,
        })
    }
}

fn is_alive(proc: &Proc, note: &Note) -> bool {
    let found = proc.stat(note.identity.pid, |stat| {
        stat.starttime == note.identity.start && !(stat.is_dead() && stat.num_threads <= 1)
    });
    found.unwrap_or(false)
}

/// The noted limits, except where the group's files tell that somebody changed them since.
fn standing(jobs: &Jobs, dir: &OwnedFd, note: &Note) -> Limits {
    let (noted, bound) = (note.limits, kept::tighter(&note.limits, &note.kept));
    let read = limits::read(dir);
    let drifted = |key| jobs.holds(key) && !limits::stands(key, &bound, &read);
    Limits {
        cpu_quota: if drifted(LimitKey::CpuQuota) { read.cpu_quota } else { noted.cpu_quota },
        cpu_weight: if drifted(LimitKey::CpuWeight) { read.cpu_weight } else { noted.cpu_weight },
        memory_limit: if drifted(LimitKey::MemoryLimit) { read.memory_limit } else { noted.memory_limit },
    }
}
