//! Those who want to know of processes: of each that begins, changes and ends, and of what all of them use. A consumer is
//! heard of once, under a name of its own, and told on a thread of its own out of a bounded queue. Whoever is too slow, or
//! panics, loses what it was to be told, learns how much, and gets the whole picture anew; nobody else waits for it.

mod filter;
mod hub;
mod outlet;
mod registrar;
mod runner;

pub use filter::Filter;
pub use hub::{Hub, Standing};
pub use outlet::Outlet;
pub use registrar::{NameTaken, Registrar};
pub use runner::Registration;

use crate::model::lifecycle::{Change, Process};
use crate::model::sample::Round;
use std::sync::Arc;

/// What a consumer is told.
#[derive(Clone, Debug)]
pub enum Notice {
    /// A process has begun, changed or ended.
    Change(Change),
    /// All processes have been sampled.
    Round(Arc<Round>),
    /// So many notices were lost; a `Resync` follows.
    Gap { lost: u64 },
    /// Every process there is now: what was known before is void. Also the first that those who want changes are told.
    Resync(Arc<[Process]>),
}

/// One who wants to know. It may take its time, register others and unregister itself: nobody waits for it.
pub trait Consumer: Send {
    fn hear(&mut self, notice: &Notice);
}

/// Any function of a notice will do.
impl<F: FnMut(&Notice) + Send> Consumer for F {
    fn hear(&mut self, notice: &Notice) {
        self(notice);
    }
}

#[cfg(test)]
mod tests;
