//! The thread of one consumer. A consumer that panics loses the notice it panicked at, and goes on.

use super::Consumer;
use super::outlet::Outlet;
use super::seat::Seat;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Ends with `unregister`; dropping it lets the consumer go on.
#[derive(Debug)]
pub struct Registration {
    seat: Arc<Seat>,
}

/// Nobody ever waits for the thread: one that does not come back from `hear` stays there.
pub(super) fn start(outlet: Outlet, mut consumer: impl Consumer + 'static) -> io::Result<Registration> {
    let registration = Registration { seat: Arc::clone(&outlet.seat) };
    // The kernel keeps 15 bytes of it.
    let name = outlet.name().replace('\0', "");
    std::thread::Builder::new().name(name).spawn(move || {
        while let Some(notice) = outlet.next() {
            if outlet.seat.has_left() {
                return;
            }
            if catch_unwind(AssertUnwindSafe(|| consumer.hear(&notice))).is_err() {
                outlet.seat.panicked();
            }
        }
    })?;
    Ok(registration)
}

impl Registration {
    /// It is told nothing any more, but for the notice it may be dealing with, and its name is free. The consumer itself
    /// may call it, too.
    pub fn unregister(self) {
        self.seat.leave();
    }
}
