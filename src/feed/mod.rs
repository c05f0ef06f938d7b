//! Those who want to know of processes: of each that begins, changes and ends, and of what all of them use. A consumer is
//! registered once, under a name of its own, and told on a thread of its own out of a bounded queue. Whoever is too slow,
//! or panics, loses what it was to be told, learns how much, and gets the whole picture anew; nobody else waits for it.
//!
//! ```
//! use ffrtmp::feed::{Consumer, Notice};
//! use ffrtmp::model::Pid;
//! use ffrtmp::model::lifecycle::What;
//! use std::collections::BTreeSet;
//!
//! /// Always knows which processes there are, whatever it missed.
//! #[derive(Default)]
//! struct Census(BTreeSet<Pid>);
//!
//! impl Consumer for Census {
//!     fn hear(&mut self, notice: &Notice) {
//!         match notice {
//!             Notice::Change(change) => match change.what {
//!                 What::Terminated { .. } => drop(self.0.remove(&change.process.pid)),
//!                 What::Created | What::Updated(_) => drop(self.0.insert(change.process.pid)),
//!             },
//!             Notice::Resync(all) => self.0 = all.iter().map(|process| process.pid).collect(),
//!             Notice::Gap { lost } => eprintln!("{lost} notices were missed; the whole picture follows"),
//!             Notice::Round(_) => {}
//!         }
//!     }
//! }
//! ```

mod filter;
mod hub;
mod line;
mod outlet;
mod registrar;
mod roll;
mod runner;
mod seat;
mod sieve;
mod trouble;

pub use filter::Filter;
pub use hub::Hub;
pub use outlet::Outlet;
pub use registrar::Registrar;
pub use roll::NotRegistered;
pub use runner::Registration;
pub use seat::Standing;

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
    /// So many notices were lost. To those who want changes a `Resync` follows; of what processes use the next round
    /// tells all there is.
    Gap { lost: u64 },
    /// Every process there is now: what was known before is void. Also the first that those who want changes are told.
    Resync(Arc<[Process]>),
}

/// One who wants to know. It may take its time, panic, register others and unregister itself: nobody waits for it.
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
