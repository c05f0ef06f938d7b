//! Sampling keeps within its means: after each pass it is weighed what that has cost and what the service uses, and the next
//! one comes later, or not for a while. It decides about samples alone and never about a scan of discovery's.

use super::budget::{Budget, Terms};
use super::load::Load;
use super::shed::Shedding;
use crate::config::policy::ScannerPolicy;
use crate::engine::Engine;
use crate::engine::effect::Effects;
use crate::engine::input::Walked;
use crate::engine::source::Trouble;
use crate::model::Mono;
use crate::model::record::{Record, ScannerRecord as Told, ShedCause, Why};
use crate::model::sample::Round;
use crate::model::snapshot::ScannerView;
use std::time::Duration;

#[derive(Debug, Default)]
pub(in crate::engine) struct Upkeep {
    pub(super) budget: Budget,
    shedding: Shedding,
    load: Load,
    rounds: u64,
    /// Processor time of all sampling passes.
    spent: Duration,
    /// That not all processes are kept was told.
    leaves_out: bool,
}

impl Engine {
    /// Before a pass: whether it is to sample. While events are lost every moment is discovery's.
    pub(super) fn may_sample(&mut self, now: Mono, fx: &mut Effects) -> bool {
        if self.is_making_good() {
            self.shed(now, ShedCause::EventsLost, Duration::ZERO, fx);
        }
        self.sampler.due.is_none_or(|at| at <= now)
    }

    /// After a pass; `round` is what it has sampled, if it did.
    pub(super) fn keep_within_means(
        &mut self,
        now: Mono,
        walked: &Walked,
        round: Option<&Round>,
        fx: &mut Effects,
    ) {
        let Some(policy) = &self.policy.scanner else { return };
        let terms = Terms { policy, reads_all_every: self.reads_all_every() };
        let upkeep = &mut self.sampler.upkeep;
        upkeep.load.measure(now, walked.own);
        let overloads = upkeep.load.cores().is_some_and(|cores| cores > policy.overload);
        let mut too_dear = None;
        if let Some(round) = round {
            (upkeep.rounds, upkeep.spent) = (upkeep.rounds + 1, upkeep.spent + walked.cost);
            let verdict = upkeep.budget.charge(walked.cost, terms);
            too_dear = verdict.too_dear;
            if let Some((from, to)) = verdict.changed {
                let why = if to > from { Why::Dear } else { Why::Room };
                fx.record(Record::Scanner(Told::Interval { from, to, why, cost: walked.cost }));
            }
            upkeep.tell_left_out(round, policy.max_processes, fx);
            self.sampler.due = Some(round.at + upkeep.budget.interval(policy));
        }
        match too_dear {
            _ if self.is_making_good() => self.shed(now, ShedCause::EventsLost, Duration::ZERO, fx),
            _ if overloads => self.shed(now, ShedCause::Overload, too_dear.unwrap_or_default(), fx),
            Some(needed) => self.shed(now, ShedCause::Budget, needed, fx),
            None if round.is_some() => {
                if let Some(after) = self.sampler.upkeep.shedding.pass(now) {
                    fx.record(Record::Scanner(Told::Resumed { after }));
                }
            }
            None => {}
        }
    }

    /// A new policy may allow more, or less, from now on.
    pub(in crate::engine) fn settle_budget(
        &mut self,
        now: Mono,
        old: Option<&ScannerPolicy>,
        fx: &mut Effects,
    ) {
        let Some(policy) = self.policy.scanner.as_ref().filter(|new| Some(*new) != old) else { return };
        let terms = Terms { policy, reads_all_every: self.reads_all_every() };
        let upkeep = &mut self.sampler.upkeep;
        if let Some((from, to)) = upkeep.budget.settle(terms) {
            let cost = upkeep.budget.last_cost();
            fx.record(Record::Scanner(Told::Interval { from, to, why: Why::Policy, cost }));
        }
        let last = self.sampler.last.as_ref().map(|(round, _)| round.at);
        let next = last.map(|at| at + upkeep.budget.interval(policy));
        self.sampler.due = upkeep.shedding.forgive(now).or(next);
    }

    fn shed(&mut self, now: Mono, cause: ShedCause, at_least: Duration, fx: &mut Effects) {
        let Some(pause) = self.sampler.upkeep.shedding.trip(now, cause, at_least) else { return };
        self.sampler.due = Some(pause.until);
        if pause.is_news {
            fx.record(Record::Scanner(Told::Shed { cause, pause: pause.lasts }));
        }
    }

    fn is_making_good(&self) -> bool {
        matches!(self.source.trouble(), Some(Trouble::Resyncing))
    }

    fn reads_all_every(&self) -> Option<Duration> {
        (!self.source.is_live()).then_some(self.policy.scan_interval)
    }

    pub(in crate::engine) fn scanner_view(&self) -> Option<ScannerView> {
        let policy = self.policy.scanner.as_ref()?;
        let Upkeep { budget, shedding, load, rounds, spent, .. } = &self.sampler.upkeep;
        let last = self.sampler.last.as_ref().map(|(round, _)| round);
        Some(ScannerView {
            interval: budget.interval(policy),
            asked: policy.interval,
            shed: shedding.cause(),
            rounds: *rounds,
            spent: *spent,
            processes: last.map_or(0, |round| round.samples.len()),
            left_out: last.map_or(0, |round| round.left_out),
            own_cores: load.cores(),
        })
    }
}

impl Upkeep {
    /// Told when it begins, and when it is well over: a host with just about as many processes as are kept is no news
    /// each time.
    fn tell_left_out(&mut self, round: &Round, most: usize, fx: &mut Effects) {
        let Round { left_out, samples, .. } = round;
        if !self.leaves_out && *left_out > 0 {
            self.leaves_out = true;
            fx.record(Record::Scanner(Told::LeftOut { most, left_out: *left_out }));
        } else if self.leaves_out && samples.len() <= most - most / 16 && *left_out == 0 {
            self.leaves_out = false;
            fx.record(Record::Scanner(Told::AllKept));
        }
    }
}
