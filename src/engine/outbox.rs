//! Tasks for the governor, in order, a bounded number of them under way: its channel never fills, and the rest waits
//! here, bounded by the number of processes there are.

use super::effect::{Effect, Effects, Task};
use std::collections::VecDeque;

/// More than one keeps the governor busy while answers travel; many would only lengthen the queue behind a release.
pub const UNDER_WAY: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<Task>,
    under_way: usize,
}

impl Outbox {
    pub(super) fn submit(&mut self, task: Task, fx: &mut Effects) {
        if self.under_way < UNDER_WAY {
            self.under_way += 1;
            fx.want(Effect::Govern(task));
        } else {
            self.waiting.push_back(task);
        }
    }

    /// Every task is answered by exactly one reply.
    pub(super) fn answered(&mut self, fx: &mut Effects) {
        self.under_way = self.under_way.saturating_sub(1);
        if let Some(task) = self.waiting.pop_front() {
            self.submit(task, fx);
        }
    }

    /// Takes back those of the waiting tasks that `wanted` says yes to.
    pub(super) fn recall(&mut self, wanted: impl Fn(&Task) -> bool) -> Vec<Task> {
        let (recalled, kept) = std::mem::take(&mut self.waiting).into_iter().partition(wanted);
        self.waiting = kept;
        Vec::from_iter::<VecDeque<Task>>(recalled)
    }

    /// How many tasks are under way, and how many wait.
    #[cfg(test)]
    pub(super) fn load(&self) -> (usize, usize) {
        (self.under_way, self.waiting.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::JobId;

    #[test]
    fn what_does_not_fit_waits_and_goes_out_in_order() {
        let mut outbox = Outbox::default();
        let mut fx = Effects::default();
        let job = |n: usize| JobId::found(&format!("job-{n}"));
        for n in 0..UNDER_WAY + 2 {
            outbox.submit(Task::Remove { job: job(n) }, &mut fx);
        }
        assert_eq!(fx.wanted.len(), UNDER_WAY);
        outbox.answered(&mut fx);
        outbox.answered(&mut fx);
        assert_eq!(fx.wanted.back(), Some(&Effect::Govern(Task::Remove { job: job(UNDER_WAY + 1) })));
        for _ in 0..UNDER_WAY {
            outbox.answered(&mut fx);
        }
        assert_eq!((outbox.under_way, outbox.waiting.len()), (0, 0));
    }
}
