//! What each kernel event means for the table. The common case, processes that are nobody's target, costs a table
//! entry at fork, one look at exec, and nothing is allocated for it.

use super::Engine;
use super::effect::Effects;
use super::input::Sighting;
use super::jobs::Phase;
use super::matcher;
use super::partings::End;
use super::table::{Entry, Place, Standing, UNKNOWN};
use crate::model::lifecycle::Updated;
use crate::model::{Comm, Identity, Mono, Now, Pid};
use crate::wire::event::{Event, What};
use std::time::Duration;

/// A child whose fork is reported this long after its parent was verified inside has been born inside: the kernel
/// makes the child's membership and its parent's move exclude each other, only the report may be late.
const REPORT_LAG: Duration = Duration::from_secs(1);

impl Engine {
    pub(super) fn event(&mut self, now: Now, event: Event, fx: &mut Effects) {
        match event.what {
            What::Fork { parent, child_tid, child } if child_tid == child => {
                self.forked(now, event.at, parent, child, fx);
            }
            What::Exec { pid, .. } => self.execed(event.at, pid, fx),
            What::Exit { tid, pid, code, .. } if tid == pid => self.ended(now, event.at, pid, code, fx),
            What::Uid { tid, pid, effective, .. } if tid == pid => {
                self.changed_user(event.at, pid, effective, fx);
            }
            What::Comm { tid, pid, comm } if tid == pid => self.renamed(event.at, pid, comm, fx),
            _ => {}
        }
    }

    fn forked(&mut self, now: Now, at: Mono, parent: Pid, child: Pid, fx: &mut Effects) {
        match self.table.get(child) {
            // A scan has met it before its fork was reported.
            Some(entry) if at < entry.as_of => return,
            Some(_) => self.replaced(now, child, fx),
            None => {}
        }
        let own = self.own;
        let from = self.table.get(parent).filter(|p| p.ppid != own).map(|p| (p.standing, p.job));
        let from_inside = self.table.get(parent).is_some_and(|p| p.place == Place::Inside);
        self.table.born(child, parent, at);
        self.begins(at, child, fx);
        match from {
            Some((_, Some(main))) => {
                let since = match self.jobs.get(main).map(|job| job.phase) {
                    Some(Phase::Held { since }) => Some(since),
                    _ => None,
                };
                let inside = from_inside && since.is_some_and(|since| at > since + REPORT_LAG);
                self.enroll_born(child, main, inside, fx);
            }
            Some((standing @ (Standing::Plain | Standing::Left), None)) => self.stand(child, standing, fx),
            // Its parent is, or may be, a target by name, or is let off as our own child: then this one may be one.
            _ => self.consider(child, false, fx),
        }
    }

    fn execed(&mut self, at: Mono, pid: Pid, fx: &mut Effects) {
        match self.table.get(pid) {
            // A look that began later than the exec has seen its outcome, or will.
            Some(entry) if at < entry.as_of => {}
            Some(entry) if !self.is_open(pid, entry) => {
                self.becomes_another_program(at, pid, fx);
                self.read_new_program(pid, fx);
            }
            Some(_) => self.consider_program(at, pid, fx),
            None => {
                // Either its fork was lost, or a thread of it execs and takes the leader's place.
                self.table.born(pid, UNKNOWN, at);
                self.consider_program(at, pid, fx);
            }
        }
    }

    /// A process that has become another program just now.
    fn consider_program(&mut self, at: Mono, pid: Pid, fx: &mut Effects) {
        self.becomes_another_program(at, pid, fx);
        self.consider(pid, false, fx);
        if let Some(entry) = self.table.get_mut(pid) {
            entry.execed = Some(at);
        }
    }

