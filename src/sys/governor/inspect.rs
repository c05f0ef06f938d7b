//! Looks whether a job still stands as it was set up: its limits as they were written, its members inside. It tells what
//! it finds and moves nobody; only the note, which is ours alone, is put right at once. It is asked of every job again
//! and again, so in the usual case it opens the group and reads a few short files.

use super::company::company;
use super::jobs::{Jobs, ready};
use super::process::Proc;
use super::tie::Tie;
use super::{Governor, failure, files, foreign, group, limits, priorities, shift};
use crate::engine::effect::Born;
use crate::engine::input::{Inspection, Stray};
use crate::model::record::{Failure, Step};
use crate::model::{JobId, Pid};
use crate::sys::systemd::Manager;
use crate::sys::ticks;
use rustix::fs::{AtFlags, statat};
use rustix::io::Errno;
use std::os::fd::OwnedFd;

impl Governor {
    pub(super) fn inspect(&mut self, job: &JobId, members: &[(Pid, Born)]) -> Result<Inspection, Failure> {
        let jobs = ready(&self.jobs)?;
        if let Some(inspection) = self.inspect_in_place(jobs, job, members) {
            return Ok(inspection);
        }
        let dir = match jobs.open(job) {
            Ok(dir) => Some(dir),
            Err(Errno::NOENT) => None,
            Err(errno) => return Err(failure(Step::Verify, errno, jobs.path_of(job), "")),
        };
        let mut inside = dir.as_ref().and_then(|dir| files::pids(dir).ok()).unwrap_or_default();
        inside.sort_unstable();
        let (proc, foreign, systemd) = (&self.proc, &mut self.foreign, &mut self.systemd);
        let missing = members.iter().filter(|(pid, _)| inside.binary_search(pid).is_err());
        let strays = missing.filter_map(|&(pid, born)| stray(proc, jobs, foreign, job, pid, born)).collect();
        let Some(dir) = dir else {
            return Ok(Inspection { deserted: true, strays, ..Inspection::default() });
        };
        let limits = jobs.known.get(job).map(|known| {
            let mut found = jobs.drift(&dir, known);
            let of_processes =
                known.note.iter().flat_map(|note| priorities::drift(proc, note, &inside, &known.unheld));
            found.extend(of_processes);
            found
        });
        Ok(Inspection {
            deserted: inside.is_empty() && !group::is_populated(&dir),
            strays,
            limits: limits.unwrap_or_default(),
            note_mended: mend_note(jobs, job, &dir),
            company: None,
            unit_gone: is_unit_gone(jobs, job, systemd),
        })
    }
}

impl Governor {
    /// Of a job in place nobody strays: where its processes go is its manager's business.
    fn inspect_in_place(&self, jobs: &Jobs, job: &JobId, members: &[(Pid, Born)]) -> Option<Inspection> {
        let known = jobs.known.get(job)?;
        jobs.tie_of(job).filter(|tie| matches!(tie, Tie::InPlace { .. }))?;
        let Ok(place) = jobs.seat(job) else {
            return Some(Inspection { deserted: true, ..Inspection::default() });
        };
        let members: Vec<Pid> = members.iter().map(|&(pid, _)| pid).collect();
        let marker = jobs.open(job).ok();
        Some(Inspection {
            deserted: !group::is_populated(&place.dir),
            limits: limits::drift(&place.dir, &known.bound, |key| {
                known.bound.has(key) && !known.unheld.contains(&key)
            }),
            note_mended: marker.is_some_and(|marker| mend_note(jobs, job, &marker)),
            company: company(&self.proc, &place.dir, &members).ok().flatten(),
            ..Inspection::default()
        })
    }
}

/// Whether the unit that it came from has been stopped: its group is gone, or another one has its name.
fn is_unit_gone(jobs: &Jobs, job: &JobId, systemd: &mut Manager) -> bool {
    let Some(Tie::Unit { group, number, ending }) = jobs.tie_of(job) else { return false };
    let Some(below) = jobs.mount.below(group) else { return false };
    match statat(&jobs.top, below, AtFlags::empty()) {
        Ok(found) => found.st_ino != *number,
        Err(errno) => errno == Errno::NOENT && systemd.is_over(&ending.unit),
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
    // It was started into a job of its own, of which we may hear only later.
    if jobs.job_at(&at).is_some_and(|other| other != *job && other.is_run()) {
        return None;
    }
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
