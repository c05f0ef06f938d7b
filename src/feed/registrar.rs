//! Where consumers are registered, from any thread and from inside a consumer. The loop takes them in at its next round.

use super::outlet::{Gauge, Outlet, Wake};
use super::{Consumer, Filter, Notice, Registration, runner};
use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::sync::mpsc::{Sender, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

pub(super) type Names = Arc<Mutex<BTreeSet<Arc<str>>>>;

/// The least a queue holds: the gap, the whole picture, and something to follow.
const LEAST_CAPACITY: usize = 8;

#[derive(Clone)]
pub struct Registrar {
    names: Names,
    door: Sender<Newcomer>,
    wake: Wake,
}

#[derive(Debug)]
pub(super) struct Newcomer {
    pub name: Arc<str>,
    pub filter: Filter,
    pub capacity: usize,
    pub queue: SyncSender<Notice>,
    pub gauge: Arc<Gauge>,
}

/// A consumer of that name is registered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NameTaken(pub Arc<str>);

impl fmt::Display for NameTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a consumer named {} is registered", self.0)
    }
}

impl std::error::Error for NameTaken {}

impl Registrar {
    pub(super) fn new(names: Names, door: Sender<Newcomer>, wake: Wake) -> Registrar {
        Registrar { names, door, wake }
    }

    /// From the next round of the loop on it is told, on a thread of its own, until it is unregistered or the service ends.
    pub fn register(
        &self,
        name: &str,
        filter: Filter,
        capacity: usize,
        consumer: impl Consumer + 'static,
    ) -> io::Result<Registration> {
        let outlet = self.outlet(name, filter, capacity).map_err(io::Error::other)?;
        runner::start(outlet, consumer)
    }

    /// A queue to be emptied by whoever asks for it; dropping it unregisters.
    pub fn outlet(&self, name: &str, filter: Filter, capacity: usize) -> Result<Outlet, NameTaken> {
        let name: Arc<str> = name.into();
        let mut names = self.names.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !names.insert(Arc::clone(&name)) {
            return Err(NameTaken(name));
        }
        let capacity = capacity.max(LEAST_CAPACITY);
        let (send, queue) = sync_channel(capacity);
        let (gauge, wake) = (Arc::new(Gauge::default()), Arc::clone(&self.wake));
        let newcomer =
            Newcomer { name: Arc::clone(&name), filter, capacity, queue: send, gauge: Arc::clone(&gauge) };
        // Where the loop has ended there is nothing to be told.
        let _ = self.door.send(newcomer);
        (self.wake)();
        Ok(Outlet { name, queue, gauge, capacity, wake })
    }
}

impl fmt::Debug for Registrar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registrar").field("names", &self.names).finish_non_exhaustive()
    }
}
