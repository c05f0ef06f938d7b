//! The service's own life: starting, being ready, taking a new policy, stopping in order.

use super::Engine;
use super::deadlines::Timer;
use super::effect::{Effect, Effects, Notice, Task};
use super::input::{FoundJob, Prepared, Reloaded};
use super::jobs::{Finding, Job, Phase, Telling};
use super::source::Change;
use super::table::{Standing, UNKNOWN};
use super::{consider, state};
use crate::config::policy::Policy;
use crate::model::record::{GovernanceRecord, MatchedBy, Record, StateRecord};
use crate::model::{Identity, Mono, Now};
use std::sync::Arc;
use std::time::Duration;

/// How long stopping waits for processes to be put back, and then for the state file.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// Why jobs are released when it does.
pub(super) const STOPS: &str = "the service stops";

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Life {
    /// The first scan waits for both, so that nothing falls between scan and events.
    Starting {
        source_settled: bool,
        prepared: bool,
    },
    Scanning,
    Running,
    Stopping {
        saving: bool,
    },
}

/// Whether anything can be governed here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Governance {
    /// The governor has not answered yet; what it is given meanwhile it does in order.
    Pending,
    Ready,
    Unavailable,
}

impl Engine {
    pub fn start(&mut self, now: Now, fx: &mut Effects) {
        fx.record(Record::Starting { version: env!("CARGO_PKG_VERSION"), targets: targets(&self.policy) });
        if self.policy.dry_run {
            self.governance = Governance::Unavailable;
            self.life = Life::Starting { source_settled: false, prepared: true };
        } else {
            self.outbox.submit(Task::Prepare { policy: Arc::clone(&self.policy) }, fx);
        }
        if self.policy.retry.is_some() {
            fx.record(Record::RetryStarted);
        }
        let change = self.source.start(now.mono, fx);
        self.source_changed(now, change, fx);
    }

    pub(super) fn source_changed(&mut self, now: Now, change: Change, fx: &mut Effects) {
        let resync = match change {
            Change::None => return,
            Change::Live { resync } => resync,
            Change::Polling => true,
        };
        match &mut self.life {
            Life::Starting { source_settled, .. } => {
                *source_settled = true;
                self.begin_backfill(now, fx);
            }
            _ if resync => {
                self.scan.full_due = true;
                self.scan(now, fx);
            }
            _ => {}
        }
    }

    pub(super) fn prepared(&mut self, now: Now, result: Result<Prepared, String>, fx: &mut Effects) {
        match result {
            Ok(prepared) => {
                self.governance = Governance::Ready;
                self.root.clone_from(&prepared.root);
                fx.record(Record::Governance(GovernanceRecord::Ready { root: prepared.root }));
                for text in prepared.remarks {
                    fx.record(Record::Governance(GovernanceRecord::Remark { text }));
                }
                for (limit, cause) in prepared.cannot_hold {
                    self.say_cannot_hold(limit, cause, fx);
                }
                for found in prepared.found {
                    self.take_over(now, found, fx);
                }
            }
            Err(why) => {
                self.governance = Governance::Unavailable;
                self.backfill = 0;
                self.jobs.observe_all();
                fx.record(Record::Governance(GovernanceRecord::Unavailable { why }));
            }
        }
        if let Life::Starting { prepared, .. } = &mut self.life {
            *prepared = true;
            self.begin_backfill(now, fx);
        }
    }

    fn begin_backfill(&mut self, now: Now, fx: &mut Effects) {
        if self.life == (Life::Starting { source_settled: true, prepared: true }) {
            self.life = Life::Scanning;
            self.scan.full_due = true;
            fx.record(Record::InitialScan);
            self.scan(now, fx);
        }
    }

