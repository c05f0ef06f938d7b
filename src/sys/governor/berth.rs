//! A group that stands before its process does: that one is started in it, or moved there before its program begins, and
//! the rest is as with every attachment.

use super::attach::{Whence, lost_its_group};
use super::group::Group;
use super::jobs::ready;
use super::process::Held;
use super::tie::Tie;
use super::{Governor, failure};
use crate::engine::effect::Attach;
use crate::engine::input::Outcome;
use crate::model::record::{Failure, Step};
use crate::model::{FileName, Identity, JobId, Made, Pid};
use crate::sys::clock;
use rustix::io::Errno;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Arc;

/// Made for a process that is yet to be started.
#[derive(Debug)]
pub struct Berth {
    group: Group,
    command: Arc<str>,
    /// Who starts it, and from where.
    starter: Identity,
    whence: Whence,
}

impl Berth {
    pub fn job(&self) -> &JobId {
        &self.group.job
    }
}

impl AsFd for Berth {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.group.dir.as_fd()
    }
}

impl Governor {
    /// For a process that we are going to start. It is called after us, for its own number nobody knows yet.
    pub fn berth(&mut self, command: &str) -> Result<Berth, Failure> {
        match self.try_berth(command) {
            // Somebody has taken the folder away under our hands.
            Err(why) if lost_its_group(&why) && self.rebuild() => self.try_berth(command),
            result => result,
        }
    }

    fn try_berth(&self, command: &str) -> Result<Berth, Failure> {
        let jobs = ready(&self.jobs)?;
        let own = self.held(self.proc.own)?;
        let unknown = |errno| failure(Step::Proc, errno, "/proc/self/cgroup", "");
        let at = self.proc.cgroup(own.pid).map_err(unknown)?;
        // Started by a job's process it goes home to where that job came from, and what binds that job binds it.
        let note = |job: &JobId| jobs.open(job).ok().and_then(|dir| jobs.note_of(job, &dir));
        let (origin, tie) = match jobs.job_at(&at).as_ref().and_then(note) {
            Some(note) => (note.origin, note.tie.filter(|tie| matches!(tie, Tie::Unit { .. }))),
            None => (at.clone(), None),
        };
        let whence = Whence { origin, bound_by: at.clone(), at, tie };
        let starter = Identity { pid: own.pid, start: own.start };
        let (first, second) = (JobId::run(command, starter), JobId::run_with_start(command, starter));
        let group = jobs.group_called(first, second, starter, &self.boot)?;
        Ok(Berth { group, command: command.into(), starter, whence })
    }

    /// Limits, note, proof: our child `pid`, which has not begun yet, is a job afterwards, or the group is gone.
    pub fn settle(
        &mut self,
        mut berth: Berth,
        pid: Pid,
        born_there: bool,
        made: Made,
    ) -> Result<Outcome, Failure> {
        let began = clock::mono();
        berth.group.born = born_there.then_some(pid);
        let held = self.held(pid).inspect_err(|_| self.leave(&berth))?;
        let attach = Attach {
            identity: Identity { pid, start: held.start },
            command: berth.command,
            limits: made.limits(None),
            set: Default::default(),
            // Whoever gives an order means it.
            names_users: true,
            made: Some(made),
            parent: berth.starter.pid,
            parent_name: FileName::new(b"ffrtmp"),
            out_of: None,
            alone: false,
            foreign: Default::default(),
        };
        self.house(&attach, &held, berth.whence, berth.group, began)
    }

    /// Nobody will be started in it.
    pub fn leave(&self, berth: &Berth) {
        if let Ok(jobs) = ready(&self.jobs) {
            jobs.discard(&berth.group);
        }
    }

    fn held(&self, pid: Pid) -> Result<Held, Failure> {
        let gone = || failure(Step::Pidfd, Errno::SRCH, format!("/proc/{pid}"), "it has ended");
        self.proc.hold(pid)?.filter(|held| !held.dead).ok_or_else(gone)
    }
}
