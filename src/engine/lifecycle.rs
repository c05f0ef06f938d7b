//! The service's own life: starting, being ready, taking a new policy. Its end is told in `stopping`.

use super::Engine;
use super::deadlines::Timer;
use super::effect::{Effect, Effects, Notice, Task};
use super::input::Prepared;
use super::jobs::{Job, Phase};
use super::source::Change;
use crate::config::policy::Policy;
use crate::model::Now;
use crate::model::record::{GovernanceRecord, Record};
use std::sync::Arc;

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
    Unavailable,
}

impl Engine {
    pub fn start(&mut self, now: Now, fx: &mut Effects) {
        let (boot_id, targets) = (self.boot_id.clone(), targets(&self.policy));
        fx.record(Record::Starting { version: env!("CARGO_PKG_VERSION"), boot_id, targets });
        if self.policy.dry_run {
            self.governance = Governance::Unavailable;
            self.life = Life::Starting { source_settled: false, prepared: true };
        } else {
            self.outbox.submit(Task::Prepare { policy: Arc::clone(&self.policy) }, fx);
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
        let in_hand = |job: &Job| matches!(job.phase, Phase::Attaching | Phase::Releasing);
        if self.life == Life::Stopping && !self.jobs.iter().any(in_hand) {
            self.last_save(now, fx);
        }
    }
}

pub(super) fn targets(policy: &Policy) -> Arc<[String]> {
    policy.rules.iter().map(|rule| rule.command.to_string()).collect()
}
