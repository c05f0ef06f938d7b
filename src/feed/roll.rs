//! Who is registered. Asked by those who register and leave, and by whoever wants to see how all fare; the loop gives
//! without it.

use super::seat::{Seat, Standing};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fmt, io};

/// So many may be registered at once: each costs a little of every round.
pub(super) const MOST: usize = 256;

#[derive(Debug, Default)]
pub(super) struct Roll(Mutex<BTreeMap<Arc<str>, Arc<Seat>>>);

/// Why a consumer was not registered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NotRegistered {
    /// Another one of this name is.
    NameTaken(Arc<str>),
    TooMany,
}

impl fmt::Display for NotRegistered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotRegistered::NameTaken(name) => write!(f, "a consumer named {name:?} is registered"),
            NotRegistered::TooMany => write!(f, "{MOST} consumers are registered, no more can be"),
        }
    }
}

impl std::error::Error for NotRegistered {}

impl From<NotRegistered> for io::Error {
    fn from(why: NotRegistered) -> io::Error {
        let kind = match why {
            NotRegistered::NameTaken(_) => io::ErrorKind::AlreadyExists,
            NotRegistered::TooMany => io::ErrorKind::QuotaExceeded,
        };
        io::Error::new(kind, why)
    }
}

impl Roll {
    pub(super) fn enter(&self, seat: &Arc<Seat>) -> Result<(), NotRegistered> {
        let mut all = self.all();
        if all.contains_key(&seat.name) {
            return Err(NotRegistered::NameTaken(Arc::clone(&seat.name)));
        }
        if all.len() >= MOST {
            return Err(NotRegistered::TooMany);
        }
        all.insert(Arc::clone(&seat.name), Arc::clone(seat));
        Ok(())
    }

    pub(super) fn strike(&self, name: &str) {
        let struck = self.all().remove(name);
        drop(struck); // out of the lock
    }

    pub(super) fn standings(&self) -> Vec<Standing> {
        self.all().values().map(|seat| seat.standing()).collect()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Arc<str>, Arc<Seat>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
