//! Moves everybody out of a job's group: each to where it was taken from, a child to where its parent goes, and where
//! such a group is gone or takes nobody to the nearest above it that does. What each had of its own it is given back.

use super::jobs::Jobs;
use super::note::Note;
use super::priorities::Change;
use super::process::{Held, Proc, is_gone};
use super::shift::{Mover, Place, Shift, shown};
use super::{failure, group, tree};
use crate::engine::input::Release;
use crate::model::record::{Failure, Step};
use crate::model::{Identity, JobId, Pid};
use rustix::io::Errno;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::os::fd::OwnedFd;

/// Processes may be forked while others are moved; one that forks faster than this many passes stays.
const PASSES: usize = 1000;

/// So many groups are named in an answer.
const NAMED: usize = 3;

pub(super) struct Homeward<'a> {
    proc: &'a Proc,
    jobs: &'a Jobs,
    job: &'a JobId,
    note: Option<&'a Note>,
    /// Groups as they were met on the way; `None` for one that is gone or takes nobody.
    places: HashMap<Vec<u8>, Option<Place>>,
    /// Where those went who have been moved: their children follow.
    went: HashMap<Pid, Vec<u8>>,
    /// Where anybody came to be.
    reached: BTreeSet<Vec<u8>>,
}

impl<'a> Homeward<'a> {
    pub(super) fn new(
        proc: &'a Proc,
        jobs: &'a Jobs,
        job: &'a JobId,
        note: Option<&'a Note>,
    ) -> Homeward<'a> {
        let (places, went, reached) = Default::default();
        Homeward { proc, jobs, job, note, places, went, reached }
    }

    /// Until nobody is left in the group but one who stays.
    pub(super) fn empty(&mut self, dir: &OwnedFd, stays: Option<Identity>) -> Result<Release, Failure> {
        let mut bare = self.note.map(Note::without_priorities);
        let mut change = bare.as_mut().map(|bare| Change::new(self.proc, self.note, bare, None));
        if let Some(change) = change.as_mut().filter(|_| stays.is_none()) {
            change.of_group(dir);
        }
        let mut processes = 0;
        for _ in 0..PASSES {
            let mut members =
                group::members(self.proc, dir).map_err(|errno| self.refused(errno, String::new()))?;
            members.retain(|&pid| !stays.is_some_and(|stays| self.proc.is(pid, stays)));
            if members.is_empty() {
                if let Some(change) = &mut change {
                    self.ease_the_late(change);
                }
                let refused = change.map(Change::refused).unwrap_or_default();
                return Ok(Release { processes, to: self.told(), refused });
            }
            for pid in members {
                // It may have been forked since the others were given back what they had.
                if let Some(change) = &mut change {
                    change.of_process(pid);
                }
                processes += usize::from(self.send(pid)?);
            }
        }
        Err(self.refused(Errno::AGAIN, "its processes fork faster than they can be moved".into()))
    }

    /// `Ok(false)`: it ended, or left by itself.
    fn send(&mut self, pid: Pid) -> Result<bool, Failure> {
        let Some(held) = self.proc.hold(pid)? else { return Ok(false) };
        let (proc, jobs) = (self.proc, self.jobs);
        let headed = self.home_of(&held).to_vec();
        for home in upwards(&headed) {
            let Some(place) = self.place(home) else { continue };
            match move_out(proc, jobs, &held, place) {
                Ok(false) => return Ok(false),
                Ok(true) => {
                    self.reached.insert(home.to_vec());
                    self.went.insert(pid, headed.clone());
                    return Ok(true);
                }
                // Said of this process, not of all.
                Err(why) if is(&why, Errno::INVAL) => {}
                Err(why) if takes_nobody(&why) => drop(self.places.insert(home.to_vec(), None)),
                Err(why) => return Err(why),
            }
        }
        let text = format!("neither {} nor a group above it takes process {pid}", shown(&headed));
        Err(self.refused(Errno::BUSY, text))
    }

    /// Whose fork had begun when its parent was given back what it had, and ended when that was moved: it is like its
    /// parent was, and was never in the group.
    fn ease_the_late(&self, change: &mut Change<'_>) {
        if !change.is_any() {
            return;
        }
        let mut parents: Vec<Pid> = self.went.keys().copied().collect();
        let mut seen: HashSet<Pid> = parents.iter().copied().collect();
        while let Some(parent) = parents.pop() {
            for child in tree::children(self.proc, parent) {
                if seen.insert(child) {
                    change.of_process(child);
                    parents.push(child);
                }
            }
        }
    }

    fn home_of(&self, held: &Held) -> &[u8] {
        let own = self.note.and_then(|note| note.homes.of(held));
        own.or_else(|| self.went.get(&held.ppid).map(Vec::as_slice)).unwrap_or_else(|| self.origin())
    }

    /// Of a job without a note nothing is known but that it came from somewhere: the top takes everybody.
    fn origin(&self) -> &[u8] {
        self.note.map_or(&self.jobs.mount.top, |note| &note.origin)
    }

    fn place(&mut self, home: &[u8]) -> Option<&Place> {
        if !self.places.contains_key(home) {
            let found = Place::find(&self.jobs.mount, &self.jobs.top, home).ok();
            self.places.insert(home.to_vec(), found);
        }
        self.places.get(home)?.as_ref()
    }

    fn told(&self) -> String {
        if self.reached.is_empty() {
            return shown(self.origin());
        }
        let named: Vec<String> = self.reached.iter().take(NAMED).map(|home| shown(home)).collect();
        match self.reached.len().saturating_sub(NAMED) {
            0 => named.join(", "),
            more => format!("{} and {more} more", named.join(", ")),
        }
    }

    fn refused(&self, errno: Errno, detail: String) -> Failure {
        failure(Step::Move, errno, self.jobs.path_of(self.job), detail)
    }
}

