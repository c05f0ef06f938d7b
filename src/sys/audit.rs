//! The audit log on disk: lines with consecutive numbers at the end of a file that others may rename, take away, or leave
//! no room for. A line stands there whole or not at all; lines that are missing are told of by a line in their place.
//! It runs on a thread of its own, where it may wait for the disk; it makes no line and knows none but that of a gap.

mod file;
mod numbers;
mod rotate;

use super::scribe::{Batch, Pen};
use crate::config::AuditSettings;
use crate::model::Wall;
use crate::model::record::AuditRecord;
use file::File;
use numbers::Numbers;
use std::fmt;
use std::mem::replace;
use std::sync::{Arc, Mutex, PoisonError};

pub use numbers::{GapLine, VERSION};

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

    fn take(&self) -> Option<Order> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// How it says how it fares.
pub type Tell = Box<dyn FnMut(AuditRecord) + Send>;

pub struct Ledger {
    desk: Desk,
    tell: Tell,
    kept: Option<AuditSettings>,
    file: Option<File>,
    numbers: Numbers,
    /// Said already, and not over: lines cannot be written; the full file cannot be renamed.
    unwritten: bool,
    unrenamed: bool,
    /// The file may grow beyond its size until the next batch, which tries again to rename it.
    overfull: bool,
}

impl Ledger {
    pub fn new(desk: Desk, gap: GapLine, tell: Tell) -> Ledger {
        let numbers = Numbers::new(gap);
        let (kept, file, unwritten, unrenamed, overfull) = Default::default();
        Ledger { desk, tell, kept, file, numbers, unwritten, unrenamed, overfull }
    }

    fn keep(&mut self, settings: AuditSettings) {
        if self.kept.as_ref().is_some_and(|old| old.path != settings.path) {
            self.file = None;
            self.numbers.forget();
        }
        self.kept = Some(settings);
    }

    /// The file that bears the name now, opened if it is another one than before.
    fn find_file(&mut self, settings: &AuditSettings) -> Result<(), String> {
        let path = &settings.path;
        if self.file.as_mut().is_some_and(|file| file.is_still_at(path)) {
            return Ok(());
        }
        self.file = None;
        let file = File::open(path, settings.mode)?;
        if !self.numbers.are_known() {
            let last = file.last_line().or_else(|| file::last_line_at(&rotate::nth(path, 1)));
            self.numbers.follow(last.as_deref().unwrap_or_default());
        }
        self.file = Some(file);
        Ok(())
    }

    /// Takes from the front of `lines` what has been written, which is all of it unless something fails.
    fn write_lines(&mut self, settings: &AuditSettings, lines: &mut &[u8], now: Wall) -> Result<(), String> {
        while !lines.is_empty() || self.numbers.lost() > 0 {
            let file = self.file.as_mut().ok_or("no file")?;
            let room = if settings.max_size == 0 || self.overfull {
                u64::MAX
            } else {
                settings.max_size.saturating_sub(file.size())
            };
            let piece = self.numbers.compose(lines, room, now);
            if piece.bytes.len() as u64 > room && file.size() > 0 {
                self.rotate(settings)?;
                continue;
            }
            file.append(&piece.bytes).map_err(|errno| file::trouble(&settings.path, "written", errno))?;
            *lines = &lines[piece.taken..];
            self.unwritten = false;
            if let Some(lost) = self.numbers.written(&piece) {
                (self.tell)(AuditRecord::Gap { lost });
            }
        }
        Ok(())
    }

    fn rotate(&mut self, settings: &AuditSettings) -> Result<(), String> {
        match rotate::make_way(&settings.path, settings.keep) {
            Ok(()) => {
                self.unrenamed = false;
                self.find_file(settings)
            }
            Err(errno) => {
                self.overfull = true;
                if !replace(&mut self.unrenamed, true) {
                    let why = file::trouble(&settings.path, "renamed, and outgrows audit.max_size", errno);
                    (self.tell)(AuditRecord::Trouble { why });
                }
                Ok(())
            }
        }
    }

    /// Everything that came, as far as the file takes it; gives back how many lines it did not take.
    fn write_batch(&mut self, settings: &AuditSettings, batch: &Batch) -> u64 {
        let mut lines = &batch.lines[..];
        self.overfull = false;
        let written =
            self.find_file(settings).and_then(|()| self.write_lines(settings, &mut lines, batch.now));
        let lost = numbers::count(lines);
        self.numbers.lose(lost + batch.missed);
        // What the queue had no room for is told of at once: the file works.
        let told = written.and_then(|()| self.write_lines(settings, &mut &[][..], batch.now));
        if let Err(why) = told
            && !replace(&mut self.unwritten, true)
        {
            (self.tell)(AuditRecord::Trouble { why });
        }
        lost
    }
}

impl Pen for Ledger {
    fn write(&mut self, batch: &Batch) -> u64 {
        let order = self.desk.take();
        if let Some(Order::Keep(settings)) = &order {
            self.keep(settings.clone());
        }
        let lost = self.kept.clone().map_or(0, |settings| self.write_batch(&settings, batch));
        if matches!(order, Some(Order::Close)) {
            (self.kept, self.file) = (None, None);
            self.numbers.forget();
        }
        lost
    }
}

impl fmt::Debug for Ledger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ledger").field("kept", &self.kept).field("file", &self.file).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
