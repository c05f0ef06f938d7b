//! The taking end of one consumer's queue. Both ends share a few numbers, so that the giving end knows how full the queue is
//! without ever waiting for it.

use super::Notice;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::Receiver;

/// Wakes the loop that gives.
pub(super) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Rounds are large: no more than so many wait for one consumer.
pub(super) const ROUNDS_WAITING: usize = 2;

#[derive(Debug, Default)]
pub(super) struct Gauge {
    /// Notices that wait, and how many of them are rounds.
    pub waiting: AtomicUsize,
    pub rounds: AtomicUsize,
    /// Something was lost: whoever takes wakes the giver once there is room for the whole picture.
    pub behind: AtomicBool,
    /// The consumer lost one by its own fault.
    pub stumbled: AtomicBool,
    /// It wants no more.
    pub done: AtomicBool,
}

pub struct Outlet {
    pub(super) name: Arc<str>,
    pub(super) queue: Receiver<Notice>,
    pub(super) gauge: Arc<Gauge>,
    pub(super) capacity: usize,
    pub(super) wake: Wake,
}

impl Outlet {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What has come, if something has.
    pub fn try_next(&self) -> Option<Notice> {
        self.queue.try_recv().ok().inspect(|notice| self.taken(notice))
    }

    /// Waits for what comes; `None` when nothing ever will.
    pub fn next(&self) -> Option<Notice> {
        self.queue.recv().ok().inspect(|notice| self.taken(notice))
    }

    /// One was taken and not dealt with: the giver counts it as lost.
    pub(super) fn stumbled(&self) {
        self.gauge.stumbled.store(true, Relaxed);
        (self.wake)();
    }

    fn taken(&self, notice: &Notice) {
        if matches!(notice, Notice::Round(_)) {
            self.gauge.rounds.fetch_sub(1, Relaxed);
        }
        let left = self.gauge.waiting.fetch_sub(1, Relaxed) - 1;
        if left <= self.capacity / 2 && self.gauge.behind.load(Relaxed) {
            (self.wake)();
        }
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.gauge.done.store(true, Relaxed);
        (self.wake)();
    }
}

impl fmt::Debug for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outlet").field("name", &self.name).field("gauge", &self.gauge).finish()
    }
}
