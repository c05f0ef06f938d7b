//! What the service knows of its own state of health: it counts, and once a round has it judged.

use super::Engine;
use super::effect::Effects;
use super::health::{Checkup, Facts, Learned};
use super::lifecycle::Governance;
use super::source::Trouble;
use crate::model::health::{Health, Reason};
use crate::model::record::Record;
use crate::model::{Mono, Now};
use std::time::Duration;

#[derive(Debug, Default)]
pub(super) struct Vitals {
    /// When the service started.
    pub began: Mono,
    /// In a row.
    pub scan_failures: u32,
    attach_failures: u32,
    good_scan: Mono,
    /// Events since the last scan ended.
    pub events: u64,
    counted_since: Mono,
    learned: Learned,
    checkup: Checkup,
}

impl Vitals {
    pub(super) fn begin(&mut self, now: Mono) {
        (self.began, self.good_scan, self.counted_since) = (now, now, now);
        self.checkup = Checkup::began(now);
    }

    pub(super) fn scanned(&mut self, now: Mono, full: bool, took: Duration, live: bool) {
        (self.scan_failures, self.good_scan) = (0, now);
        self.learned.scan(full, took);
        let events = std::mem::take(&mut self.events);
        let during = now - std::mem::replace(&mut self.counted_since, now);
        if live {
            self.learned.events(events, during);
        }
    }

    pub(super) fn scan_failed(&mut self) {
        self.scan_failures += 1;
        self.learned.scan_failed();
    }

    pub(super) fn attached(&mut self) {
        self.attach_failures = 0;
        self.learned.attached(false);
    }

    pub(super) fn attach_failed(&mut self) {
        self.attach_failures += 1;
        self.learned.attached(true);
    }

    /// Of scans and of attachments, in a row.
    pub(super) fn failures(&self) -> (u32, u32) {
        (self.scan_failures, self.attach_failures)
    }

    /// The level, since how long, and why.
    pub(super) fn standing(&self, now: Mono) -> (Health, Duration, Vec<Reason>) {
        (self.checkup.level(), self.checkup.lasted(now), self.checkup.reasons().collect())
    }

    pub(super) fn is_well(&self) -> bool {
        self.checkup.level() == Health::Healthy
    }

    pub(super) fn deadline(&self) -> Option<Mono> {
        self.checkup.deadline()
    }
}

impl Engine {
    pub(super) fn check_health(&mut self, now: Now, fx: &mut Effects) {
        if self.is_stopping() {
            return;
        }
        let facts = self.vital_facts();
        let Vitals { checkup, learned, .. } = &mut self.vitals;
        if let Some(change) = checkup.judge(now.mono, &facts, &self.policy.health, learned) {
            self.say_health(change.was, change.is, change.lasted, fx);
        }
    }

    pub(super) fn say_health(&self, was: Health, is: Health, lasted: Duration, fx: &mut Effects) {
        let Vitals { scan_failures, attach_failures, checkup, .. } = &self.vitals;
        fx.record(Record::Health {
            was,
            is,
            lasted,
            reasons: checkup.reasons().collect(),
            scan_failures: *scan_failures,
            attach_failures: *attach_failures,
        });
    }

    fn vital_facts(&self) -> Facts {
        Facts {
            scan_failures: self.vitals.scan_failures,
            attach_failures: self.vitals.attach_failures,
            good_scan: self.vitals.good_scan,
            scan_interval: self.policy.scan_interval,
            source: self.source.trouble().map(reason),
            paused: self.breakers.tripped().next(),
            governs: !matches!(self.governance, Governance::Unavailable(_)),
        }
    }
}

fn reason(trouble: Trouble<'_>) -> Reason {
    match trouble {
        Trouble::LostPolling { .. } => Reason::EventsLost,
        Trouble::Resyncing => Reason::Resync,
    }
}
