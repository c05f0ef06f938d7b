//! The process table: every process of the host, what is known of it, and who its parent was. Entries are small and
//! hold no heap memory, so their number is bounded by the kernel's own.
//!
//! Invariant: a parent link holds the parent's serial, so a pid that is handed on never makes strangers relatives.

use super::by_pid::ByPid;
use super::changes::Told;
use super::effect::Born;
use super::input::Sighting;
use super::lifetime::Birth;
use crate::model::{Comm, Identity, Mono, Pid, StartTime};

/// The parent of a process that an event named and nothing has described yet.
pub(super) const UNKNOWN: Pid = Pid(0);

#[derive(Debug, Default)]
pub(super) struct Table {
    entries: ByPid<Entry>,
    last_serial: u32,
    /// Counts scans: an entry that a whole scan did not meet is gone.
    epoch: u32,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub serial: u32,
    epoch: u32,
    parent: Option<(Pid, u32)>,
    /// Living children that are linked to this entry.
    children: u32,
    /// The direct parent when first seen, and its name then.
    pub ppid: Pid,
    pub parent_comm: Comm,
    /// That parent has ended: its pid may be anybody's.
    pub orphan: bool,
    pub comm: Comm,
    pub uid: u32,
    pub exec_mark: u64,
    /// It runs the program that it was forked with.
    pub forked: bool,
    /// What is known may be out of date: a full pass could not read it, or its owner has changed. The next pass reads it.
    pub stale: bool,
    /// An event told the end of its first thread, and it is kept because others tell better that it is gone.
    pub told_ended: bool,
    /// Unknown until /proc has been read.
    pub start: Option<StartTime>,
    /// The moment up to which this entry contains what events tell: older ones are history.
    pub as_of: Mono,
    /// When an event told of another name or program: what a scan has read before is history, too.
    pub changed_at: Mono,
    /// When the exec was that it is looked at for; nothing once that is decided.
    pub execed: Option<Mono>,
    pub standing: Standing,
    /// Looks asked for and not answered: the last one decides, since it alone knows all that led to it.
    pub looks: u32,
    /// The job it belongs to, named by the process the job was made for.
    pub job: Option<Identity>,
    pub place: Place,
    pub told: Told,
}

/// Where a member sits, as far as is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// Not known to be in its job's group.
    Outside,
    /// The governor was asked to take it along, or will not be asked again because it cannot be.
    Asked,
    /// In its job's group: read back, or born there.
    Inside,
    /// Of the job's tree and kept out of its group: see `trees`.
    Apart,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Standing {
    /// None of its names is a target's.
    Plain,
    /// Being looked at. `for_scan`: the summary of a scan waits for the answer.
    Undecided { for_scan: bool },
    /// A target that is not taken: kept out by a filter, too young, left to others.
    Target,
    /// Waits for the decision about an ancestor.
    Parked { for_scan: bool },
    /// Belongs to a job.
    Member,
    /// Belonged to one, was moved out by somebody else and is left there. Like any decision about a process it stands
    /// until the process changes or the policy does; who is forked of it is left with it.
    Left,
    /// Belonged to one and was released by an operator: see `let_go`.
    Released,
    /// A zombie: its pid is not free yet.
    Dead,
}

impl Table {
    pub(super) fn get(&self, pid: Pid) -> Option<&Entry> {
        self.entries.get(&pid)
    }

    pub(super) fn get_mut(&mut self, pid: Pid) -> Option<&mut Entry> {
        self.entries.get_mut(&pid)
    }

    pub(super) fn len(&self) -> usize {
        self.count(|entry| entry.standing != Standing::Dead)
    }

    pub(super) fn count(&self, fits: impl Fn(&Entry) -> bool) -> usize {
        self.entries.values().filter(|entry| fits(entry)).count()
    }

