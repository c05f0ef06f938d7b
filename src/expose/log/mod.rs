//! The log: every record becomes one line, on stdout or in the journal. Nothing here ever waits for the reader of
//! the log: what it cannot take in time is dropped, counted, and said.

mod drifted;
mod field;
mod fields;
mod format;
mod hardship;
mod journal;
mod json;
pub(super) mod line;
mod neighbourly;
pub(super) mod phrase;
#[cfg(test)]
pub(super) mod samples;
mod sampling;
mod sentence;
mod stamp;
mod stream;
mod text;

pub use format::Format;
pub(super) use hardship::{Named, strained};
pub use phrase::Cause;
pub(super) use sampling::reason as shed_because;
pub use slog::Level;

use crate::config::policy::ArgvInLog;
use crate::model::Wall;
use crate::model::record::Record;
use crate::sys::scribe::Scribe;
use journal::Journal;
use line::Line;
use slog::{Drain, Logger, Never, OwnedKVList, o};
use std::fmt::Display;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use stream::Stream;

/// Owned by the event loop. Signals that a signalfd is to receive must be blocked before it is opened: its writer
/// thread inherits the mask.
#[derive(Debug)]
pub struct Log {
    logger: Logger,
    sink: Sink,
    level: Level,
    argv: ArgvInLog,
}

#[derive(Clone, Debug)]
enum Sink {
    Stream(Arc<Scribe>),
    Journal(Arc<Journal>),
}

/// Where lines can go that were meant for `format`: with no journal there, to stdout, and why.
pub fn reachable(format: Format) -> (Format, Option<String>) {
    match format {
        Format::Journal => journal::listens(Path::new(journal::SOCKET)).map_or_else(
            |error| {
                let why = format!(
                    "log.format: nobody listens at {} ({error}); the log goes to stdout as text",
                    journal::SOCKET
                );
                (Format::Text, Some(why))
            },
            |()| (format, None),
        ),
        Format::Text | Format::Json => (format, None),
    }
}

impl Log {
    /// The log of the service: stdout, or the journal's own socket.
    pub fn open(format: Format, level: Level, argv: ArgvInLog) -> io::Result<Log> {
        match format {
            Format::Journal => Ok(Log::to_journal(Journal::open()?, level, argv)),
            Format::Text | Format::Json => {
                let stdout = io::stdout().as_fd().try_clone_to_owned()?;
                Log::to_stream(format, stdout, level, argv)
            }
        }
    }

    /// A log in text or json to any descriptor; asked for the journal's form it writes text.
    pub fn to_stream(format: Format, to: OwnedFd, level: Level, argv: ArgvInLog) -> io::Result<Log> {
        let notice = if format == Format::Json { json::notice } else { text::notice };
        let scribe = Arc::new(Scribe::spawn("log", Stream::new(to, notice))?);
        let sink = Sink::Stream(Arc::clone(&scribe));
        let logger = match format {
            Format::Json => Logger::root(json::Json(scribe), o!()),
            Format::Text | Format::Journal => Logger::root(text::Text(scribe), o!()),
        };
        Ok(Log { logger, sink, level, argv })
    }

    /// A log to a journal that listens at `path`.
    pub fn to_journal_at(path: PathBuf, level: Level, argv: ArgvInLog) -> io::Result<Log> {
        Ok(Log::to_journal(Journal::at(path)?, level, argv))
    }

    fn to_journal(journal: Journal, level: Level, argv: ArgvInLog) -> Log {
        let journal = Arc::new(journal);
        let logger = Logger::root(Shared(Arc::clone(&journal)), o!());
        Log { logger, sink: Sink::Journal(journal), level, argv }
    }

    /// Says one record. Costs little more than a comparison when its level is not wanted.
    pub fn write(&self, now: Wall, record: &Record) {
        let level = line::level(record);
        if !level.is_at_least(self.level) {
            return;
        }
        let line = Line::new(now, record, self.argv);
        let place = slog::record_static!(level, "");
        self.logger.log(&slog::Record::new(&place, &format_args!("{line}"), slog::BorrowedKV(&line)));
    }

    /// A reload may change both.
    pub fn set(&mut self, level: Level, argv: ArgvInLog) {
        (self.level, self.argv) = (level, argv);
    }

    /// Lines that could not be written since the start.
    pub fn dropped(&self) -> u64 {
        match &self.sink {
            Sink::Stream(scribe) => scribe.dropped(),
            Sink::Journal(journal) => journal.dropped(),
        }
    }

    /// At the end: gives what is queued a bounded chance to be written; tells whether all of it was.
    pub fn flush(&self, timeout: Duration) -> bool {
        match &self.sink {
            Sink::Stream(scribe) => scribe.flush(timeout),
            Sink::Journal(_) => true,
        }
    }
}

/// A drain that the log keeps a hand on, for its counter.
#[derive(Debug)]
struct Shared(Arc<Journal>);

impl Drain for Shared {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &slog::Record<'_>, values: &OwnedKVList) -> Result<(), Never> {
        self.0.log(record, values)
    }
}

fn dropped_sentence(dropped: u64) -> impl Display {
    format!("[watch] {dropped} log lines dropped: their reader did not keep up")
}

#[cfg(test)]
mod tests;
