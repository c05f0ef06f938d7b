//! Makes sure that a descendant sits in its job's group. It was named by an event, so the pid may be somebody else's by
//! now: the moment of its fork or its start time decides.

use super::jobs::ready;
use super::priorities::Change;
use super::process::{Held, is_gone};
use super::shift::{Mover, Place, Shift};
use super::{Governor, failure};
use crate::engine::effect::Born;
use crate::engine::input::Join;
use crate::model::record::{Failure, Step};
use crate::model::{JobId, Pid};
use crate::sys::ticks;

/// The outcome, and who was moved and from where.
type Joined = (Join, Option<(Held, Vec<u8>)>);

impl Governor {
    pub(super) fn join(&mut self, job: &JobId, pid: Pid, born: Born) -> Join {
        let (outcome, from) = match self.try_join(job, pid, born) {
            Ok(joined) => joined,
            Err(why) => (Join::Failed(why), None),
        };
        if matches!(outcome, Join::Moved | Join::WasInside) {
            self.note_joined(job, pid, from);
        }
        outcome
    }

    /// It may have been forked before its parent was brought to what the job's processes carry, and come from elsewhere.
    fn note_joined(&mut self, job: &JobId, pid: Pid, from: Option<(Held, Vec<u8>)>) {
        let Ok(jobs) = &mut self.jobs else { return };
        let Ok(dir) = jobs.open(job) else { return };
        let Some(known) = jobs.known.get_mut(job) else { return };
        let noted_on = Some(&dir).filter(|_| known.on_group);
        let Some(note) = &mut known.note else { return };
        if let Some((held, from)) = from
            && from != note.origin
            && note.homes.remember(&held, &from)
            && let Some(dir) = noted_on
        {
            // An inspection mends it where it was not taken.
            let _ = note.write_to(dir);
        }
        if note.holds_priorities() {
            let before = note.clone();
            // What is refused of one was refused of the others, and told with the job.
            Change::new(&self.proc, Some(&before), note, noted_on).of_process(pid);
        }
    }

    fn try_join(&mut self, job: &JobId, pid: Pid, born: Born) -> Result<Joined, Failure> {
        let jobs = ready(&self.jobs)?;
        let Some(held) = self.proc.hold(pid)? else { return Ok((Join::Gone, None)) };
        if !ticks::is_born(held.start, born) || held.dead {
            return Ok((Join::Gone, None));
        }
        let origin = match self.proc.cgroup_of(&held) {
            Err(errno) if is_gone(errno) => return Ok((Join::Gone, None)),
            result => {
                result.map_err(|errno| failure(Step::Proc, errno, format!("/proc/{pid}/cgroup"), ""))?
            }
        };
        // A group that the job made inside its own is the job's, too.
        if jobs.job_at(&origin).as_ref() == Some(job) {
            return Ok((Join::WasInside, None));
        }
        // It was started into a job of its own.
        if jobs.job_at(&origin).is_some_and(|other| other.is_run()) {
            return Ok((Join::Left, None));
        }
        if jobs.seat(job).is_ok_and(|seat| seat.in_place) {
            return Ok((Join::Left, None)); // nobody of it is moved
        }
        // A container that the job started belongs to its own manager.
        if self.foreign.why(&self.proc, jobs, &held, &origin).is_some() {
            return Ok((Join::Left, None));
        }
        let dir = jobs.open(job).map_err(|errno| failure(Step::Move, errno, jobs.path_of(job), ""))?;
        let place = Place::open(&dir, jobs.shown_of(job))
            .map_err(|errno| failure(Step::Move, errno, jobs.path_of(job), ""))?;
        let mover = Mover { proc: &self.proc, mount: &jobs.mount, top: &jobs.top, origin: &origin };
        Ok(match mover.shift(&held, &place)? {
            Shift::Inside => (Join::Moved, Some((held, origin))),
            Shift::Gone | Shift::Stranger(_) => (Join::Gone, None),
        })
    }
}
