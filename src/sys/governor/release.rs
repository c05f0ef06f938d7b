//! Puts a job's processes back where they were taken from and removes its group; and changes the limits of a job that
//! stands. Neither fails because a process ended meanwhile.

use super::homeward::Homeward;
use super::in_place::give_back;
use super::jobs::ready;
use super::known::Known;
use super::limits::Refused;
use super::note::Note;
use super::priorities::{self, Change};
use super::shift::shown;
use super::{Governor, failure, group, kept, limits};
use crate::engine::input::{LimitsSet, Release};
use crate::model::record::{Failure, Step};
use crate::model::{Identity, JobId, LimitKey, Limits, Overrides};
use rustix::io::Errno;

impl Governor {
    pub(super) fn release(&mut self, job: &JobId) -> Result<Release, Failure> {
        if let Some(processes) = self.end_in_place(job)? {
            return Ok(processes);
        }
        let jobs = ready(&self.jobs)?;
        let dir = match jobs.open(job) {
            Err(Errno::NOENT) => {
                self.forget(job);
                return Ok(Release::default());
            }
            result => result.map_err(|errno| failure(Step::Move, errno, jobs.path_of(job), ""))?,
        };
        let note = jobs.note_of(job, &dir);
        jobs.unbind(&dir);
        let emptied = Homeward::new(&self.proc, jobs, job, note.as_ref()).empty(&dir, None);
        let removed = emptied.and_then(|release| match self.remove(job)? {
            true => Ok(release),
            false => Err(failure(Step::Rmdir, Errno::BUSY, job.to_string(), "somebody moved in meanwhile")),
        });
        if removed.is_err()
            && let Ok(jobs) = &self.jobs
            && let Some(known) = jobs.known.get(job)
        {
            // Whoever is still in there stays limited.
            jobs.bind(job, &dir, &known.bound, false);
        }
        removed
    }

    /// Everybody but the process that the job was made for goes where the job came from.
    pub(super) fn put_out(&mut self, job: &JobId, main: Identity) -> Result<Release, Failure> {
        let jobs = ready(&self.jobs)?;
        match jobs.open(job) {
            Err(Errno::NOENT) => Ok(Release::default()),
            Err(errno) => Err(failure(Step::Move, errno, jobs.path_of(job), "")),
            Ok(dir) => {
                let note = jobs.note_of(job, &dir);
                Homeward::new(&self.proc, jobs, job, note.as_ref()).empty(&dir, Some(main))
            }
        }
    }

    /// Gives a group back in which a job is governed, with whoever lives there.
    fn end_in_place(&mut self, job: &JobId) -> Result<Option<Release>, Failure> {
        let jobs = ready(&self.jobs)?;
        let Ok(place) = jobs.seat(job) else { return Ok(None) };
        if !place.in_place {
            return Ok(None);
        }
        give_back(&place, &jobs.known[job]);
        let processes = group::members(&self.proc, &place.dir).map_or(0, |members| members.len());
        jobs.remove(job)?;
        self.forget(job);
        Ok(Some(Release { processes, to: shown(&place.shown), refused: Vec::new() }))
    }

    pub(super) fn remove(&mut self, job: &JobId) -> Result<bool, Failure> {
        let jobs = ready(&self.jobs)?;
        if let Ok(place) = jobs.seat(job)
            && place.in_place
        {
            if group::is_populated(&place.dir) {
                return Ok(false);
            }
            give_back(&place, &jobs.known[job]);
        }
        let removed = jobs.remove(job)?;
        if removed {
            // Its process may live elsewhere, moved there by somebody else: what it got from us ends with the job.
            if let Some(note) = jobs.known.get(job).and_then(|known| known.note.as_ref()) {
                priorities::give_back(&self.proc, note);
            }
            self.forget(job);
        }
        Ok(removed)
    }

    /// What can be had is applied, and what cannot is told; where it is to be `whole` that is an error, and all is as it was.
    pub(super) fn set_limits(
        &mut self,
        job: &JobId,
        limits: &Limits,
        (set, names_users): (&Overrides, bool),
        whole: bool,
    ) -> Result<LimitsSet, Failure> {
        let jobs = ready(&self.jobs)?;
        if let Ok(place) = jobs.seat(job)
            && place.in_place
        {
            return self.set_in_place(job, &place, limits, set, whole);
        }
        let path = || jobs.path_of(job);
        let dir = jobs.open(job).map_err(|errno| failure(Step::LimitWrite, errno, path(), ""))?;
        let old = jobs.note_of(job, &dir);
        let mut note =
            old.clone().map(|note| Note { limits: limits.clone(), set: set.clone(), names_users, ..note });
        let kept = note.as_ref().map(|note| note.kept.clone()).unwrap_or_default();
        let bound = kept::tighter(limits, &kept);
        let before = jobs.known.get(job).map_or_else(|| limits::read(&dir), |known| known.bound.clone());
        let on_group = jobs.known.get(job).is_none_or(|known| known.on_group);
        let bring = |from: &Option<Note>, to: &mut Option<Note>| match to {
            Some(to) => {
                let mut change = Change::new(&self.proc, from.as_ref(), to, Some(&dir).filter(|_| on_group));
                change.of_group(&dir);
                change.refused()
            }
            None => Refused::new(),
        };
        let write = |limits| jobs.bind(job, &dir, limits, false);
        // What could not be had before, and is not asked for anew, is no reason to refuse the rest.
        let is_new =
            |(key, _): &&(LimitKey, Failure)| old.as_ref().is_none_or(|old| old.asks_anew(*key, limits));
        let refused = write(&bound);
        // An order that is refused already shall not touch a process.
        let stops = whole && refused.iter().any(|refusal| is_new(&refusal));
        let carried = if stops { Refused::new() } else { bring(&old, &mut note) };
        if whole && let Some((_, why)) = refused.iter().chain(&carried).find(is_new) {
            write(&before);
            let mut again = old.clone().zip(note.clone()).map(|(old, note)| note.with_limits_of(&old));
            bring(&note, &mut again);
            return Err(why.clone());
        }
        let refused = [refused, carried].concat();
        if let Some(note) = &mut note {
            note.unheld = refused.iter().map(|(key, _)| *key).collect();
            note.forget_what_was_given_back();
            if on_group {
                note.write_to(&dir).map_err(|errno| failure(Step::Xattr, errno, path(), ""))?;
            }
        }
        let unheld = refused.iter().map(|(key, _)| *key).collect();
        if let Ok(jobs) = &mut self.jobs {
            jobs.remember(job.clone(), Known { note, on_group, bound, unheld });
        }
        Ok(LimitsSet { kept: kept::beyond(limits, &kept), refused })
    }
}
