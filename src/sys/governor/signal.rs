//! Sends a signal to every process of a job, as its unit would have done had it not been moved out of there.

use super::jobs::{Jobs, ready};
use super::{Governor, failure, files, group};
use crate::model::record::{Failure, Step};
use crate::model::{JobId, Pid};
use rustix::io::Errno;
use rustix::process::{Signal, pidfd_send_signal};

/// Who is forked meanwhile is met by the next pass.
const PASSES: usize = 100;

impl Governor {
    /// To how many processes.
    pub(super) fn signal(&self, job: &JobId, signal: i32) -> Result<usize, Failure> {
        let jobs = ready(&self.jobs)?;
        let refused = |errno| failure(Step::Signal, errno, jobs.path_of(job), "");
        let wanted = Signal::from_named_raw(signal).ok_or_else(|| refused(Errno::INVAL))?;
        let dir = match jobs.open(job) {
            Err(Errno::NOENT) => return Ok(0),
            result => result.map_err(refused)?,
        };
        let members = group::members(&self.proc, &dir).map_err(refused)?;
        // The kernel's own way leaves nobody out, however fast they fork; it came with 5.14.
        if wanted == Signal::KILL && files::write_to(&dir, c"cgroup.kill", b"1").is_ok() {
            return Ok(members.len());
        }
        let mut told = Vec::new();
        for _ in 0..PASSES {
            let members = group::members(&self.proc, &dir).map_err(refused)?;
            let new: Vec<Pid> = members.into_iter().filter(|pid| !told.contains(pid)).collect();
            if new.is_empty() {
                break;
            }
            new.iter().for_each(|&pid| self.send(jobs, job, pid, wanted));
            told.extend(new);
        }
        Ok(told.len())
    }

    /// Who has ended meanwhile needs no signal, and who has its pid now is not asked to end.
    fn send(&self, jobs: &Jobs, job: &JobId, pid: Pid, signal: Signal) {
        let Ok(Some(held)) = self.proc.hold(pid) else { return };
        let Some(pidfd) = held.pidfd.as_ref() else { return };
        if self.proc.cgroup(pid).ok().and_then(|at| jobs.job_at(&at)).as_ref() == Some(job) {
            let _ = pidfd_send_signal(pidfd, signal);
            // As systemd does: who is stopped could not do what it is asked to.
            if matches!(signal, Signal::TERM | Signal::HUP) {
                let _ = pidfd_send_signal(pidfd, Signal::CONT);
            }
        }
    }
}
