//! The audit log on disk: lines with consecutive numbers at the end of a file that others may rename, take away, or leave
//! no room for. A line stands there whole or not at all; lines that are missing are told of by a line in their place.
//! It runs on a thread of its own, where it may wait for the disk; it makes no line and knows none but that of a gap.

mod desk;
mod file;
mod numbers;
mod rotate;

use super::scribe::{Batch, Pen};
use crate::config::AuditSettings;
use crate::model::Wall;
use crate::model::record::AuditRecord;
use file::File;
use numbers::Numbers;
use rustix::io::Errno;
use std::fmt;
use std::mem::replace;

pub use desk::{Desk, Order};
pub use numbers::{GapLine, VERSION};

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
}

impl Ledger {
    pub fn new(desk: Desk, gap: GapLine, tell: Tell) -> Ledger {
        let numbers = Numbers::new(gap);
        Ledger { desk, tell, kept: None, file: None, numbers, unwritten: false, unrenamed: false }
    }

    fn keep(&mut self, settings: AuditSettings) {
        if self.kept.as_ref().is_some_and(|old| old.path != settings.path) {
            self.file = None;
            self.numbers.forget();
        }
        self.kept = Some(settings);
    }

    /// The file that bears the name now, opened if it is another one than before.
    fn find_file(&mut self, settings: &AuditSettings) -> Result<File, String> {
        let path = &settings.path;
        if let Some(mut file) = self.file.take()
            && file.is_still_at(path)
        {
            return Ok(file);
        }
        let file = File::open(path, settings.mode)?;
        if !self.numbers.are_known() {
            let last = file.last_line().or_else(|| file::last_line_at(&rotate::nth(path, 1)));
            self.numbers.follow(last.as_deref().unwrap_or_default());
        }
        Ok(file)
    }

    /// Takes from the front of `lines` what has been written, which is all of it unless something fails.
    fn write_lines(&mut self, settings: &AuditSettings, lines: &mut &[u8], now: Wall) -> Result<(), String> {
        let mut may_rotate = true;
        while !lines.is_empty() || self.numbers.lost() > 0 {
            let mut file = self.find_file(settings)?;
            let cannot = |errno| file::trouble(&settings.path, "written", errno);
            if self.unwritten && file.is_on_a_full_disk() {
                return Err(cannot(Errno::NOSPC));
            }
            let room = match settings.max_size {
                0 => u64::MAX,
                most => most.saturating_sub(file.size()),
            };
            let piece = self.numbers.compose(lines, room, now);
            if piece.bytes.len() as u64 > room && file.size() > 0 && may_rotate {
                // Whatever others do with these names: once for each piece is enough.
                may_rotate = false;
                self.rotate(settings);
                continue;
            }
            file.append(&piece.bytes).map_err(cannot)?;
            self.file = Some(file);
            *lines = &lines[piece.taken..];
            may_rotate = !self.unrenamed;
            self.unwritten = false;
            if let Some(lost) = self.numbers.written(&piece) {
                (self.tell)(AuditRecord::Gap { lost });
            }
        }
        Ok(())
    }

    /// A full file that cannot make way goes on growing.
    fn rotate(&mut self, settings: &AuditSettings) {
        let made = rotate::make_way(&settings.path, settings.keep);
        let was_said = replace(&mut self.unrenamed, made.is_err());
        if let Err(errno) = made
            && !was_said
        {
            let why = file::trouble(&settings.path, "renamed, and outgrows audit.max_size", errno);
            (self.tell)(AuditRecord::Trouble { why });
        }
    }

    /// Everything that came, as far as the file takes it; gives back how many lines it did not take.
    fn write_batch(&mut self, settings: &AuditSettings, batch: &Batch) -> u64 {
        let mut lines = &batch.lines[..];
        let written = self.write_lines(settings, &mut lines, batch.now);
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