    /// A job of an earlier run: its processes are where they should be, nothing is moved.
    fn take_over(&mut self, now: Now, found: FoundJob, fx: &mut Effects) {
        let main = found.identity;
        self.jobs.insert(Job {
            main,
            id: found.job.clone(),
            command: found.command,
            limits: found.limits,
            wanted: found.limits,
            phase: Phase::Held { since: Mono::default() },
            members: Default::default(),
            main_alive: found.main_alive,
            backfill: false,
            tries: 0,
            recheck: false,
            found: Finding {
                at: now.mono,
                rule: MatchedBy::Exe,
                uid: 0,
                ppid: found.parent,
                parent_name: found.parent_name,
                age: found.age,
            },
            discovered_at: self.remembered.remove(&main).unwrap_or(found.attached_at),
            attached_at: Some(found.attached_at),
            origin: Some(found.origin),
            telling: Telling::Told,
        });
        self.jobs.name(main, found.job.clone());
        let main_too = found.main_alive.then_some(main.pid);
        for pid in found.members.into_iter().chain(main_too) {
            let of_main = pid == main.pid && found.main_alive;
            let entry = match self.table.get_mut(pid) {
                Some(entry) => entry,
                None => self.table.born(pid, UNKNOWN, Mono::default()),
            };
            if of_main {
                (entry.start, entry.ppid) = (Some(main.start), found.parent);
                entry.parent_comm = crate::model::Comm::new(found.parent_name.as_bytes());
            }
            if entry.job.is_none() {
                self.jobs.enroll(pid, entry, main, true);
                self.stand(pid, Standing::Member, fx);
            }
        }
        fx.record(Record::Adopted { pid: main.pid, job: found.job });
        self.recheck_job(main, fx);
    }

    /// What ends a round: nothing of it waits for the next one.
    pub fn end_of_round(&mut self, now: Now, fx: &mut Effects) {
        self.summarise_when_decided(now, fx);
        let count = std::mem::take(&mut self.discoveries);
        if count > 0 {
            fx.record(Record::Found { count });
        }
        if self.life == Life::Scanning && self.scan.done_once && self.backfill == 0 {
            self.life = Life::Running;
            fx.record(Record::Started);
            fx.want(Effect::Notify(Notice::Ready));
        }
        if self.life == (Life::Stopping { saving: false }) && !self.has_to_release() {
            self.last_save(now, fx);
        }
    }

    pub(super) fn reload(&mut self, fx: &mut Effects) {
        if !self.is_stopping() {
            self.announce(Notice::Reloading, fx);
            fx.want(Effect::LoadPolicy);
        }
    }

    /// Until the start is complete a reload is part of it: readiness is said once, at its end.
    fn announce(&self, notice: Notice, fx: &mut Effects) {
        if self.life == Life::Running {
            fx.want(Effect::Notify(notice));
        }
    }

    pub(super) fn policy_loaded(&mut self, now: Now, loaded: Reloaded, fx: &mut Effects) {
        self.announce(Notice::Ready, fx);
        let (mut policy, warnings) = match loaded {
            Ok(loaded) => loaded,
            Err(errors) => return fx.record(Record::ReloadFailed { errors }),
        };
        for text in warnings.into_iter().chain(needs_restart(&self.policy, &policy)) {
            fx.record(Record::ConfigWarning { text });
        }
        let old = &self.policy;
        let fixed = Arc::make_mut(&mut policy);
        (fixed.poll_only, fixed.dry_run, fixed.receive_buffer) =
            (old.poll_only, old.dry_run, old.receive_buffer);
        (fixed.cgroup_root, fixed.state) = (old.cgroup_root.clone(), old.state.clone());
        self.wants = consider::wants_of(&policy);
        self.policy = policy;
        fx.record(Record::Reloaded { targets: targets(&self.policy) });
        let mains: Vec<Identity> = self.jobs.iter().map(|job| job.main).collect();
        for main in mains {
            self.recheck_job(main, fx);
        }
        for pid in self.table.pids(|_, e| e.job.is_none() && e.standing != Standing::Dead) {
            self.consider(pid, false, fx);
        }
        self.deadlines.set_by(Timer::Scan, now.mono + self.policy.scan_interval);
        self.touch(now);
    }

