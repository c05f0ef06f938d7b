//! Whose turn it is to be inspected. With each scan a share of the jobs has its turn, one job after the other: an
//! attachment never waits for the inspection of more than one. What an inspection tells is judged in `drift`.

use super::Engine;
use super::effect::{Born, Effects, Task};
use super::jobs::{Job, Phase};
use super::table::Place;
use crate::model::{Identity, Mono, Now, Pid};
use std::collections::VecDeque;
use std::time::Duration;

/// So many jobs have their turn with every scan; where there are more, each has it every so many scans at the latest.
const SHARE: usize = 100;
const SCANS: usize = 6;

/// Scans may follow each other faster than anybody need be asked.
const SPACING: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Inspections {
    due: VecDeque<Identity>,
    under_way: bool,
    /// The last one of the last share, and when that was dealt out.
    last: Option<Identity>,
    dealt_at: Option<Mono>,
}

impl Inspections {
    /// Has its turn with the next scan.
    pub(super) fn expect(&mut self, main: Identity) {
        self.due.push_back(main);
    }
}

impl Engine {
    pub(super) fn begin_inspections(&mut self, now: Now, fx: &mut Effects) {
        let turns = &mut self.inspections;
        let soon = turns.dealt_at.is_some_and(|at| now.mono - at < SPACING);
        if turns.due.is_empty() && !soon {
            turns.dealt_at = Some(now.mono);
            let share = SHARE.max(self.jobs.iter().count().div_ceil(SCANS));
            let next = self.jobs.behind(turns.last).filter(|job| job.is_held()).take(share);
            turns.due.extend(next.map(|job| job.main));
            turns.last = turns.due.back().copied();
            self.inspect_total(fx);
        }
        self.inspect_next(fx);
    }

    /// Out of turn: what becomes of this job depends on it.
    pub(super) fn inspect_first(&mut self, main: Identity, fx: &mut Effects) {
        self.inspections.due.push_front(main);
        self.inspect_next(fx);
    }

    pub(super) fn inspection_ended(&mut self, fx: &mut Effects) {
        self.inspections.under_way = false;
        self.inspect_next(fx);
    }

    fn inspect_next(&mut self, fx: &mut Effects) {
        while !self.inspections.under_way
            && let Some(main) = self.inspections.due.pop_front()
        {
            let due = |job: &&Job| matches!(job.phase, Phase::Held { .. } | Phase::Sought);
            if let Some(job) = self.jobs.get(main).filter(due) {
                let task = Task::Inspect { job: job.id.clone(), members: self.believed_inside(job) };
                self.outbox.submit(task, fx);
                self.inspections.under_way = true;
            }
        }
    }

    fn believed_inside(&self, job: &Job) -> Vec<(Pid, Born)> {
        let main = job.main.pid;
        let known = job.members.iter().filter_map(|&pid| Some((pid, self.table.get(pid)?)));
        let inside = known.filter(|(pid, entry)| entry.place == Place::Inside || *pid == main);
        inside.map(|(pid, entry)| (pid, entry.born())).collect()
    }
}