    /// The leader is gone. Of a job's main process the pidfd tells better: its threads may live on.
    fn ended(&mut self, now: Now, at: Mono, pid: Pid, status: u32, fx: &mut Effects) {
        // One that a look met as a zombie has been told of late; any other that was seen since is a later owner's.
        let its = |entry: &&Entry| at >= entry.as_of || entry.standing == Standing::Dead;
        if let Some(entry) = self.table.get(pid).filter(its) {
            let main = entry.job.filter(|main| self.is_main(pid, *main));
            if let Some(job) = main.and_then(|main| self.jobs.get_mut(main)) {
                job.status = Some(status);
            }
            self.fell(at, pid, status);
            self.ends(pid, End::Exit { at, status }, fx);
            if !self.is_left_to_its_job(now, pid, fx) {
                self.drop_entry(now, pid, fx);
            } else if let Some(entry) = self.table.get_mut(pid) {
                entry.told_ended = true;
            }
        } else if self.table.get(pid).is_none() {
            self.ends(pid, End::Exit { at, status }, fx);
        }
        self.departed.told(pid, at, status);
    }

    fn changed_user(&mut self, at: Mono, pid: Pid, uid: u32, fx: &mut Effects) {
        // A sampling pass does not ask for the owner, so one that came later need not contain this.
        let is_news = |entry: &&mut Entry| at >= entry.as_of || entry.uid != uid;
        let Some(entry) = self.table.get_mut(pid).filter(is_news) else { return };
        entry.stale = true; // until it has been asked for
        entry.as_of = entry.as_of.max(at);
        let user = std::mem::replace(&mut entry.uid, uid) != uid;
        let (job, standing) = (entry.job, entry.standing);
        self.tell_update(at, pid, Updated { user, ..Updated::default() }, fx);
        match (job, standing) {
            (Some(main), _) if self.is_main(pid, main) => self.recheck(main, fx),
            (Some(_), _) | (None, Standing::Plain | Standing::Released | Standing::Dead) => {}
            (None, _) => self.consider(pid, false, fx),
        }
    }

    /// Only a name that is some target's, or could be one cut short, can change anything.
    fn renamed(&mut self, at: Mono, pid: Pid, comm: Comm, fx: &mut Effects) {
        let may_match = matcher::by_comm(&self.policy, &comm, true).is_some();
        let Some(entry) = self.table.get_mut(pid).filter(|entry| at >= entry.as_of) else { return };
        entry.changed_at = at;
        let name = std::mem::replace(&mut entry.comm, comm) != comm;
        let considered = may_match && entry.job.is_none() && entry.standing != Standing::Released;
        self.tell_update(at, pid, Updated { name, ..Updated::default() }, fx);
        if considered {
            self.consider(pid, false, fx);
        }
    }

    /// A pid that the kernel has given to a new process, although nobody reported the end of the old one.
    pub(super) fn replaced(&mut self, now: Now, pid: Pid, fx: &mut Effects) {
        self.ends(pid, End::Gone(now.mono), fx);
        self.forget(now, pid, fx);
        if let Some(mut entry) = self.table.remove(pid) {
            self.jobs.strike(pid, &mut entry); // a main process: its job goes on until the pidfd tells
        }
    }

    /// Puts a process into the table that /proc showed and no event announced.
    pub(super) fn meet(&mut self, seen: &Sighting, for_scan: bool, fx: &mut Effects) {
        let pid = seen.identity.pid;
        self.table.met(seen);
        let standing = if seen.zombie {
            Standing::Dead
        } else if seen.kernel_thread {
            Standing::Plain
        } else {
            Standing::Undecided { for_scan }
        };
        self.table.get_mut(pid).expect("just met").standing = Standing::Plain;
        self.stand(pid, standing, fx);
        self.tell_met(seen, fx);
    }

    /// Whether the pid still means the process a job was made for: its start time was read then, so one that is
    /// unknown is another process's.
    pub(super) fn is_main(&self, pid: Pid, main: Identity) -> bool {
        main.pid == pid && self.table.get(pid).is_some_and(|entry| entry.start == Some(main.start))
    }
}
