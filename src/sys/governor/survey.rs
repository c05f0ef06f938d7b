//! Looks at the groups that stand below the root when the service starts: a job of an earlier run is found again by its
//! note, an empty one is removed, and what bears neither a note nor a name of ours is somebody else's.

use super::group::Group;
use super::in_place::give_back;
use super::jobs::Jobs;
use super::known::Known;
use super::note::Note;
use super::tie::Tie;
use super::{Governor, company, files, group, priorities};
use crate::engine::input::FoundJob;
use crate::model::{JobId, Pid};
use crate::sys::ticks;
use std::ffi::{CStr, CString};

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
                jobs.remember(found.job.clone(), known);
                found
            })
            .collect()
    }

    /// One that was made beside us.
    pub(super) fn meet(&mut self, job: &JobId) -> Option<FoundJob> {
        let name = CString::new(job.as_str()).ok()?;
        let (found, known) = self.recognise(self.jobs.as_ref().ok()?, &name)?;
        found.made.as_ref()?;
        self.jobs.as_mut().ok()?.remember(job.clone(), known);
        Some(found)
    }

    fn recognise(&self, jobs: &Jobs, name: &CStr) -> Option<(FoundJob, Known)> {
        let job = JobId::found(name.to_str().ok()?);
        let dir = jobs.open(&job).ok()?;
        let known = match Note::read_from(&dir) {
            Some(note) => Known::noted(note),
            None => match jobs.known.get(&job) {
                Some(known) => known.clone(),
                None => {
                    // Beside others it may be theirs, made in this moment.
                    if job.is_automatic() && !self.visits {
                        // A run before us ended after making it and before noting it. Lived in, it is not ours, and stays.
                        jobs.discard(&Group { job, dir, fresh: true, born: None });
                    }
                    return None;
                }
            },
        };
        let note = known.note.clone()?;
        let main_alive = note.boot == self.boot && priorities::is_alive(&self.proc, &note);
        if let Some(Tie::InPlace { number, .. }) = note.tie {
            return self.recognise_in_place(jobs, job, known, main_alive, number);
        }
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
        Some((found(jobs, job, note, main_alive, members), known))
    }

    /// One that stands on somebody else's group. Where that is gone, or nobody lives in it, the job is over.
    fn recognise_in_place(
        &self,
        jobs: &Jobs,
        job: JobId,
        known: Known,
        main_alive: bool,
        number: u64,
    ) -> Option<(FoundJob, Known)> {
        let note = known.note.clone()?;
        let place = jobs.place(&note.origin, number).ok();
        let inhabited = place.as_ref().is_some_and(|place| group::is_populated(&place.dir));
        if note.boot != self.boot || !main_alive && !inhabited {
            place.iter().for_each(|place| give_back(place, &known));
            let _ = jobs.remove(&job);
            return None;
        }
        // Who is none of the main process's is company, and an inspection will find it.
        let main = note.identity.pid;
        let mut members = match &place {
            Some(place) if main_alive => company::kin(&self.proc, &place.dir, &[main]).ok()?,
            Some(place) => group::members(&self.proc, &place.dir).ok()?,
            None => Vec::new(),
        };
        members.retain(|&pid| pid != main);
        Some((found(jobs, job, note, main_alive, members), known))
    }
}

fn found(jobs: &Jobs, job: JobId, note: Note, main_alive: bool, members: Vec<Pid>) -> FoundJob {
    FoundJob {
        job,
        identity: note.identity,
        main_alive,
        bond: note.tie.as_ref().map(|tie| tie.bond(jobs, &note.origin)),
        limits: note.limits,
        unheld: note.unheld,
        set: note.set,
        made: note.made,
        command: note.command,
        parent: note.parent,
        parent_name: note.parent_name,
        members,
        sockets: note.sockets,
        origin: String::from_utf8_lossy(&note.origin).into_owned(),
        age: ticks::age(note.identity.start),
        attached_at: note.attached_at,
    }
}