    /// Those that fit, in order of their pids: what follows from a walk through the table must not depend on the
    /// order in which it happens to lie in memory.
    pub(super) fn pids(&self, fits: impl Fn(Pid, &Entry) -> bool) -> Vec<Pid> {
        let fitting = self.entries.iter().filter(|&(&pid, entry)| fits(pid, entry));
        let mut pids: Vec<Pid> = fitting.map(|(&pid, _)| pid).collect();
        pids.sort_unstable();
        pids
    }

    /// In no particular order.
    pub(super) fn each(&mut self, act: impl FnMut(&mut Entry)) {
        self.entries.values_mut().for_each(act);
    }

    pub(super) fn remove(&mut self, pid: Pid) -> Option<Entry> {
        let entry = self.entries.remove(&pid)?;
        if let Some(parent) = self.parent_of(&entry) {
            parent.children -= 1;
        }
        if entry.children > 0 {
            self.bequeath(pid, &entry);
        }
        Some(entry)
    }

    /// A process that ends between a target and what the target will take along leaves its children to the target. To
    /// others it leaves none: a shell's orphans are nobody's.
    fn bequeath(&mut self, pid: Pid, gone: &Entry) {
        let Some(heir) = gone.parent else { return };
        let matters = |parent: &mut Entry| {
            matches!(parent.standing, Standing::Target | Standing::Member) || parent.is_undecided()
        };
        if !self.parent_of(gone).is_some_and(matters) {
            return;
        }
        let mut children = 0;
        for child in self.entries.values_mut().filter(|child| child.parent == Some((pid, gone.serial))) {
            child.parent = Some(heir);
            children += 1;
        }
        if let Some(parent) = self.parent_of(gone) {
            parent.children += children;
        }
    }

    fn parent_of(&mut self, entry: &Entry) -> Option<&mut Entry> {
        let (ppid, serial) = entry.parent?;
        self.entries.get_mut(&ppid).filter(|parent| parent.serial == serial)
    }

    /// A process born of `parent` at `at`. It has its parent's names until it execs.
    pub(super) fn born(&mut self, pid: Pid, parent: Pid, at: Mono) -> &mut Entry {
        let mut entry = self.fresh(parent, at);
        entry.told.born = (parent != UNKNOWN).then(|| Birth::at(at));
        if let Some(p) = self.entries.get_mut(&parent) {
            p.children += 1;
            entry.parent = Some((parent, p.serial));
            entry.parent_comm = p.comm;
            (entry.comm, entry.uid, entry.exec_mark, entry.forked) = (p.comm, p.uid, p.exec_mark, true);
        }
        self.insert(pid, entry)
    }

    /// A process met in /proc that nobody had announced. Its parent is linked later, by `adopt`.
    pub(super) fn met(&mut self, seen: &Sighting) -> &mut Entry {
        let mut entry = self.fresh(seen.ppid, seen.read_at);
        entry.note(seen);
        self.insert(seen.identity.pid, entry)
    }

    fn insert(&mut self, pid: Pid, entry: Entry) -> &mut Entry {
        self.remove(pid);
        self.entries.entry(pid).insert_entry(entry).into_mut()
    }

    fn fresh(&mut self, ppid: Pid, as_of: Mono) -> Entry {
        self.last_serial = self.last_serial.wrapping_add(1);
        Entry {
            serial: self.last_serial,
            epoch: self.epoch,
            parent: None,
            children: 0,
            ppid,
            parent_comm: Comm::default(),
            orphan: false,
            comm: Comm::default(),
            uid: 0,
            exec_mark: 0,
            forked: false,
            stale: false,
            told_ended: false,
            start: None,
            as_of,
            changed_at: Mono::default(),
            execed: None,
            standing: Standing::Undecided { for_scan: false },
            looks: 0,
            job: None,
            place: Place::Outside,
            told: Told::default(),
        }
    }

