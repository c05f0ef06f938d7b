//! The thread of one consumer. A consumer that panics loses the notice it panicked at, and goes on.

use super::Consumer;
use super::outlet::{Gauge, Outlet, Wake};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::{fmt, io};

/// Ends with `unregister`; dropping it lets the consumer go on.
pub struct Registration {
    gauge: Arc<Gauge>,
    wake: Wake,
}

pub(super) fn start(outlet: Outlet, mut consumer: impl Consumer + 'static) -> io::Result<Registration> {
    let registration = Registration { gauge: Arc::clone(&outlet.gauge), wake: Arc::clone(&outlet.wake) };
    // The kernel keeps 15 bytes of a thread's name.
    let thread = std::thread::Builder::new().name(outlet.name().into()).stack_size(256 << 10);
    thread.spawn(move || {
        while let Some(notice) = outlet.next() {
            if outlet.gauge.done.load(Relaxed) {
                return;
            }
            if catch_unwind(AssertUnwindSafe(|| consumer.hear(&notice))).is_err() {
                outlet.stumbled();
            }
        }
    })?;
    Ok(registration)
}

impl Registration {
    /// It is told nothing any more, but for the notice it may be dealing with. May be called by the consumer itself.
    pub fn unregister(self) {
        self.gauge.done.store(true, Relaxed);
        (self.wake)();
    }
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").field("gauge", &self.gauge).finish_non_exhaustive()
    }
}
