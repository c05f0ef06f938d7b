//! Where records go: to the log, to the desk, and to the audit log where one is kept; and what a reload changes of each.

use super::level;
use crate::config::{Policy, Settings};
use crate::expose::audit::Audit;
use crate::expose::log::Log;
use crate::model::Wall;
use crate::model::record::Record;
use crate::reactor::Desk;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

/// What a new configuration says of them. It counts from the record on that tells of the reload.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) settings: Settings,
    pub(super) policy: Arc<Policy>,
}

#[derive(Debug)]
pub(super) struct Voices {
    pub(super) log: Log,
    pub(super) audit: Audit,
    /// To whoever makes the list of the greatest processes.
    pub(super) top: Sender<Arc<Policy>>,
    pub(super) changes: Receiver<Change>,
}

impl Voices {
    pub(super) fn tell(&mut self, now: Wall, record: &Record, desk: &mut Desk) {
        desk.note_log_lines_dropped(self.log.dropped());
        desk.note(now, record);
        let change = matches!(record, Record::Reloaded { .. }).then(|| self.changes.try_iter().last());
        let Some(Change { settings, policy }) = change.flatten() else {
            self.log.write(now, record);
            return self.audit.write(now, record);
        };
        desk.set(&settings, &policy);
        let (audit, argv) = (settings.audit, policy.argv_in_log);
        self.log.set(level(settings.log.level), argv);
        self.log.write(now, record);
        // An audit log that ends here tells why it ends, and one that begins why it begins.
        if audit.is_none() {
            self.audit.write(now, record);
        }
        self.audit.set(audit, argv);
        // Gone where its thread is: then there are no lists.
        let _ = self.top.send(policy);
        self.audit.write(now, record);
    }

    /// What is queued gets a chance; nobody waits for ever at the end.
    pub(super) fn finish(&self) {
        self.log.flush(Duration::from_secs(1));
        self.audit.flush(Duration::from_secs(1));
    }
}
