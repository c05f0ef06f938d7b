//! Stopping in order: what the governor has in hand is waited for, then the state is saved, and only
//! then is it said that the service has stopped. Each wait is bounded, and nothing new is begun meanwhile.

use super::Engine;
use super::deadlines::Timer;
use super::effect::{Effect, Effects, Notice};
use super::lifecycle::Life;
use super::state;
use crate::model::record::Record;
use crate::model::{Identity, Now};
use std::time::Duration;

/// How long stopping waits for the governor, and then once more for the state file.
const PATIENCE: Duration = Duration::from_secs(10);

impl Engine {
    pub(super) fn is_stopping(&self) -> bool {
        matches!(self.life, Life::Stopping | Life::Saving | Life::Stopped)
    }

    pub(super) fn terminate(&mut self, now: Now, why: &'static str, fx: &mut Effects) {
        if self.is_stopping() {
            return;
        }
        self.life = Life::Stopping;
        fx.record(Record::Stopping { why });
        fx.want(Effect::Notify(Notice::Stopping));
        self.deadlines.set(Timer::GiveUp, now.mono + PATIENCE);
        let mains: Vec<Identity> = self.jobs.iter().map(|job| job.main).collect();
        for main in mains {
            self.release_if_stopping(main, fx);
        }
    }

    /// For those that are held when the stop comes, and those whose attachment was under way.
    pub(super) fn release_if_stopping(&mut self, main: Identity, fx: &mut Effects) {
        if self.is_stopping() && self.policy.release_on_stop {
            self.release(main, "the service stops", fx);
        }
    }

    pub(super) fn last_save(&mut self, now: Now, fx: &mut Effects) {
        self.life = Life::Saving;
        self.answer_all(fx);
        if self.policy.state.is_some() {
            self.deadlines.set(Timer::GiveUp, now.mono + PATIENCE);
            self.save(now, fx);
        } else {
            self.stopped(fx);
        }
    }

    pub(super) fn give_up_waiting(&mut self, now: Now, fx: &mut Effects) {
        match self.life {
            Life::Stopping => self.last_save(now, fx),
            Life::Saving => {
                self.save_failed(now, state::unanswered(), fx);
                self.stopped(fx);
            }
            _ => {}
        }
    }

    pub(super) fn stopped(&mut self, fx: &mut Effects) {
        self.life = Life::Stopped;
        self.deadlines.clear(Timer::GiveUp);
        fx.record(Record::Stopped { governed: self.tracked() });
        fx.want(Effect::Stop);
    }
}