fn move_out(proc: &Proc, jobs: &Jobs, held: &Held, home: &Place) -> Result<bool, Failure> {
    let at = match proc.cgroup(held.pid) {
        Err(errno) if is_gone(errno) => return Ok(false),
        result => {
            result.map_err(|errno| failure(Step::Proc, errno, format!("/proc/{}/cgroup", held.pid), ""))?
        }
    };
    // A first thread that ended is listed, and shown, where it was; what lives of it tells by being listed still.
    let mover = Mover { proc, mount: &jobs.mount, top: &jobs.top, origin: &at };
    match mover.shift(held, home) {
        Ok(shift) => Ok(shift == Shift::Inside),
        Err(why) if why.step == Step::Verify => Ok(false),
        Err(why) => Err(why),
    }
}

/// The group and those above it, up to the top.
fn upwards(origin: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::successors(Some(origin), |group| match group.iter().rposition(|&b| b == b'/')? {
        0 if group.len() == 1 => None,
        0 => Some(b"/"),
        end => Some(&group[..end]),
    })
}

/// The kernel's ways to say that not this process but this group is the wrong one.
fn takes_nobody(why: &Failure) -> bool {
    let errnos = [Errno::BUSY, Errno::OPNOTSUPP, Errno::NODEV, Errno::NOENT, Errno::ACCESS, Errno::PERM];
    errnos.into_iter().any(|errno| is(why, errno))
}

fn is(why: &Failure, errno: Errno) -> bool {
    why.step == Step::Move && why.errno == errno.raw_os_error()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_way_home_leads_up_to_the_top() {
        let upwards = |origin: &'static str| -> Vec<_> {
            super::upwards(origin.as_bytes()).map(|home| String::from_utf8_lossy(home).into_owned()).collect()
        };
        assert_eq!(upwards("/a/b"), ["/a/b", "/a", "/"]);
        assert_eq!(upwards("/"), ["/"]);
    }
}
