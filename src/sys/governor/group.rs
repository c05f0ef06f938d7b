//! Makes and removes the groups of jobs. A name that is taken by somebody who still lives there is not fought over:
//! the job gets its longer name.

use super::jobs::Jobs;
use super::note::Note;
use super::process::Proc;
use super::tie::Tie;
use super::{failure, files};
use crate::model::record::{Failure, Step};
use crate::model::{Identity, JobId, Pid};
use rustix::fs::{AtFlags, Mode, mkdirat, unlinkat};
use rustix::io::Errno;
use std::ffi::CStr;
use std::os::fd::{AsFd, OwnedFd};

#[derive(Debug)]
pub(super) struct Group {
    pub(super) job: JobId,
    pub(super) dir: OwnedFd,
    /// Just made: the kernel's defaults stand in it, and it is ours to remove again.
    pub(super) fresh: bool,
    /// Who was started in it and need not be moved there.
    pub(super) born: Option<Pid>,
}

/// Groups inside a job's group are the job's own doing; nobody nests them deeper.
const DEPTH: usize = 32;

impl Jobs {
    /// The group for a process that is to become a job.
    pub(super) fn group_for(&self, command: &str, identity: Identity, boot: &str) -> Result<Group, Failure> {
        self.group_called(JobId::of(command, identity), JobId::with_start(command, identity), identity, boot)
    }

    /// By the second name where the first is taken.
    pub(super) fn group_called(
        &self,
        first: JobId,
        second: JobId,
        identity: Identity,
        boot: &str,
    ) -> Result<Group, Failure> {
        let mut job = first;
        let mut result = self.claim(&job, identity, boot);
        if let Ok(None) = result {
            job = second;
            result = self.claim(&job, identity, boot);
        }
        let refused = |errno, detail: &str| failure(Step::Mkdir, errno, self.path_of(&job), detail);
        match result {
            Ok(Some(group)) => Ok(group),
            Ok(None) => Err(refused(Errno::EXIST, "other processes live in a group of this name")),
            Err(errno) => Err(refused(errno, "")),
        }
    }

    /// `Ok(None)`: somebody else's processes live there.
    fn claim(&self, job: &JobId, identity: Identity, boot: &str) -> Result<Option<Group>, Errno> {
        match self.make(job) {
            Err(Errno::EXIST) => {}
            // The hierarchy allows no more groups: those of ended jobs make room.
            Err(Errno::AGAIN) => {
                self.reap();
                return self.make(job).map(Some);
            }
            result => return result.map(Some),
        }
        // One that nobody lives in is made anew, so that no limit and no counter of its past is left.
        match remove(&self.dir, job.as_str(), DEPTH) {
            Ok(()) | Err(Errno::NOENT) => return self.make(job).map(Some),
            Err(_) => {}
        }
        let dir = self.open(job)?;
        let ours = Note::read_from(&dir).is_some_and(|note| note.identity == identity && note.boot == boot);
        Ok(ours.then(|| Group { job: job.clone(), dir, fresh: false, born: None }))
    }

    fn make(&self, job: &JobId) -> Result<Group, Errno> {
        mkdirat(&self.dir, job.as_str(), Mode::from_raw_mode(0o755))?;
        Ok(Group { job: job.clone(), dir: self.open(job)?, fresh: true, born: None })
    }

    /// Removes a group that was made in vain; one that somebody lives in stays.
    pub(super) fn discard(&self, group: &Group) {
        if group.fresh {
            // Nothing is lost when it fails: the next survey finds an empty group and removes it.
            let _ = unlinkat(&self.dir, group.job.as_str(), AtFlags::REMOVEDIR);
        }
    }

    /// Removes every job's group that nobody lives in. Groups without a note are somebody else's.
    pub(super) fn reap(&self) {
        for name in files::names(&self.dir).unwrap_or_default() {
            let noted = files::open_folder(&self.dir, &name).ok().and_then(Note::read_from);
            // Of a job in place it is empty and all that is known of it.
            if noted.is_some_and(|note| !matches!(note.tie, Some(Tie::InPlace { .. }))) {
                let _ = remove(&self.dir, &name, DEPTH);
            }
        }
    }

    /// `Ok(false)`: somebody lives there.
    pub(super) fn remove(&self, job: &JobId) -> Result<bool, Failure> {
        let removed = self.open(job).and_then(|_| remove(&self.dir, job.as_str(), DEPTH));
        match removed {
            Ok(()) | Err(Errno::NOENT) => Ok(true),
            Err(Errno::BUSY) => Ok(false),
            Err(errno) => Err(failure(Step::Rmdir, errno, self.path_of(job), "")),
        }
    }
}

/// Removes a group and the groups inside it, unless a process lives in one of them.
fn remove(parent: impl AsFd, name: impl rustix::path::Arg + Copy, depth: usize) -> Result<(), Errno> {
    match unlinkat(&parent, name, AtFlags::REMOVEDIR) {
        Err(Errno::BUSY | Errno::NOTEMPTY) if depth > 0 => {}
        result => return result,
    }
    let dir = files::open_folder(&parent, name)?;
    if is_populated(&dir) {
        return Err(Errno::BUSY);
    }
    for inside in files::names(&dir)? {
        remove(&dir, &*inside as &CStr, depth - 1)?;
    }
    unlinkat(&parent, name, AtFlags::REMOVEDIR)
}

/// Whether a process lives in a group or in one inside it.
pub(super) fn is_populated(group: impl AsFd) -> bool {
    let events = files::read_all(group, c"cgroup.events").unwrap_or_default();
    events.split(|&b| b == b'\n').any(|line| line == b"populated 1")
}

/// Everybody who lives in a group or in one inside it.
pub(super) fn members(proc: &Proc, group: impl AsFd) -> Result<Vec<Pid>, Errno> {
    let mut members = files::pids(&group)?;
    if members.is_empty() {
        // A process whose first thread has ended is listed where that one was; the others are here.
        let threads = files::read_all(&group, c"cgroup.threads").unwrap_or_default();
        members.extend(files::numbers(&threads).filter_map(|thread| proc.process_of(thread).ok()));
        members.dedup();
    }
    for name in files::names(&group)? {
        // One that went away has no members, and those of a threaded group are listed above it.
        let inside =
            files::open_folder(&group, &*name as &CStr).and_then(|inside| self::members(proc, &inside));
        members.extend(inside.unwrap_or_default());
    }
    Ok(members)
}
