//! The audit log: what was found, decided and done about processes, and how the service itself stood meanwhile, as lines
//! of json with consecutive numbers. It shows the fields that the log shows, whatever level the log has. Nothing here
//! waits for the disk: that is the ledger's thread.

mod choice;

use super::json::Object;
use super::log::line::Line;
use crate::config::AuditSettings;
use crate::config::policy::ArgvInLog;
use crate::model::Wall;
use crate::model::record::Record;
use crate::sys::audit::{Desk, Ledger, Order, Tell};
use crate::sys::scribe::Scribe;
use std::io;
use std::time::Duration;

/// Owned by the event loop, as the log is.
#[derive(Debug)]
pub struct Audit {
    scribe: Scribe,
    desk: Desk,
    argv: ArgvInLog,
    on: bool,
}

impl Audit {
    /// Nothing is kept before `set` says where. `tell` is called from another thread.
    pub fn start(tell: Tell) -> io::Result<Audit> {
        let desk = Desk::default();
        let scribe = Scribe::spawn("audit", Ledger::new(desk.clone(), gap, tell))?;
        Ok(Audit { scribe, desk, argv: ArgvInLog::default(), on: false })
    }

    /// A reload may change where it is kept, and whether. What has been written before an end still gets there.
    pub fn set(&mut self, settings: Option<AuditSettings>, argv: ArgvInLog) {
        (self.on, self.argv) = (settings.is_some(), argv);
        self.desk.put(settings.map_or(Order::Close, Order::Keep));
        self.scribe.call();
    }

    pub fn write(&self, now: Wall, record: &Record) {
        if self.on && choice::is_audited(record) {
            self.scribe.push(now, &entry(now, record, self.argv));
        }
    }

    /// At the end: gives what is queued a bounded chance to be written; tells whether all of it was.
    pub fn flush(&self, timeout: Duration) -> bool {
        self.scribe.flush(timeout)
    }
}

/// A record as an object on a line, without the number it gets in the file.
fn entry(now: Wall, record: &Record, argv: ArgvInLog) -> Vec<u8> {
    let mut object = at(now);
    let _ = Line::new(now, record, argv).write_fields(&mut object);
    object.close()
}

/// Word of lines that are missing.
fn gap(now: Wall, lost: u64) -> Vec<u8> {
    let mut object = at(now);
    object.string("event", "gap");
    object.bare("lost", lost);
    object.close()
}

fn at(now: Wall) -> Object {
    let mut object = Object::open();
    object.string("time", &now.exact().to_string());
    object
}

#[cfg(test)]
mod tests;
