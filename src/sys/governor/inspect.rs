//! Looks whether a job still stands as it was set up: its limits as they were written, its members inside. It tells what
//! it finds and moves nobody; only the note, which is ours alone, is put right at once. It is asked of every job again
//! and again, so in the usual case it opens the group and reads a few short files.

use super::jobs::{Jobs, ready};
use super::process::Proc;
use super::{Governor, failure, files, foreign, group, limits, shift};
use crate::engine::effect::Born;
use crate::engine::input::{Inspection, Stray};
use crate::model::record::{Failure, Step};
use crate::model::{JobId, Pid};
use crate::sys::ticks;
use rustix::io::Errno;
use std::os::fd::OwnedFd;

impl Governor {
    pub(super) fn inspect(&mut self, job: &JobId, members: &[(Pid, Born)]) -> Result<Inspection, Failure> {
        let jobs = ready(&self.jobs)?;
        let dir = match jobs.open(job) {
            Ok(dir) => Some(dir),
            Err(Errno::NOENT) => None,
            Err(errno) => return Err(failure(Step::Verify, errno, jobs.path_of(job), "")),
        };
        let mut inside = dir.as_ref().and_then(|dir| files::pids(dir).ok()).unwrap_or_default();
        inside.sort_unstable();
        let (proc, foreign) = (&self.proc, &mut self.foreign);
        let missing = members.iter().filter(|(pid, _)| inside.binary_search(pid).is_err());
        let strays = missing.filter_map(|&(pid, born)| stray(proc, jobs, foreign, job, pid, born)).collect();
        let Some(dir) = dir else {
            return Ok(Inspection { deserted: true, strays, ..Inspection::default() });
        };
        let limits = jobs.known.get(job).map(|known| {
            limits::drift(&dir, &known.bound, |key| jobs.holds(key) && !known.unheld.contains(&key))
        });
        Ok(Inspection {
            deserted: inside.is_empty() && !group::is_populated(&dir),
            strays,
            limits: limits.unwrap_or_default(),
            note_mended: mend_note(jobs, job, &dir),
        })
    }
}

/// Whether the note was not as it should be, and is now.
fn mend_note(jobs: &Jobs, job: &JobId, dir: &OwnedFd) -> bool {
    let known = jobs.known.get(job).filter(|known| known.on_group);
    let Some(note) = known.and_then(|known| known.note.as_ref()) else { return false };
    !note.stands_on(dir) && note.write_to(dir).is_ok()
}

/// A member that is not listed in its group: it ended, or sits in a group that the job made inside its own, or elsewhere.
fn stray(
    proc: &Proc,
    jobs: &Jobs,
    foreign: &mut foreign::Cache,
    job: &JobId,
    pid: Pid,
    born: Born,
) -> Option<Stray> {
    let held = proc.hold(pid).ok()??;
    if !ticks::is_born(held.start, born) || held.dead {
        return None;
    }
    let at = proc.cgroup_of(&held).ok()?;
    // A first thread that has ended tells nothing: ask the others, too.
    if jobs.job_at(&at).as_ref() == Some(job) || proc.sits_in(pid, &jobs.shown_of(job)) != Ok(false) {
        return None;
    }
    // A container that the job started belongs to its own manager.
    if !proc.lives(&held) || foreign.why(proc, jobs, &held, &at).is_some() {
        return None;
    }
    Some(Stray { pid, born, at: shift::shown(&at) })
}
