//! The journal drain: journald's native protocol, one datagram a line, sent without waiting. The datagram is addressed by
//! path each time, so a journald that was restarted is found again by itself; one that is away or cannot keep up costs
//! the line, which is counted and said with the next that gets through.

use super::stamp;
use slog::{Drain, KV, Key, Level, Never, OwnedKVList, Record, Serializer};
use std::fmt::{Arguments, Display};
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

pub(super) const SOCKET: &str = "/run/systemd/journal/socket";

/// A datagram fits the usual send buffer (208 KiB) with the few values that can grow this long.
const LONGEST_VALUE: usize = 32 << 10;
/// And where the buffer is smaller, the sentence alone still gets through.
const SHORT_VALUE: usize = 2 << 10;

#[derive(Debug)]
pub(super) struct Journal {
    socket: UnixDatagram,
    path: PathBuf,
    dropped: AtomicU64,
    /// Of those, how many the journal has been told of.
    told: AtomicU64,
}

/// Whether anybody receives there: systemd holds the socket even while journald itself is away.
pub(super) fn listens(path: &Path) -> io::Result<()> {
    UnixDatagram::unbound()?.connect(path)
}

impl Journal {
    pub(super) fn open() -> io::Result<Journal> {
        Journal::at(SOCKET.into())
    }

    pub(super) fn at(path: PathBuf) -> io::Result<Journal> {
        let socket = UnixDatagram::unbound()?;
        socket.set_nonblocking(true)?;
        Ok(Journal { socket, path, dropped: AtomicU64::new(0), told: AtomicU64::new(0) })
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    fn send(&self, entry: &Entry) -> bool {
        loop {
            match self.socket.send_to(&entry.0, &self.path) {
                Ok(_) => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
    }

    fn tell_of_dropped(&self) {
        let dropped = self.dropped();
        let untold = dropped - self.told.load(Ordering::Relaxed);
        if untold == 0 {
            return;
        }
        let mut entry = Entry::new(Level::Warning, super::dropped_sentence(untold), SHORT_VALUE);
        entry.own("event", "log_dropped");
        entry.own("dropped", untold);
        if self.send(&entry) {
            self.told.store(dropped, Ordering::Relaxed);
        }
    }
}

impl Drain for Journal {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, _: &OwnedKVList) -> Result<(), Never> {
        let mut entry = Entry::new(record.level(), record.msg(), LONGEST_VALUE);
        let _ = record.kv().serialize(record, &mut entry);
        // The notice goes first: the gap is before this line.
        self.tell_of_dropped();
        if !self.send(&entry) && !self.send(&Entry::new(record.level(), record.msg(), SHORT_VALUE)) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// The fields of one datagram: `KEY=value\n`, or `KEY\n`, length and value where that holds a newline.
struct Entry(Vec<u8>);

impl Entry {
    fn new(level: Level, sentence: impl Display, longest: usize) -> Entry {
        let mut entry = Entry(Vec::with_capacity(512));
        let priority = match level {
            Level::Critical => "2",
            Level::Error => "3",
            Level::Warning => "4",
            Level::Info => "6",
            Level::Debug | Level::Trace => "7",
        };
        entry.field("MESSAGE", sentence, longest);
        entry.field("PRIORITY", priority, longest);
        entry.field("SYSLOG_IDENTIFIER", "ffrtmp-watch", longest);
        entry
    }

    /// A field of ours: `job` becomes `FFRTMP_JOB`.
    fn own(&mut self, key: &str, value: impl Display) {
        self.field(&format!("FFRTMP_{}", key.to_ascii_uppercase()), value, LONGEST_VALUE);
    }

    fn field(&mut self, key: &str, value: impl Display, longest: usize) {
        let mut value = value.to_string();
        if value.len() > longest {
            value.truncate(value.floor_char_boundary(longest));
            value.push('…');
        }
        self.0.extend_from_slice(key.as_bytes());
        if value.contains('\n') {
            self.0.push(b'\n');
            self.0.extend_from_slice(&(value.len() as u64).to_le_bytes());
        } else {
            self.0.push(b'=');
        }
        self.0.extend_from_slice(value.as_bytes());
        self.0.push(b'\n');
    }
}

impl Serializer for Entry {
    fn emit_arguments(&mut self, key: Key, value: &Arguments<'_>) -> slog::Result {
        // The journal keeps its own time of reception, and of the sender's datagram.
        if key != stamp::KEY {
            self.own(key, value);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
