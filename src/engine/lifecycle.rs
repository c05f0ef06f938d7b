//! The service's own life: starting, being ready, taking a new policy. Its end is told in `stopping`.

use super::Engine;
use super::attach::Afterwards;
use super::deadlines::Timer;
use super::effect::{Effect, Effects, Notice, Task};
use super::input::Prepared;
use super::jobs::{Job, Phase};
use super::source::Change;
use crate::config::policy::Policy;
use crate::model::health::Health;
use crate::model::record::{GovernanceRecord, Record};
use crate::model::{Identity, Mono, Now};
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Life {
    /// The first scan waits for both, so that nothing falls between scan and events.
    Starting {
        source_settled: bool,
        prepared: bool,
    },
    Scanning,
    Running,
    /// Waits for what the governor has in hand.
    Stopping,
    /// Waits for the state file.
    Saving,
    Stopped,
}

/// Whether anything can be governed here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Governance {
    /// The governor has not answered yet; what it is given meanwhile it does in order.
    Pending,
    Ready,
    /// For this reason.
    Unavailable(String),
    /// A dry run.
    Unwanted,
}

/// Between two attempts to find a place where jobs can live.
const PREPARE_AGAIN: Duration = Duration::from_secs(60);

impl Engine {
    pub fn start(&mut self, now: Now, fx: &mut Effects) {
        self.vitals.begin(now.mono);
        let (boot_id, targets) = (self.boot_id.clone(), targets(&self.policy));
        fx.record(Record::Starting { version: env!("CARGO_PKG_VERSION"), boot_id, targets });
        if self.policy.dry_run {
            self.governance = Governance::Unwanted;
            self.life = Life::Starting { source_settled: false, prepared: true };
        } else {
            self.prepare(fx);
        }
        if let Some(state) = &self.policy.state {
            self.deadlines.set(Timer::Save, now.mono + state.flush_interval);
        }
        if self.policy.retry.is_some() {
            fx.record(Record::RetryStarted);
        }
        let change = self.source.start(now.mono, fx);
        self.source_changed(now, change, fx);
    }

    pub(super) fn source_changed(&mut self, now: Now, change: Change, fx: &mut Effects) {
        match (&mut self.life, change) {
            (_, Change::None) => {}
            (Life::Starting { source_settled, .. }, _) => {
                *source_settled = true;
                self.begin_backfill(now, fx);
            }
            (_, Change::Live) => {}
            (_, Change::Resync | Change::Polling) => {
                self.scan.full_due = true;
                self.scan(now, fx);
            }
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
                self.unheld = prepared.cannot_hold.into_iter().collect();
                for found in prepared.found {
                    self.dissolve(now, found.identity, Afterwards::LookAgain, fx);
                    if found.made.is_none() || self.policy.adopts_made {
                        self.take_over(now, found, Mono::default(), fx);
                    }
                }
                self.total_limited(prepared.total, Ok(prepared.total_refused), fx);
                self.say_what_is_missed(fx);
                self.end_observing(now, fx);
            }
            Err(why) => self.cannot_govern(now, why, fx),
        }
        if let Life::Starting { prepared, .. } = &mut self.life {
            *prepared = true;
            self.begin_backfill(now, fx);
        }
    }

    /// Said when it is new; what stands against it may pass, so it is tried again.
    fn cannot_govern(&mut self, now: Now, why: String, fx: &mut Effects) {
        self.backfill = 0;
        self.jobs.observe_all();
        self.deadlines.set(Timer::Prepare, now.mono + PREPARE_AGAIN);
        let known = Governance::Unavailable(why.clone());
        if std::mem::replace(&mut self.governance, known.clone()) != known {
            fx.record(Record::Governance(GovernanceRecord::Unavailable { why }));
        }
    }

    pub(super) fn prepare(&mut self, fx: &mut Effects) {
        if !self.is_stopping() {
            self.outbox.submit(Task::Prepare { policy: Arc::clone(&self.policy) }, fx);
        }
    }

    /// Those that were only followed, because nothing could be governed, are governed now.
    fn end_observing(&mut self, now: Now, fx: &mut Effects) {
        if self.is_stopping() {
            return; // the next start finds them
        }
        let observed = self.jobs.iter().filter(|job| job.phase == Phase::Observed);
        let observed: Vec<(Identity, bool)> = observed.map(|job| (job.main, job.main_alive)).collect();
        for (main, alive) in observed {
            if alive {
                self.say_attaching(main, fx);
                self.submit(main, fx);
            } else {
                self.dissolve(now, main, Afterwards::LookAgain, fx);
            }
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

    /// What ends a round: nothing of it waits for the next one.
    pub fn end_of_round(&mut self, now: Now, fx: &mut Effects) {
        self.moment = now.mono;
        self.summarise_when_decided(now, fx);
        self.check_health(now, fx);
        let count = std::mem::take(&mut self.discoveries);
        if count > 0 {
            fx.record(Record::Found { count });
        }
        if self.life == Life::Scanning && self.scan.done_once && self.backfill == 0 {
            self.life = Life::Running;
            fx.record(Record::Started);
            fx.want(Effect::Notify(Notice::Ready));
            if self.vitals.is_well() {
                self.say_health(Health::Healthy, Health::Healthy, Duration::ZERO, fx);
            }
        }
        self.carry_on_orders(now, fx);
        let in_hand = |job: &Job| matches!(job.phase, Phase::Attaching | Phase::Releasing);
        if self.life == Life::Stopping && !self.jobs.iter().any(in_hand) && !self.carries_out_orders() {
            self.last_save(now, fx);
        }
    }
}

pub(super) fn targets(policy: &Policy) -> Arc<[String]> {
    policy.rules.iter().map(|rule| rule.command.to_string()).collect()
}