    /// Asks whether a governed process is still taken as it is.
    pub(super) fn recheck(&mut self, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main) else { return };
        job.recheck = true;
        self.look_at(main.pid, fx);
    }

    /// The same for a whole job: what is left of one whose main process has ended is judged by its command alone.
    fn recheck_job(&mut self, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get(main) else { return };
        if job.main_alive {
            return self.recheck(main, fx);
        }
        match self.rule_of(&job.command).map(|rule| rule.limits) {
            Some(limits) => self.limit(main, limits, fx),
            None => self.release(main, "its command is no longer a target", fx),
        }
    }

    pub(super) fn terminate(&mut self, now: Now, why: &'static str, fx: &mut Effects) {
        if self.is_stopping() {
            return;
        }
        self.life = Life::Stopping { saving: false };
        fx.record(Record::Stopping { why });
        fx.want(Effect::Notify(Notice::Stopping));
        self.deadlines.set(Timer::GiveUp, now.mono + STOP_PATIENCE);
        if self.policy.release_on_stop {
            let held: Vec<Identity> =
                self.jobs.iter().filter(|job| job.is_held()).map(|job| job.main).collect();
            for main in held {
                self.release(main, STOPS, fx);
            }
        }
    }

    /// Whether somebody is still to be put back: what is being attached will be.
    fn has_to_release(&self) -> bool {
        let attaching = |job: &Job| self.policy.release_on_stop && job.phase == Phase::Attaching;
        self.jobs.iter().any(|job| job.phase == Phase::Releasing || attaching(job))
    }

    fn last_save(&mut self, now: Now, fx: &mut Effects) {
        self.life = Life::Stopping { saving: true };
        if self.policy.state.is_some() {
            fx.want(Effect::SaveState(Box::new(state::snapshot(self, now))));
        } else {
            self.stopped(fx);
        }
    }

    pub(super) fn stopped(&mut self, fx: &mut Effects) {
        fx.record(Record::Stopped { governed: self.tracked() });
        fx.want(Effect::Stop);
    }

    /// A change in what is tracked is on disk within a second.
    pub(super) fn touch(&mut self, now: Now) {
        if self.policy.state.is_some() {
            self.deadlines.set_by(Timer::Save, now.mono + Duration::from_millis(500));
        }
    }

    pub(super) fn save(&mut self, now: Now, fx: &mut Effects) {
        fx.want(Effect::SaveState(Box::new(state::snapshot(self, now))));
    }

    pub(super) fn saved(&mut self, now: Now, result: Result<(), String>, fx: &mut Effects) {
        fx.record(Record::State(match result {
            Ok(()) => StateRecord::Saved,
            Err(text) => StateRecord::Trouble { text },
        }));
        if self.life == (Life::Stopping { saving: true }) {
            return self.stopped(fx);
        }
        if let Some(state) = &self.policy.state {
            self.deadlines.set_by(Timer::Save, now.mono + state.flush_interval);
        }
    }
}

fn targets(policy: &Policy) -> Arc<[String]> {
    policy.rules.iter().map(|rule| rule.command.to_string()).collect()
}

/// Settings that a running service cannot change, each said once per reload that asks for it.
fn needs_restart(old: &Policy, new: &Policy) -> impl Iterator<Item = String> + use<> {
    let changed = [
        (old.poll_only != new.poll_only, "events.source"),
        (old.receive_buffer != new.receive_buffer, "events.buffer"),
        (old.cgroup_root != new.cgroup_root, "cgroup.root"),
        (old.state != new.state, "state"),
        (old.dry_run != new.dry_run, "dry_run"),
    ];
    changed
        .into_iter()
        .filter(|(changed, _)| *changed)
        .map(|(_, key)| format!("{key}: takes effect at the next restart"))
}
