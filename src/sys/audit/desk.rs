//! How the loop tells the audit log's thread what to do, without waiting for it: a note on a desk, which the thread reads
//! when it comes to its next work.

use crate::config::AuditSettings;
use std::sync::{Arc, Mutex, PoisonError};

/// What is to be done about the file, as soon as its thread comes to it.
#[derive(Clone, Debug)]
pub enum Order {
    /// Lines that have not been written yet go here.
    Keep(AuditSettings),
    /// Write what has come so far, and let go of the file.
    Close,
}

/// Where the next order is left for the thread. A later one replaces an earlier one.
#[derive(Clone, Debug, Default)]
pub struct Desk(Arc<Mutex<Option<Order>>>);

impl Desk {
    pub fn put(&self, order: Order) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(order);
    }

    pub(super) fn take(&self) -> Option<Order> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
