//! The taking end of one consumer's queue, for those who have a thread, or a loop, of their own to be told on.

use super::Notice;
use super::seat::Seat;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// A bare queue, to be emptied by whoever asked for it. Dropping it unregisters.
#[derive(Debug)]
pub struct Outlet {
    pub(super) seat: Arc<Seat>,
    pub(super) queue: Receiver<Notice>,
}

impl Outlet {
    pub fn name(&self) -> &str {
        &self.seat.name
    }

    /// What has come, if something has.
    pub fn try_next(&self) -> Option<Notice> {
        self.queue.try_recv().ok().inspect(|notice| self.seat.came_out(notice))
    }

    /// Waits for what comes; `None` when nothing ever will.
    pub fn next(&self) -> Option<Notice> {
        self.queue.recv().ok().inspect(|notice| self.seat.came_out(notice))
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.seat.leave();
    }
}
