//! Changes of a process's standing, its end included, and what each sets free: those parked behind it, the summary of a
//! scan, its timer.

use super::Engine;
use super::deadlines::Timer;
use super::effect::Effects;
use super::partings::End;
use super::table::Standing;
use crate::model::{Identity, Mono, Now, Pid};

impl Engine {
    /// Every change of standing goes through here: scans count their open questions, and those parked behind a
    /// decision are looked at again.
    pub(super) fn stand(&mut self, pid: Pid, standing: Standing, fx: &mut Effects) {
        let Some(entry) = self.table.get_mut(pid) else { return };
        let was = std::mem::replace(&mut entry.standing, standing);
        if was == Standing::Released && standing != Standing::Released {
            self.let_go.remove(pid);
        }
        let decided = was.is_undecided() && !standing.is_undecided();
        entry.execed = entry.execed.filter(|_| standing.is_undecided());
        if matches!(was, Standing::Target | Standing::Left | Standing::Released) {
            self.asides.take(pid);
        }
        self.scan.open_questions += usize::from(standing.is_for_scan());
        self.scan.open_questions -= usize::from(was.is_for_scan());
        if decided {
            self.unpark(pid, fx);
        }
    }

    /// A process that is gone, whatever it was.
    pub(super) fn forget(&mut self, now: Now, pid: Pid, fx: &mut Effects) {
        if self.table.get(pid).is_some() && !self.is_left_to_its_job(now, pid, fx) {
            self.ends(pid, End::Gone(now.mono), fx);
            self.drop_entry(now, pid, fx);
        }
    }

    /// A look found nobody. Where events tell of ends, this one's is still to come and, before it, of whom it forked: until
    /// then it is known whose child each of those is.
    pub(super) fn looked_too_late(&mut self, now: Now, pid: Pid, fx: &mut Effects) {
        let Some(entry) = self.table.get(pid) else { return };
        let is_main = entry.job.is_some_and(|main| self.is_main(pid, main));
        // Of one that somebody only asked about nothing was ever heard.
        let unheard_of = entry.start.is_none() && entry.as_of == Mono::default();
        if is_main || entry.told_ended || unheard_of || !self.source.is_live() {
            return self.forget(now, pid, fx);
        }
        self.ends(pid, End::Gone(now.mono), fx);
        let Some(entry) = self.table.get_mut(pid) else { return };
        entry.stale = true;
        if entry.job.is_none() {
            self.stand(pid, Standing::Dead, fx);
        }
    }

    /// Of a job's main process others tell better that it is gone.
    pub(super) fn is_left_to_its_job(&mut self, now: Now, pid: Pid, fx: &mut Effects) -> bool {
        let job = self.table.get(pid).and_then(|entry| entry.job);
        job.is_some_and(|main| self.is_main(pid, main) && self.main_lost(now, main, fx))
    }

    pub(super) fn drop_entry(&mut self, now: Now, pid: Pid, fx: &mut Effects) {
        let Some(mut entry) = self.table.remove(pid) else { return };
        let aside = self.asides.take(pid);
        if let Some(identity) = entry.start.map(|start| Identity { pid, start }) {
            self.letters.take(identity);
            self.depart_aside(now, identity, aside);
        }
        self.scan.open_questions -= usize::from(entry.standing.is_for_scan());
        self.jobs.strike(pid, &mut entry);
        self.naming.remove(&pid);
        self.let_go.remove(pid);
        self.deadlines.clear(Timer::Mature(pid, entry.serial));
        self.unpark(pid, fx);
    }

    /// A zombie: no group holds it any more, and its pid is not free yet.
    pub(super) fn died(&mut self, now: Now, pid: Pid, fx: &mut Effects) {
        self.ends(pid, End::Gone(now.mono), fx);
        let Some(entry) = self.table.get_mut(pid) else { return };
        self.jobs.strike(pid, entry);
        self.stand(pid, Standing::Dead, fx);
    }

    fn unpark(&mut self, behind: Pid, fx: &mut Effects) {
        if self.parked.is_empty() {
            return;
        }
        for pid in self.parked.remove(&behind).unwrap_or_default() {
            self.consider(pid, false, fx);
        }
    }
}

impl Standing {
    pub(super) fn is_for_scan(self) -> bool {
        matches!(self, Standing::Undecided { for_scan: true } | Standing::Parked { for_scan: true })
    }

    pub(super) fn is_undecided(self) -> bool {
        matches!(self, Standing::Undecided { .. } | Standing::Parked { .. })
    }
}
