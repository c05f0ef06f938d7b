//! Makes sure that a descendant sits in its job's group. It was named by an event, so the pid may be somebody else's by
//! now: the moment of its fork or its start time decides.

use super::jobs::ready;
use super::process::is_gone;
use super::shift::{Mover, Place, Shift};
use super::{Governor, failure};
use crate::engine::effect::Born;
use crate::engine::input::Join;
use crate::model::record::{Failure, Step};
use crate::model::{JobId, Pid};
use crate::sys::ticks;

impl Governor {
    pub(super) fn join(&mut self, job: &JobId, pid: Pid, born: Born) -> Join {
        self.try_join(job, pid, born).unwrap_or_else(Join::Failed)
    }

    fn try_join(&mut self, job: &JobId, pid: Pid, born: Born) -> Result<Join, Failure> {
        let jobs = ready(&self.jobs)?;
        let Some(held) = self.proc.hold(pid)? else { return Ok(Join::Gone) };
        if !ticks::is_born(held.start, born) || held.dead {
            return Ok(Join::Gone);
        }
        let origin = match self.proc.cgroup_of(&held) {
            Err(errno) if is_gone(errno) => return Ok(Join::Gone),
            result => {
                result.map_err(|errno| failure(Step::Proc, errno, format!("/proc/{pid}/cgroup"), ""))?
            }
        };
        // A group that the job made inside its own is the job's, too.
        if jobs.job_at(&origin).as_ref() == Some(job) {
            return Ok(Join::WasInside);
        }
        // A container that the job started belongs to its own manager.
        if self.foreign.why(&self.proc, jobs, &held, &origin).is_some() {
            return Ok(Join::Left);
        }
        let dir = jobs.open(job).map_err(|errno| failure(Step::Move, errno, jobs.path_of(job), ""))?;
        let place = Place::open(&dir, jobs.shown_of(job))
            .map_err(|errno| failure(Step::Move, errno, jobs.path_of(job), ""))?;
        let mover = Mover { proc: &self.proc, mount: &jobs.mount, top: &jobs.top, origin: &origin };
        Ok(match mover.shift(&held, &place)? {
            Shift::Inside => Join::Moved,
            Shift::Gone | Shift::Stranger(_) => Join::Gone,
        })
    }
}
