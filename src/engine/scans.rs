//! Scans of /proc and what follows from them. Start-up, recovery from lost events, periodic reconciliation and
//! polling are all this one path: what a scan meets is compared with the table, and differences become decisions.

use super::Engine;
use super::deadlines::Timer;
use super::effect::{Depth, Effect, Effects};
use super::input::{Owner, Sighting, Walked};
use super::jobs::Job;
use super::table::Standing;
use crate::model::record::{Failure, Record, ScanSummary};
use crate::model::{Identity, Mono, Now, Pid, Wall};
use std::collections::BTreeSet;
use std::time::Duration;

/// A summary waits this long for the last decisions of its scan: one stuck read must not hold it back for ever.
const PATIENCE: Duration = Duration::from_secs(2);

/// Room for as many is kept from scan to scan.
const QUESTIONS: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Scan {
    pub phase: ScanPhase,
    /// A full pass is wanted as soon as the one under way has ended: events may have been lost since it began.
    pub full_due: bool,
    /// The next pass must be a full one, because the last failed.
    owed: bool,
    full: bool,
    /// It samples, and so reads as much as a full one does.
    samples: bool,
    began: Mono,
    took: Duration,
    /// What is to be decided when the pass has ended.
    pub met: BTreeSet<Pid>,
    /// A pass has ended, well or not.
    walked: bool,
    /// Processes met by a scan and not decided yet.
    pub open_questions: usize,
    /// Targets taken by it.
    pub new: usize,
    pub ended_at: Option<Wall>,
    /// The first scan is done and decided.
    pub done_once: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum ScanPhase {
    #[default]
    Idle,
    Walking,
    /// Walked; the summary waits for the decisions.
    Deciding,
}

impl Scan {
    /// When the summary will wait no longer.
    pub(super) fn deadline(&self) -> Option<Mono> {
        (self.phase == ScanPhase::Deciding).then(|| self.began + self.took + PATIENCE)
    }

    /// Whether ancestors may be missing from the table until the pass under way, or the first one, has ended.
    pub(super) fn is_incomplete(&self) -> bool {
        !self.walked || self.full && self.phase == ScanPhase::Walking
    }
}

impl Engine {
    pub(super) fn scan(&mut self, now: Now, fx: &mut Effects) {
        if self.is_stopping() {
            return;
        }
        if self.scan.phase == ScanPhase::Walking {
            self.scan.full_due = true; // what changed may lie behind the pass under way
            return;
        }
        self.summarise(fx);
        let owed = std::mem::take(&mut self.scan.full_due) | std::mem::take(&mut self.scan.owed);
        let full = owed || !self.source.is_live() || self.source.trouble().is_some();
        let samples = self.begin_sampling(now.mono, fx);
        let depth = match samples {
            true => Depth::Sampling,
            false if full => Depth::Full,
            false => Depth::Steady,
        };
        self.scan = Scan {
            phase: ScanPhase::Walking,
            full,
            samples,
            began: now.mono,
            ..std::mem::take(&mut self.scan)
        };
        self.scan.new = 0;
        self.table.begin_scan();
        self.deadlines.set(Timer::Scan, now.mono + self.policy.scan_interval);
        self.source.scan_began(now.mono, full, fx);
        fx.record(Record::Scanning);
        fx.want(Effect::Scan(depth));
    }

    /// A steady scan opens nothing for pids that the table has; this is what it asks.
    pub fn knows(&self, pid: Pid) -> bool {
        self.table.get(pid).is_some_and(|entry| !entry.stale)
    }

    /// Whom a sampling pass need not ask whose it is: the kernel tells when that changes.
    pub fn owner(&self, pid: Pid) -> Option<Owner> {
        let entry = self.table.get(pid).filter(|entry| !self.scan.full && !entry.stale)?;
        Some(Owner { of: entry.start?, uid: entry.uid })
    }

    pub(super) fn listed(&mut self, pid: Pid) {
        self.sampler.unread(pid);
        self.is_there(pid);
    }

    fn is_there(&mut self, pid: Pid) {
        self.table.listed(pid);
        if self.scan.full {
            self.table.unread(pid); // the next pass tries again, also a steady one
        }
    }

    /// What was read before something that we know has happened is history; the process is there, in that form or another.
    pub(super) fn scanned(&mut self, now: Now, seen: &Sighting, fx: &mut Effects) {
        let pid = seen.identity.pid;
        match self.table.get(pid).is_some_and(|entry| entry.as_of.max(entry.changed_at) > seen.read_at) {
            true => self.is_there(pid),
            false => self.compare(now, seen, fx),
        }
        self.sample(seen);
    }

    fn compare(&mut self, now: Now, seen: &Sighting, fx: &mut Effects) {
        let pid = seen.identity.pid;
        let Some(entry) = self.table.get_mut(pid) else {
            self.meet(seen, true, fx);
            self.scan.met.insert(pid);
            return;
        };
        // It was thought to have ended because it could not be read, or its pid has another owner by now.
        let revived = entry.standing == Standing::Dead && entry.stale && !seen.zombie;
        if revived && entry.start.is_none() || !entry.is(seen.identity.start) {
            self.replaced(now, pid, fx);
            self.meet(seen, true, fx);
            self.scan.met.insert(pid);
            return;
        }
        // A child has its parent's mark until it execs itself.
        let execed = entry.exec_mark != seen.exec_mark;
        // The kernel's own threads are named after what they work on, and by /proc alone.
        let renamed = entry.comm != seen.comm && !seen.kernel_thread;
        let other_user = entry.uid != seen.uid;
        let released = entry.standing == Standing::Released;
        let job = entry.job;
        let main = job.filter(|main| main.pid == pid && main.start == seen.identity.start);
        self.learn(seen, fx);
        self.table.listed(pid);
        match main {
            Some(main) if seen.zombie && self.main_lost(now, main, fx) => {}
            _ if seen.zombie => self.died(now, pid, fx),
            Some(main) if other_user => self.recheck(main, fx),
            Some(_) => {}
            None if job.is_some() && !execed => {}
            None if execed || revived || !released && (renamed || other_user) => {
                self.consider_met(pid, fx);
            }
            None => {}
        }
    }

    /// Also one that is being looked at: what it was when that began is no longer so.
    fn consider_met(&mut self, pid: Pid, fx: &mut Effects) {
        if self.table.get(pid).is_some_and(|entry| self.is_open(pid, entry)) {
            self.stand(pid, Standing::Undecided { for_scan: true }, fx);
            self.scan.met.insert(pid);
        }
    }

    pub(super) fn scan_ended(&mut self, now: Now, result: Result<Walked, Failure>, fx: &mut Effects) {
        self.scan.phase = ScanPhase::Idle;
        self.scan.walked = true;
        self.source.scan_ended(now.mono, result.is_ok(), fx);
        self.finish_sampling(now, result.as_ref().ok(), fx);
        self.tell_use(fx);
        let met = std::mem::take(&mut self.scan.met);
        match result {
            Ok(Walked { took, .. }) => {
                self.scan.took = took;
                self.scan.ended_at = Some(now.wall);
                self.statistics.scans += 1;
                let reads_all = self.scan.full || self.scan.samples;
                self.vitals.scanned(now.mono, reads_all, took, self.source.is_live());
                self.scan.phase = ScanPhase::Deciding;
                for pid in self.table.unmet() {
                    self.forget(now, pid, fx);
                }
            }
            Err(failure) => {
                self.scan.owed |= self.scan.full;
                self.vitals.scan_failed();
                let why = format!("{} {}: errno {}", failure.step.name(), failure.path, failure.errno);
                fx.record(Record::ScanFailed { why });
            }
        }
        self.table.make_room();
        // All are in the table now, so each finds its parent whatever the order of their pids.
        for &pid in &met {
            self.table.adopt(pid);
        }
        for pid in met {
            self.consider(pid, true, fx);
        }
        // Their last look failed although they live, or their release did.
        let open = |job: &&Job| job.recheck && job.is_held();
        let open: Vec<Identity> = self.jobs.iter().filter(open).map(|job| job.main).collect();
        for main in open {
            self.recheck_job(now, main, fx);
        }
        let mains: Vec<Identity> = self.jobs.iter().map(|job| job.main).collect();
        for main in mains {
            self.take_rest_along(main, fx);
            self.put_out(main, fx);
        }
        self.begin_inspections(now, fx);
        if self.scan.full_due {
            self.scan(now, fx);
        }
    }

    /// Says what the scan brought, once its decisions are made.
    pub(super) fn summarise_when_decided(&mut self, now: Now, fx: &mut Effects) {
        let late = self.scan.deadline().is_some_and(|at| at <= now.mono);
        if late || self.scan.open_questions == 0 {
            self.summarise(fx);
        }
    }

    fn summarise(&mut self, fx: &mut Effects) {
        if self.scan.phase != ScanPhase::Deciding {
            return;
        }
        self.scan.phase = ScanPhase::Idle;
        self.scan.done_once = true;
        if self.scan.open_questions == 0 {
            self.let_go.forget_the_unmet();
        }
        // A first scan asked for everybody's name.
        self.naming.shrink_to(QUESTIONS);
        self.parked.shrink_to(QUESTIONS);
        fx.record(Record::ScanComplete(ScanSummary {
            full: self.scan.full,
            new: self.scan.new,
            tracked: self.tracked(),
            found: self.table.len(),
            took: self.scan.took,
        }));
    }
}
