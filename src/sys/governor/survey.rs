//! Looks at the groups that stand below the root when the service starts: a job of an earlier run is found again by its
//! note, an empty one is removed, and what bears neither a note nor a name of ours is somebody else's.

use super::group::Group;
use super::jobs::Jobs;
use super::known::Known;
use super::note::Note;
use super::process::Proc;
use super::{Governor, files, group};
use crate::engine::input::FoundJob;
use crate::model::JobId;
use crate::sys::ticks;
use std::ffi::CStr;

impl Governor {
    /// The jobs that are lived in, and those whose process lives and was moved out.
    pub(super) fn survey(&mut self) -> Vec<FoundJob> {
        let Ok(jobs) = &self.jobs else { return Vec::new() };
        let names = files::names(&jobs.dir).unwrap_or_default();
        let found: Vec<_> = names.iter().filter_map(|name| self.recognise(jobs, name)).collect();
        let Ok(jobs) = &mut self.jobs else { return Vec::new() };
        found
            .into_iter()
            .map(|(found, known)| {
                jobs.known.insert(found.job.clone(), known);
                found
            })
            .collect()
    }

    fn recognise(&self, jobs: &Jobs, name: &CStr) -> Option<(FoundJob, Known)> {
        let job = JobId::found(name.to_str().ok()?);
        let dir = jobs.open(&job).ok()?;
        let known = match Note::read_from(&dir) {
            Some(note) => Known::noted(note),
            None => match jobs.known.get(&job) {
                Some(known) => known.clone(),
                None => {
                    if job.is_automatic() {
                        // A run before us ended after making it and before noting it. Lived in, it is not ours, and stays.
                        jobs.discard(&Group { job, dir, fresh: true });
                    }
                    return None;
                }
            },
        };
        let note = known.note.clone()?;
        let main_alive = note.boot == self.boot && is_alive(&self.proc, &note);
        if !main_alive && !group::is_populated(&dir) {
            // If somebody moves in at this moment it stays, and is found the next time.
            let _ = jobs.remove(&job);
            return None;
        }
        if note.boot != self.boot {
            return None;
        }
        let mut members = group::members(&self.proc, &dir).ok()?;
        members.retain(|&pid| pid != note.identity.pid);
        let found = FoundJob {
            job,
            identity: note.identity,
            main_alive,
            limits: note.limits,
            set: note.set,
            command: note.command,
            parent: note.parent,
            parent_name: note.parent_name,
            members,
            origin: String::from_utf8_lossy(&note.origin).into_owned(),
            age: ticks::age(note.identity.start),
            attached_at: note.attached_at,
        };
        Some((found, known))
    }
}

fn is_alive(proc: &Proc, note: &Note) -> bool {
    let found = proc.stat(note.identity.pid, |stat| {
        stat.starttime == note.identity.start && !(stat.is_dead() && stat.num_threads <= 1)
    });
    found.unwrap_or(false)
}
