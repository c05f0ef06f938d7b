//! The best of many, met one after the other: the time it takes grows with how many there are, the room with how many are
//! chosen. Who is equally good is chosen by age, so the same processes give the same choice in any order.

use crate::model::sample::Sample;
use std::cmp::Ordering;

#[derive(Clone, Copy, Debug)]
pub(super) struct Candidate<'r> {
    /// By which it is chosen.
    pub rank: f64,
    /// By which the chosen are ordered.
    pub score: f64,
    pub sample: &'r Sample,
}

#[derive(Debug)]
pub(super) struct Choice<'r> {
    size: usize,
    /// Never more than twice the size: then the worse half goes.
    kept: Vec<Candidate<'r>>,
    /// The worst of those that were kept when that was done last: who is worse is not chosen.
    floor: Option<Candidate<'r>>,
}

impl<'r> Choice<'r> {
    pub(super) fn of(size: usize) -> Choice<'r> {
        Choice { size, kept: Vec::with_capacity(2 * size), floor: None }
    }

    pub(super) fn offer(&mut self, candidate: Candidate<'r>) {
        if self.floor.is_some_and(|floor| better(&floor, &candidate).is_lt()) {
            return;
        }
        self.kept.push(candidate);
        if self.kept.len() == 2 * self.size {
            self.keep_the_better_half();
        }
    }

    /// The best first.
    pub(super) fn made(mut self) -> Vec<Candidate<'r>> {
        if self.kept.len() > self.size {
            self.keep_the_better_half();
        }
        let by_score = |a: &Candidate<'_>, b: &Candidate<'_>| b.score.total_cmp(&a.score);
        self.kept.sort_unstable_by(|a, b| by_score(a, b).then_with(|| older(a, b)));
        self.kept
    }

    fn keep_the_better_half(&mut self) {
        let (_, worst, _) = self.kept.select_nth_unstable_by(self.size - 1, better);
        self.floor = Some(*worst);
        self.kept.truncate(self.size);
    }
}

fn better(a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
    b.rank.total_cmp(&a.rank).then_with(|| older(a, b))
}

fn older(a: &Candidate<'_>, b: &Candidate<'_>) -> Ordering {
    let age = |of: &Candidate<'_>| (of.sample.identity.start, of.sample.identity.pid);
    age(a).cmp(&age(b))
}
