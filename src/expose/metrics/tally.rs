//! What has happened so far, counted from records.

use super::timing::Timing;
use crate::model::health::Health;
use crate::model::record::{
    BreakerRecord, Hardship, HostCause, NeighbourRecord, Record, ScannerRecord, ShedCause, StateRecord,
};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

type Labels<const N: usize> = [(&'static str, &'static str); N];
type Counters<const N: usize> = Family<Labels<N>, Counter>;

#[derive(Debug)]
pub(super) struct Tally {
    timing: Timing,
    scans: Counter,
    scan_failures: Counter,
    attachments: Counter,
    attach_failures: Counters<2>,
    gone: Counter,
    breakers: Counters<1>,
    health: Counters<1>,
    saves: Counter,
    save_failures: Counter,
    reloads: Counters<1>,
    last_reload: Gauge,
    exits: Counter,
    releases: Counter,
    forks_refused: Counter,
    foreign: Counters<1>,
    sheds: Counters<1>,
    interval_changes: Counter,
}

impl Tally {
    pub(super) fn registered(to: &mut Registry) -> Tally {
        let tally = Tally {
            timing: Timing::registered(to),
            scans: counter(to, "discovery_scans", "Scans of all processes that were completed"),
            scan_failures: counter(to, "discovery_scan_failures", "Scans that failed"),
            attachments: counter(
                to,
                "discovery_new_attachments",
                "Processes put under their limits, verified by reading it back",
            ),
            attach_failures: counters(to, "attach_failures", "Attachments that failed"),
            gone: counter(to, "attach_gone", "Targets that ended before they were attached"),
            breakers: counters(to, "breaker_opened", "Times that attaching was paused for a cause"),
            health: counters(to, "health_transitions", "Changes of health to a state"),
            saves: counter(to, "state_saves", "Times that the state file was written"),
            save_failures: counter(
                to,
                "state_save_failures",
                "Times that the state file could not be written",
            ),
            reloads: counters(to, "config_reloads", "Times that the configuration was read again"),
            last_reload: Gauge::default(),
            exits: counter(to, "process_exits", "Main processes of jobs that have ended"),
            releases: counter(
                to,
                "releases",
                "Jobs that were released, and all of theirs is as it was before",
            ),
            forks_refused: counter(
                to,
                "forks_refused",
                "Processes and threads that jobs were refused, having as many as their pids_max, or that of a group above them, allows",
            ),
            foreign: counters(
                to,
                "foreign_cases",
                "Targets that somebody else takes care of, too, by the case",
            ),
            sheds: counters(to, "scanner_sheds", "Times that sampling was given up for a while"),
            interval_changes: counter(
                to,
                "scanner_interval_changes",
                "Times that the budget, or a new one, changed the interval of sampling",
            ),
        };
        let about = "Whether the configuration was in order when it was read last";
        to.register("config_last_reload_successful", about, tally.last_reload.clone());
        tally.last_reload.set(1); // it was at the start
        // What has not happened is zero, and not unknown.
        for cause in HostCause::ALL {
            drop(tally.breakers.get_or_create(&[("cause", cause.name())]));
        }
        for state in Health::ALL {
            drop(tally.health.get_or_create(&[("to", state.name())]));
        }
        for cause in ShedCause::ALL {
            drop(tally.sheds.get_or_create(&[("cause", cause.name())]));
        }
        for case in ["in_place", "from_unit", "left", "company", "unit_stopped"] {
            drop(tally.foreign.get_or_create(&[("case", case)]));
        }
        for result in ["ok", "failed"] {
            drop(tally.reloads.get_or_create(&[("result", result)]));
        }
        tally
    }

    pub(super) fn note(&mut self, record: &Record) {
        self.timing.note(record);
        match record {
            Record::ScanComplete(_) => one(&self.scans),
            Record::ScanFailed { .. } => one(&self.scan_failures),
            Record::Attached { .. } => one(&self.attachments),
            Record::AttachFailed { failure, class, .. } => {
                let labels = [("step", failure.step.name()), ("class", class.name())];
                one(&self.attach_failures.get_or_create(&labels));
            }
            Record::Vanished { .. } => one(&self.gone),
            Record::Breaker(BreakerRecord::Opened { cause, .. }) => {
                one(&self.breakers.get_or_create(&[("cause", cause.name())]));
            }
            // Other reasons for the same health are no change of it.
            Record::Health { was, is, .. } if was != is => {
                one(&self.health.get_or_create(&[("to", is.name())]));
            }
            Record::State(StateRecord::Saved | StateRecord::SavedAgain { .. }) => one(&self.saves),
            Record::State(StateRecord::SaveFailed { .. }) => one(&self.save_failures),
            Record::Reloaded { .. } => self.reloaded("ok"),
            Record::ReloadFailed { .. } => self.reloaded("failed"),
            Record::Exited { .. } => one(&self.exits),
            Record::Released { .. } => one(&self.releases),
            Record::Hardship { hardship: Hardship::ForksRefused { count, .. }, .. } => {
                self.forks_refused.inc_by(*count);
            }
            Record::Left { .. } => self.foreign("left"),
            Record::Neighbour(NeighbourRecord::InPlace { .. }) => self.foreign("in_place"),
            Record::Neighbour(NeighbourRecord::FromUnit { .. }) => self.foreign("from_unit"),
            Record::Neighbour(NeighbourRecord::Company { .. }) => self.foreign("company"),
            Record::Neighbour(NeighbourRecord::UnitStopped { .. }) => self.foreign("unit_stopped"),
            Record::Neighbour(NeighbourRecord::GivenBack { .. }) => one(&self.releases),
            Record::Scanner(ScannerRecord::Shed { cause, .. }) => {
                one(&self.sheds.get_or_create(&[("cause", cause.name())]));
            }
            Record::Scanner(ScannerRecord::Interval { .. }) => one(&self.interval_changes),
            _ => {}
        }
    }

    fn foreign(&self, case: &'static str) {
        one(&self.foreign.get_or_create(&[("case", case)]));
    }

    fn reloaded(&self, result: &'static str) {
        one(&self.reloads.get_or_create(&[("result", result)]));
        self.last_reload.set(i64::from(result == "ok"));
    }
}

fn one(counter: &Counter) {
    counter.inc();
}

fn counter(to: &mut Registry, name: &str, about: &str) -> Counter {
    let counter = Counter::default();
    to.register(name, about, counter.clone());
    counter
}

fn counters<const N: usize>(to: &mut Registry, name: &str, about: &str) -> Counters<N> {
    let counters = Counters::default();
    to.register(name, about, counters.clone());
    counters
}
