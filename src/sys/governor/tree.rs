//! Takes the children along. A process that has children when it is attached would leave them outside its limits, so its
//! tree is gone through until a pass finds nobody outside; whoever is forked after the move is born inside.

use super::files;
use super::group::Group;
use super::homes::Homes;
use super::jobs::Jobs;
use super::process::{FOLDER, Held, Proc, path};
use super::shift::{Mover, Place, Shift};
use crate::model::Pid;
use rustix::fs::{AtFlags, Mode, openat, statat};
use rustix::io::Errno;
use std::collections::{HashMap, HashSet};

/// A tree that outruns so many passes is a fork bomb; its limits hold what is inside already.
const PASSES: usize = 256;

/// Moves the descendants of `main` that are outside the group into it; all its members but `main` are returned, and
/// where those were who did not sit beside it.
pub(super) fn take_along(
    mover: Mover<'_>,
    jobs: &Jobs,
    group: &Group,
    main: &Held,
    place: &Place,
    kin_at: &[u8],
) -> (Vec<Pid>, Homes) {
    if has_no_child(mover.proc, main.pid) {
        return Default::default();
    }
    // Those that cannot be moved are tried once: they must not keep us here.
    let mut tried = Tried::default();
    let mut inside = Vec::new();
    for _ in 0..PASSES {
        inside = files::pids(&group.dir).unwrap_or_default();
        let pass = Pass { mover, jobs, place, kin_at, inside: inside.iter().copied().collect() };
        if !pass.run(main.pid, &mut tried) {
            break;
        }
    }
    inside.retain(|&pid| pid != main.pid);
    (inside, tried.homes)
}

#[derive(Default)]
struct Tried {
    once: HashSet<(Pid, u64)>,
    /// Of those that were moved from elsewhere.
    homes: Homes,
}

struct Pass<'a> {
    mover: Mover<'a>,
    jobs: &'a Jobs,
    place: &'a Place,
    /// Where `main` was moved out of, and its children with it.
    kin_at: &'a [u8],
    inside: HashSet<Pid>,
}

impl Pass<'_> {
    /// Whether anybody was found outside who had not been met before.
    fn run(&self, main: Pid, tried: &mut Tried) -> bool {
        let kin = Kin::of(self.mover, main, self.kin_at, &self.inside);
        let mut found = false;
        let mut seen = HashSet::from([main]);
        let mut parents = vec![main];
        while let Some(parent) = parents.pop() {
            for child in kin.children(self.mover.proc, parent) {
                if !seen.insert(child) {
                    continue;
                }
                let inside = self.inside.contains(&child);
                let moved = !inside && self.take(child, parent, tried);
                found |= moved;
                if inside || moved {
                    parents.push(child);
                }
            }
        }
        found
    }

    /// Moves one child; `false` if it is to be left, with all its own, or is none any more.
    fn take(&self, child: Pid, parent: Pid, tried: &mut Tried) -> bool {
        let Ok(Some(held)) = self.mover.proc.hold(child) else { return false };
        // The list that named it was read before it was held: is it the same process, and still this one's child?
        if held.ppid != parent
            || held.dead
            || held.pid == self.mover.proc.own
            || !tried.once.insert((child, held.start.0))
        {
            return false;
        }
        let Ok(at) = self.mover.proc.cgroup(child) else { return false };
        // A job of its own, or a container that was started from here: governed already.
        if at != self.kin_at && (self.jobs.job_at(&at).is_some() || self.is_contained(child)) {
            return false;
        }
        let moved = matches!(self.mover.shift(&held, self.place), Ok(Shift::Inside));
        if moved && at != self.mover.origin && at != self.kin_at {
            tried.homes.remember(&held, &at);
        }
        moved
    }

    fn is_contained(&self, child: Pid) -> bool {
        self.mover.proc.in_other_pid_namespace(child).unwrap_or(true)
    }
}

/// How children are found.
enum Kin {
    /// The kernel keeps a list with every thread.
    Listed,
    /// It does not: parents were read from the processes of the group it left and of ours.
    Read(HashMap<Pid, Vec<Pid>>),
}

impl Kin {
    fn of(mover: Mover<'_>, main: Pid, kin_at: &[u8], inside: &HashSet<Pid>) -> Kin {
        if listed_children(mover.proc, main, main) != Err(Errno::NOENT) {
            return Kin::Listed;
        }
        let below = mover.mount.below(kin_at).and_then(|below| std::str::from_utf8(below).ok());
        let group = below.map(|below| if below.is_empty() { "." } else { below });
        let origin = group.and_then(|group| openat(mover.top, group, FOLDER, Mode::empty()).ok());
        let beside = origin.and_then(|group| files::pids(group).ok()).unwrap_or_default();
        let mut children: HashMap<Pid, Vec<Pid>> = HashMap::new();
        for pid in beside.into_iter().chain(inside.iter().copied()) {
            if let Ok(parent) = mover.proc.stat(pid, |stat| stat.ppid) {
                children.entry(parent).or_default().push(pid);
            }
        }
        Kin::Read(children)
    }

    fn children(&self, proc: &Proc, parent: Pid) -> Vec<Pid> {
        match self {
            Kin::Read(children) => children.get(&parent).cloned().unwrap_or_default(),
            Kin::Listed => children(proc, parent),
        }
    }
}

/// As the kernel lists them; nobody where it does not.
pub(super) fn children(proc: &Proc, parent: Pid) -> Vec<Pid> {
    let threads = proc.threads(parent).unwrap_or_default();
    threads.iter().flat_map(|&thread| listed_children(proc, parent, thread).unwrap_or_default()).collect()
}

/// The usual case, asked as cheaply as can be: one thread, which has no child.
fn has_no_child(proc: &Proc, pid: Pid) -> bool {
    // A folder's links are its subfolders, here the threads, and two of its own.
    let alone =
        statat(&proc.dir, path(pid, "task").c_str(), AtFlags::empty()).is_ok_and(|task| task.st_nlink == 3);
    let mut buffer = [0; 16];
    let children = path(pid, format_args!("task/{pid}/children"));
    alone && proc.read(&children, &mut buffer).is_ok_and(<[u8]>::is_empty)
}

fn listed_children(proc: &Proc, pid: Pid, thread: Pid) -> Result<Vec<Pid>, Errno> {
    let file = path(pid, format_args!("task/{thread}/children"));
    let text = files::read_all(&proc.dir, file.c_str())?;
    Ok(files::numbers(&text).collect())
}
