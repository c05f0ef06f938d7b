//! Puts a job's processes back where the job was taken from and removes its group; and changes the limits of a job that
//! stands. Neither fails because a process ended meanwhile.

use super::jobs::{Jobs, ready};
use super::known::Known;
use super::note::Note;
use super::process::{Proc, is_gone};
use super::shift::{Mover, Place, Shift, shown};
use super::{Governor, failure, group, kept, limits};
use crate::engine::input::Release;
use crate::model::record::{Failure, Step};
use crate::model::{JobId, Limits, Overrides, Pid};
use rustix::io::Errno;
use std::os::fd::OwnedFd;

/// Processes may be forked while others are moved; one that forks faster than this many passes stays.
const PASSES: usize = 1000;

impl Governor {
    pub(super) fn release(&mut self, job: &JobId) -> Result<Release, Failure> {
        let jobs = ready(&self.jobs)?;
        let dir = match jobs.open(job) {
            Err(Errno::NOENT) => {
                self.forget(job);
                return Ok(Release { processes: 0, to: String::new() });
            }
            result => result.map_err(|errno| failure(Step::Move, errno, jobs.path_of(job), ""))?,
        };
        let note = jobs.note_of(job, &dir);
        // Of a job without a note nothing is known but that it came from somewhere: the top takes everybody.
        let origin = note.map_or_else(|| jobs.mount.top.clone(), |note| note.origin);
        let release = empty(&self.proc, jobs, job, &dir, &origin)?;
        if !self.remove(job)? {
            return Err(failure(Step::Rmdir, Errno::BUSY, job.to_string(), "somebody moved in meanwhile"));
        }
        Ok(release)
    }

    pub(super) fn remove(&mut self, job: &JobId) -> Result<bool, Failure> {
        let removed = ready(&self.jobs)?.remove(job)?;
        if removed {
            self.forget(job);
        }
        Ok(removed)
    }

    /// The first refusal is told. The rest is applied all the same, unless it is to be `whole`: then all is as it was.
    pub(super) fn set_limits(
        &mut self,
        job: &JobId,
        limits: &Limits,
        set: Overrides,
        whole: bool,
    ) -> Result<Limits, Failure> {
        let jobs = ready(&self.jobs)?;
        let path = || jobs.path_of(job);
        let dir = jobs.open(job).map_err(|errno| failure(Step::LimitWrite, errno, path(), ""))?;
        let note = jobs.note_of(job, &dir).map(|note| Note { limits: *limits, set, ..note });
        let kept = note.as_ref().map(|note| note.kept).unwrap_or_default();
        let bound = kept::tighter(limits, &kept);
        let before = jobs.known.get(job).map_or_else(|| limits::read(&dir), |known| known.bound);
        let write = |limits| limits::apply(&dir, path, limits, |key| jobs.holds(key), false);
        let refused = write(&bound);
        if whole && let Some((_, why)) = refused.first() {
            write(&before);
            return Err(why.clone());
        }
        let on_group = jobs.known.get(job).is_none_or(|known| known.on_group);
        if let Some(note) = note.as_ref().filter(|_| on_group) {
            note.write_to(&dir).map_err(|errno| failure(Step::Xattr, errno, path(), ""))?;
        }
        let unheld = refused.iter().map(|(key, _)| *key).collect();
        if let Ok(jobs) = &mut self.jobs {
            jobs.known.insert(job.clone(), Known { note, on_group, bound, unheld });
        }
        refused.into_iter().next().map_or(Ok(kept::beyond(limits, &kept)), |(_, why)| Err(why))
    }
}

/// Moves everybody out of a group, to where they came from or as near to it as the kernel allows.
fn empty(proc: &Proc, jobs: &Jobs, job: &JobId, dir: &OwnedFd, origin: &[u8]) -> Result<Release, Failure> {
    let mut homes = homes(origin).filter_map(|home| Place::find(&jobs.mount, &jobs.top, home).ok());
    let refused = |errno, detail: String| failure(Step::Move, errno, jobs.path_of(job), detail);
    let none_left =
        || refused(Errno::BUSY, format!("neither {} nor a group above it takes processes", shown(origin)));
    let mut home = homes.next().ok_or_else(none_left)?;
    let mut processes = 0;
    for _ in 0..PASSES {
        let members = group::members(proc, dir).map_err(|errno| refused(errno, String::new()))?;
        if members.is_empty() {
            return Ok(Release { processes, to: shown(&home.shown) });
        }
        for pid in members {
            // The home that took the last one is the first to be asked for the next.
            processes += loop {
                match move_out(proc, jobs, pid, &home) {
                    Ok(left) => break usize::from(left),
                    Err(why) if takes_nobody(&why) => home = homes.next().ok_or_else(none_left)?,
                    Err(why) => return Err(why),
                }
            };
        }
    }
    Err(refused(Errno::AGAIN, "its processes fork faster than they can be moved".into()))
}

/// The group and those above it, up to the top.
fn homes(origin: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(origin), |group| match group.iter().rposition(|&b| b == b'/')? {
        0 if group.len() == 1 => None,
        0 => Some(b"/"),
        end => Some(&group[..end]),
    })
}

/// `Ok(false)`: it ended, or left by itself.
fn move_out(proc: &Proc, jobs: &Jobs, pid: Pid, home: &Place) -> Result<bool, Failure> {
    let Some(held) = proc.hold(pid)? else { return Ok(false) };
    let at = match proc.cgroup(pid) {
        Err(errno) if is_gone(errno) => return Ok(false),
        result => result.map_err(|errno| failure(Step::Proc, errno, format!("/proc/{pid}/cgroup"), ""))?,
    };
    // A first thread that ended is listed, and shown, where it was; what lives of it tells by being listed still.
    let mover = Mover { proc, mount: &jobs.mount, top: &jobs.top, origin: &at };
    match mover.shift(&held, home) {
        Ok(shift) => Ok(shift == Shift::Inside),
        Err(why) if why.step == Step::Verify => Ok(false),
        Err(why) => Err(why),
    }
}

/// The kernel's ways to say that not this process but this group is the wrong one.
fn takes_nobody(why: &Failure) -> bool {
    let errnos =
        [Errno::BUSY, Errno::OPNOTSUPP, Errno::NODEV, Errno::NOENT, Errno::INVAL, Errno::ACCESS, Errno::PERM];
    why.step == Step::Move && errnos.iter().any(|errno| errno.raw_os_error() == why.errno)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_way_home_leads_up_to_the_top() {
        let homes = |origin: &'static str| -> Vec<_> {
            super::homes(origin.as_bytes()).map(|home| String::from_utf8_lossy(home).into_owned()).collect()
        };
        assert_eq!(homes("/a/b"), ["/a/b", "/a", "/"]);
        assert_eq!(homes("/"), ["/"]);
    }
}
