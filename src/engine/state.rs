//! What the engine would like to know after a restart, and when it is written down. One save at a time; one that failed
//! is tried again at growing distances, and each cause is said once until a save has worked again.

use super::Engine;
use super::deadlines::Timer;
use super::effect::{Effect, Effects};
use super::lifecycle::Life;
use crate::model::record::{Record, StateRecord};
use crate::model::state::{State, Tracked};
use crate::model::{Mono, Now};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// A change in what is tracked is on disk within a second.
const SOON: Duration = Duration::from_millis(500);

/// The most time between two tries of what fails: there may be room again, and nobody says so.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A save that takes longer than this is said to be stuck.
const SLOW: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Saving {
    /// One at a time, and behind it the last one when the service stops.
    pub(super) under_way: usize,
    /// When the one under way is slow, unless that has been said.
    slow_at: Option<Mono>,
    trouble: Option<Trouble>,
}

/// Saves have failed since the last one that worked.
#[derive(Debug)]
struct Trouble {
    since: Mono,
    failures: u32,
    said: BTreeSet<String>,
}

impl Engine {
    /// What is tracked has changed. In trouble the next try has its time already.
    pub(super) fn touch(&mut self, now: Now) {
        if self.policy.state.is_some() && !self.is_stopping() && self.saving.trouble.is_none() {
            self.deadlines.set_by(Timer::Save, now.mono + SOON);
        }
    }

    pub(super) fn save_due(&mut self, now: Now, fx: &mut Effects) {
        if self.saving.under_way == 0 {
            return self.save(now, fx);
        }
        if self.saving.slow_at.is_some_and(|at| at <= now.mono) {
            self.saving.slow_at = None;
            fx.record(Record::State(StateRecord::Trouble { text: unanswered() }));
        }
        self.deadlines.set(Timer::Save, now.mono + SOON);
    }

    pub(super) fn save(&mut self, now: Now, fx: &mut Effects) {
        self.deadlines.clear(Timer::Save);
        self.saving.under_way += 1;
        self.saving.slow_at = Some(now.mono + SLOW);
        fx.want(Effect::SaveState(Box::new(snapshot(self, now))));
    }

    pub(super) fn saved(&mut self, now: Now, result: Result<(), String>, fx: &mut Effects) {
        self.saving.under_way = self.saving.under_way.saturating_sub(1);
        let next = match result {
            Ok(()) => self.save_worked(now, fx),
            Err(why) => self.save_failed(now, why, fx),
        };
        if self.life == Life::Saving && self.saving.under_way == 0 {
            self.stopped(fx);
        } else if !self.is_stopping() {
            self.deadlines.set_by(Timer::Save, now.mono + next);
        }
    }

    fn save_worked(&mut self, now: Now, fx: &mut Effects) -> Duration {
        let Some(Trouble { since, failures, .. }) = self.saving.trouble.take() else {
            fx.record(Record::State(StateRecord::Saved));
            return self.policy.state.as_ref().map_or(LONGEST_WAIT, |state| state.flush_interval);
        };
        fx.record(Record::State(StateRecord::SavedAgain { failures, after: now.mono - since }));
        // What has changed since this one was written waits for nothing else.
        SOON
    }

    /// Says why, and returns when to try again.
    pub(super) fn save_failed(&mut self, now: Now, why: String, fx: &mut Effects) -> Duration {
        let fresh = || Trouble { since: now.mono, failures: 0, said: BTreeSet::new() };
        let trouble = self.saving.trouble.get_or_insert_with(fresh);
        trouble.failures += 1;
        let news = trouble.said.insert(why.clone()) || self.life == Life::Saving;
        fx.record(Record::State(StateRecord::SaveFailed { why, again: !news }));
        self.deadlines.clear(Timer::Save);
        LONGEST_WAIT.min(SOON * (1 << trouble.failures.min(10)))
    }
}

/// What is said of a save that neither worked nor failed.
pub(super) fn unanswered() -> String {
    format!("not saved: no answer for {} s, the disk is slow or stuck", SLOW.as_secs())
}

fn snapshot(engine: &Engine, now: Now) -> State {
    let held = engine.jobs.iter().filter(|job| job.is_held() && job.main_alive);
    let mut processes: Vec<Tracked> = held
        .map(|job| Tracked {
            identity: job.main,
            job: job.id.clone(),
            command: Arc::clone(&job.command),
            cgroup: job.place().map_or_else(|| format!("{}/jobs/{}", engine.root, job.id), str::to_owned),
            origin_cgroup: job.origin.clone().unwrap_or_default(),
            discovered_at: job.discovered_at,
            attached_at: job.attached_at.unwrap_or(now.wall),
            last_seen_at: now.wall,
            oom_kills: job.toll.oom_kills(),
        })
        .collect();
    processes.sort_unstable_by_key(|tracked| tracked.identity);
    State {
        boot_id: engine.boot_id.clone(),
        last_scan_at: engine.scan.ended_at,
        processes,
        released: engine.released_processes(),
        statistics: engine.statistics,
    }
}
