//! The engine decides. It is pure: inputs and the time come in, effects and records go out, and the same inputs always
//! give the same outputs. It owns no file, no clock and no lock, and waits for nothing: see `next_deadline`.

pub mod effect;
pub mod failure;
pub mod input;
pub mod inquiry;
pub mod platform;

mod adopt;
mod aside;
mod attach;
mod as_told;
mod breaker;
mod by_pid;
mod changes;
mod consider;
mod deadlines;
mod departed;
mod drift;
mod due;
mod endings;
mod events;
mod explain;
mod family;
mod filters;
mod hardship;
mod health;
mod inspections;
mod job_orders;
mod jobs;
mod let_go;
mod letters;
mod lifecycle;
mod lifetime;
mod limits;
mod matcher;
mod members;
mod nameless;
mod neighbours;
mod orders;
mod outbox;
mod partings;
mod reload;
mod retry;
mod revive;
mod sampler;
mod scans;
mod snapshot;
mod setting;
mod source;
mod standing;
mod state;
mod stopping;
mod strays;
mod table;
mod telling;
mod total;
mod trees;
mod trying;
mod tug;
mod vitals;

pub use hardship::HeldJob;
pub use outbox::UNDER_WAY;

use crate::config::policy::Policy;
use crate::model::record::Record;
use crate::model::snapshot::{DriftCounts, EventCounts};
use crate::model::state::{Memory, Past, Statistics};
use crate::model::{Identity, LimitKey, Mono, Now, Pid};
use aside::Asides;
use breaker::Breakers;
use deadlines::{Deadlines, Timer};
use departed::Departed;
use effect::{Effects, Wants};
use input::{Input, Reply};
use inspections::Inspections;
use jobs::Jobs;
use let_go::LetGo;
use letters::DeadLetters;
use lifecycle::{Governance, Life};
use nameless::Nameless;
use orders::Orders;
use outbox::Outbox;
use partings::Partings;
use reload::Loading;
use sampler::Sampler;
use scans::Scan;
use source::Source;
use state::Saving;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use table::Table;
use total::Total;
use vitals::Vitals;

#[derive(Debug)]
pub struct Engine {
    own: Pid,
    boot_id: String,
    /// The group below which jobs live; empty until the governor has found it.
    root: String,
    policy: Arc<Policy>,
    wants: Wants,
    life: Life,
    governance: Governance,
    source: Source,
    table: Table,
    jobs: Jobs,
    total: Total,
    scan: Scan,
    sampler: Sampler,
    tells_changes: bool,
    /// Of what is being handled.
    moment: Mono,
    partings: Partings,
    inspections: Inspections,
    outbox: Outbox,
    breakers: Breakers,
    /// The job whose attachment is the probe now.
    probe: Option<Identity>,
    letters: DeadLetters,
    /// Why targets are left alone.
    asides: Asides,
    departed: Departed,
    let_go: LetGo,
    deadlines: Deadlines,
    /// Looks that wait for the name in argv[0].
    naming: HashMap<Pid, Nameless>,
    /// Targets that wait for the decision about an ancestor, by that ancestor.
    parked: HashMap<Pid, Vec<Pid>>,
    said_not_to_hold: BTreeSet<(LimitKey, String)>,
    /// Of those the limits that no job of this host can have.
    unheld: BTreeMap<LimitKey, String>,
    /// Jobs of the first scan whose attachment is not answered yet.
    backfill: usize,
    /// Discoveries told in this round.
    discoveries: usize,
    statistics: Statistics,
    vitals: Vitals,
    heard: EventCounts,
    /// How often somebody else was found to have changed something of a job, in this run.
    drifts: DriftCounts,
    /// What only the state file knows of the jobs of an earlier run.
    remembered: BTreeMap<Identity, Past>,
    saving: Saving,
    loading: Loading,
    orders: Orders,
}

impl Engine {
    pub fn new(own: Pid, boot_id: String, policy: Arc<Policy>, memory: &Memory) -> Engine {
        Engine {
            own,
            root: String::new(),
            wants: consider::wants_of(&policy),
            life: Life::Starting { source_settled: false, prepared: false },
            governance: Governance::Pending,
            source: Source::new(
                policy.poll_only.then(|| "polling was asked for".to_owned()),
                policy.receive_buffer,
            )
            .expecting(policy.events_expected),
            table: Table::default(),
            jobs: Jobs::default(),
            total: Total::default(),
            scan: Scan::default(),
            sampler: Sampler::default(),
            tells_changes: false,
            moment: Mono::default(),
            partings: Partings::default(),
            inspections: Inspections::default(),
            outbox: Outbox::default(),
            breakers: Breakers::default(),
            probe: None,
            letters: DeadLetters::default(),
            asides: Asides::default(),
            departed: Departed::default(),
            let_go: LetGo::remembered(memory, &boot_id),
            deadlines: Deadlines::default(),
            naming: HashMap::new(),
            parked: HashMap::new(),
            said_not_to_hold: BTreeSet::new(),
            unheld: BTreeMap::new(),
            backfill: 0,
            discoveries: 0,
            statistics: memory.statistics,
            vitals: Vitals::default(),
            heard: EventCounts::default(),
            drifts: DriftCounts::default(),
            remembered: memory.pasts(),
            saving: Saving::default(),
            loading: Loading::No,
            orders: Orders::default(),
            boot_id,
            policy,
        }
    }