    /// Links a process to its parent where that is known by now.
    pub(super) fn adopt(&mut self, pid: Pid) {
        let unlinked = |entry: &&Entry| entry.parent.is_none() && !entry.orphan;
        let Some(entry) = self.entries.get(&pid).filter(unlinked) else { return };
        let ppid = entry.ppid;
        // Its parent may have ended before anybody here knew of it, and the pid be that of its own child by now.
        if ppid == pid || self.ancestors(ppid).any(|(ancestor, _)| ancestor == pid) {
            return;
        }
        let Some(parent) = self.entries.get_mut(&ppid) else { return };
        parent.children += 1;
        let (serial, comm, mark) = (parent.serial, parent.comm, parent.exec_mark);
        let entry = self.entries.get_mut(&pid).expect("looked up above");
        entry.parent = Some((ppid, serial));
        entry.forked |= entry.exec_mark == mark;
        if entry.parent_comm.as_bytes().is_empty() {
            entry.parent_comm = comm;
        }
    }

    /// The living ancestors, nearest first.
    pub(super) fn ancestors(&self, pid: Pid) -> impl Iterator<Item = (Pid, &Entry)> {
        let mut at = self.entries.get(&pid).and_then(|e| e.parent);
        // The table's size bounds the walk should links ever form a ring.
        (0..self.entries.len()).map_while(move |_| {
            let (pid, serial) = at?;
            let entry = self.entries.get(&pid).filter(|e| e.serial == serial)?;
            at = entry.parent;
            Some((pid, entry))
        })
    }

    /// All living processes below `pid`, not itself.
    pub(super) fn descendants(&self, pid: Pid) -> Vec<Pid> {
        if self.get(pid).is_none_or(|entry| entry.children == 0) {
            return Vec::new(); // the usual case, and this is asked for every target that is taken
        }
        self.pids(|p, _| self.ancestors(p).any(|(a, _)| a == pid))
    }

    /// Room for some more, made when a scan has ended and not while events are followed. Not for many: the map doubles, and
    /// all of it is touched.
    pub(super) fn make_room(&mut self) {
        self.entries.reserve(self.entries.len() / 8);
    }

    pub(super) fn begin_scan(&mut self) {
        self.epoch = self.epoch.wrapping_add(1);
    }

    /// A scan has met this pid.
    pub(super) fn listed(&mut self, pid: Pid) {
        let epoch = self.epoch;
        if let Some(entry) = self.entries.get_mut(&pid) {
            entry.epoch = epoch;
        }
    }

    /// A full pass has met this pid and could not read it.
    pub(super) fn unread(&mut self, pid: Pid) {
        if let Some(entry) = self.entries.get_mut(&pid) {
            entry.stale = true;
        }
    }

    /// Those that the scan just ended did not meet.
    pub(super) fn unmet(&self) -> Vec<Pid> {
        self.pids(|_, entry| entry.epoch != self.epoch)
    }
}

impl Entry {
    /// Takes over what a reading of /proc said. A known parent stays: what counts is the one when first seen.
    pub(super) fn note(&mut self, seen: &Sighting) {
        if self.ppid == UNKNOWN {
            self.ppid = seen.ppid;
        }
        self.orphan |= self.ppid != seen.ppid;
        self.start = Some(seen.identity.start);
        self.told.born.get_or_insert_with(|| Birth::of(seen));
        // A child has its parent's mark until it executes a program itself.
        self.forked &= self.exec_mark == seen.exec_mark || self.exec_mark == 0;
        (self.comm, self.uid, self.exec_mark, self.stale) = (seen.comm, seen.uid, seen.exec_mark, false);
        self.as_of = self.as_of.max(seen.read_at);
    }

    /// The same process, by start time where that is known.
    pub(super) fn is(&self, start: StartTime) -> bool {
        self.start.is_none_or(|known| known == start)
    }

    /// How the governor is to tell it from another owner of its pid.
    pub(super) fn born(&self) -> Born {
        let forked = self.told.born.map_or(self.as_of, Birth::moment);
        self.start.map_or(Born::Forked(forked), Born::Started)
    }

    pub(super) fn is_governed(&self) -> bool {
        self.job.is_some() && self.place != Place::Apart
    }

    pub(super) fn is_undecided(&self) -> bool {
        self.standing.is_undecided()
    }
}
