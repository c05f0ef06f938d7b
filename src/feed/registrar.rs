//! Where consumers are registered, from any thread and from inside a consumer. The loop takes them in at its next round.

use super::outlet::Outlet;
use super::roll::Roll;
use super::runner::{self, Registration};
use super::seat::{Seat, Wake};
use super::{Consumer, Filter, NotRegistered, Notice, Standing};
use std::fmt;
use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender, sync_channel};

/// What a queue may hold: at the least the gap, the whole picture, and something to follow.
const CAPACITY: RangeInclusive<usize> = 8..=1 << 16;

#[derive(Clone)]
pub struct Registrar {
    roll: Arc<Roll>,
    door: Sender<Newcomer>,
    wake: Wake,
}

#[derive(Debug)]
pub(super) struct Newcomer {
    pub seat: Arc<Seat>,
    pub filter: Filter,
    pub queue: SyncSender<Notice>,
}

impl Registrar {
    pub(super) fn new(roll: Arc<Roll>, door: Sender<Newcomer>, wake: Wake) -> Registrar {
        Registrar { roll, door, wake }
    }

    /// From the next round of the loop on it is told, on a thread of its own, until it is unregistered or the loop ends.
    /// Of `capacity` notices the queue is made at once, within bounds: 8 to 65,536.
    pub fn register(
        &self,
        name: &str,
        filter: Filter,
        capacity: usize,
        consumer: impl Consumer + 'static,
    ) -> io::Result<Registration> {
        runner::start(self.outlet(name, filter, capacity)?, consumer)
    }

    /// The same without a thread.
    pub fn outlet(&self, name: &str, filter: Filter, capacity: usize) -> Result<Outlet, NotRegistered> {
        let capacity = capacity.clamp(*CAPACITY.start(), *CAPACITY.end());
        let seat = Seat::new(name.into(), capacity, Arc::clone(&self.roll), Arc::clone(&self.wake));
        let seat = Arc::new(seat);
        self.roll.enter(&seat)?;
        let (give, queue) = sync_channel(capacity);
        let outlet = Outlet { seat, queue };
        // Where the loop has ended there is nothing to be told.
        let _ = self.door.send(Newcomer { seat: Arc::clone(&outlet.seat), filter, queue: give });
        outlet.seat.wake();
        Ok(outlet)
    }

    /// How all who are registered fare, in the order of their names.
    pub fn standings(&self) -> Vec<Standing> {
        self.roll.standings()
    }
}

impl fmt::Debug for Registrar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registrar").field("roll", &self.roll).finish_non_exhaustive()
    }
}