    pub fn handle(&mut self, now: Now, input: Input<'_>, fx: &mut Effects) {
        self.moment = now.mono;
        match input {
            Input::Tick => self.tick(now, fx),
            Input::Slept(time) => {
                fx.record(Record::Slept { time });
                self.deadlines.age(time);
                self.sampler.slept(time);
                self.table.each(|entry| entry.told.born = entry.told.born.map(|born| born.put_back(time)));
                self.partings.age(time);
                self.ask_the_unread(fx);
            }
            Input::Event(event) => {
                self.vitals.events += 1;
                self.count(&event.what);
                let change = self.source.heard(now.mono, &event.what, fx);
                self.source_changed(now, change, fx);
                self.event(now, event, fx);
            }
            Input::SourceOpened(result) => {
                let change = self.source.opened(now.mono, result, fx);
                self.source_changed(now, change, fx);
            }
            Input::SourceNarrowed(result) => self.source.narrowed(result, fx),
            Input::Overrun => {
                let change = self.source.overrun(now.mono, fx);
                self.source_changed(now, change, fx);
            }
            Input::Dropped(count) => {
                let change = self.source.dropped(now.mono, count, fx);
                self.source_changed(now, change, fx);
            }
            Input::SourceBroken(why) => {
                let change = self.source.broken(now.mono, why, fx);
                self.source_changed(now, change, fx);
            }
            Input::Looked { pid, look } => self.looked(now, pid, look, fx),
            Input::Sighted { pid, seen } => self.sighted(now, pid, seen.as_ref(), fx),
            Input::Named { pid, read_at, name } => self.named(now, pid, read_at, name.as_ref(), fx),
            Input::Described { identity, description } => self.described(now, identity, description, fx),
            Input::Scanned(seen) => self.scanned(now, &seen, fx),
            Input::Listed(pid) => self.listed(pid),
            Input::ScanEnded(result) => self.scan_ended(now, result, fx),
            Input::Governed(reply) => self.governed(now, reply, fx),
            Input::Exited(identity) => self.exited(now, identity, fx),
            Input::Emptied(job) => self.emptied(job, fx),
            Input::Counted { job, counts } => self.counted(now, &job, counts, fx),
            Input::Measured(readings) => self.measured(now, readings, fx),
            Input::UnitGone(job) => self.unit_seems_gone(&job, fx),
            Input::PolicyLoaded(loaded) => self.policy_loaded(now, *loaded, fx),
            Input::StateSaved(result) => self.saved(now, result, fx),
            Input::Reload => self.reload(fx),
            Input::Ordered { ticket, order } => self.ordered(now, ticket, order, fx),
            Input::Terminate(why) => self.terminate(now, why, fx),
        }
    }

    fn governed(&mut self, now: Now, reply: Reply, fx: &mut Effects) {
        self.outbox.answered(fx);
        match reply {
            Reply::Prepared(result) => self.prepared(now, result, fx),
            Reply::Attached(answer) => self.attached(now, *answer, fx),
            Reply::Joined { job, pid, outcome } => self.joined(now, job, pid, outcome, fx),
            Reply::Inspected { job, result } => self.inspected(now, &job, result, fx),
            Reply::LimitsSet { job, limits, set, order, result } => {
                self.limits_set(job, (limits, set), order, result, fx);
            }
            Reply::TotalLimited { limits, result } => self.total_limited(limits, result, fx),
            Reply::TotalInspected(result) => self.total_inspected(now, result, fx),
            Reply::Released { job, why, result } => self.released(now, job, why, result, fx),
            Reply::Recognised { job, order, found } => self.recognised(now, &job, order, found, fx),
            Reply::PutOut { job, result } => self.was_put_out(job, result, fx),
            Reply::Signalled { job, result } => Engine::signalled(job, result, fx),
            Reply::Removed { job, result } => self.removed(now, job, result, fx),
        }
    }

    /// When `handle` wants to be called again at the latest.
    pub fn next_deadline(&self) -> Option<Mono> {
        let health = self.vitals.deadline().filter(|_| !self.is_stopping());
        let scans = [self.scan.deadline(), self.sampling_deadline()];
        let others = scans.into_iter().chain([self.source.deadline(), self.partings.deadline(), health]);
        self.deadlines.next().into_iter().chain(others.flatten()).min()
    }

    fn tick(&mut self, now: Now, fx: &mut Effects) {
        if self.source.deadline().is_some_and(|at| at <= now.mono) {
            let change = self.source.tick(now.mono, fx);
            self.source_changed(now, change, fx);
        }
        while let Some(timer) = self.deadlines.due(now.mono) {
            match timer {
                Timer::Scan => self.scan(now, fx),
                Timer::Mature(pid, serial) => self.matured(pid, serial, fx),
                Timer::Retry(main) => self.retry(main, fx),
                Timer::Probe => self.probe(now, fx),
                Timer::Prepare => self.prepare(fx),
                Timer::Bury(main) => self.seek(now, main, fx),
                Timer::Toll(main) => self.toll_due(now, main, fx),
                Timer::Outlived(main) => self.outlived(main, fx),
                Timer::Save => self.save_due(now, fx),
                Timer::GiveUp => self.give_up_waiting(now, fx),
            }
        }
        self.sample_when_due(now, fx);
        self.part_with_the_due(now, fx);
    }

    /// How many jobs are governed now.
    fn tracked(&self) -> usize {
        self.jobs.iter().filter(|job| job.is_held()).count()
    }

    fn governs(&self) -> bool {
        matches!(self.governance, Governance::Pending | Governance::Ready)
    }

    fn is_starting(&self) -> bool {
        matches!(self.life, Life::Starting { .. } | Life::Scanning)
    }
}

#[cfg(test)]
mod tests;
