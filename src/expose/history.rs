//! The latest records, each with its sentence, as lines of json under consecutive numbers: what `events` streams and
//! the page shows. It holds a bounded number of bytes, and whoever comes too late for some of them is told which.

use super::json::Object;
use super::log::line::{Line, level, level_name};
use crate::config::policy::ArgvInLog;
use crate::model::Wall;
use crate::model::record::{Record, ScanSummary};
use std::collections::VecDeque;

/// Some thousands of records.
const MOST_BYTES: usize = 512 << 10;

#[derive(Debug)]
pub struct History {
    /// Without the newline.
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
    /// The number that the next record gets.
    next: u64,
    argv: ArgvInLog,
}

/// What there is behind a number.
#[derive(Debug)]
pub struct Since<'h> {
    /// Numbers of records that are no longer held: the first and the last.
    pub gap: Option<(u64, u64)>,
    pub lines: std::collections::vec_deque::Iter<'h, Vec<u8>>,
}

impl History {
    pub fn new(argv: ArgvInLog) -> History {
        History { lines: VecDeque::new(), bytes: 0, next: 1, argv }
    }

    /// A reload may change how much of a command line is shown: of those that come.
    pub fn set(&mut self, argv: ArgvInLog) {
        self.argv = argv;
    }

    pub fn note(&mut self, now: Wall, record: &Record) {
        if is_routine(record) {
            return;
        }
        let mut object = Object::open();
        object.bare("seq", self.next);
        object.string("time", &now.exact().to_string());
        let said = Line::new(now, record, self.argv);
        object.string("level", level_name(level(record)));
        object.string("msg", &said.to_string());
        let _ = said.write_fields(&mut object);
        let mut line = object.close();
        line.pop();
        line.shrink_to_fit();
        self.next += 1;
        self.bytes += line.len();
        self.lines.push_back(line);
        while self.bytes > MOST_BYTES
            && let Some(oldest) = self.lines.pop_front()
        {
            self.bytes -= oldest.len();
        }
    }

    /// The number of the last record.
    pub fn last(&self) -> u64 {
        self.next - 1
    }

    /// The records behind the one of this number; zero is before the first.
    pub fn since(&self, seq: u64) -> Since<'_> {
        let seq = seq.min(self.last());
        let lost = self.last() - self.lines.len() as u64;
        let gap = (seq < lost).then_some((seq + 1, lost));
        let behind = usize::try_from(seq.saturating_sub(lost)).unwrap_or(usize::MAX);
        Since { gap, lines: self.lines.range(behind.min(self.lines.len())..) }
    }
}

/// What says, many times an hour, that nothing has happened.
fn is_routine(record: &Record) -> bool {
    matches!(
        record,
        Record::Scanning
            | Record::AlreadyTracked { .. }
            | Record::ScanComplete(ScanSummary { full: false, new: 0, .. })
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(history: &History, seq: u64) -> (Option<(u64, u64)>, usize) {
        let since = history.since(seq);
        (since.gap, since.lines.len())
    }

    #[test]
    fn each_gets_a_number_and_routine_gets_none() {
        let mut history = History::new(ArgvInLog::Redacted);
        assert_eq!((history.last(), said(&history, 0)), (0, (None, 0)));
        for record in [Record::InitialScan, Record::Scanning, Record::Started] {
            history.note(Wall(0), &record);
        }
        assert_eq!(
            (said(&history, 0), said(&history, 1), said(&history, 2)),
            ((None, 2), (None, 1), (None, 0))
        );
        assert_eq!(said(&history, 77), (None, 0));
        let line = String::from_utf8(history.since(1).lines.next().unwrap().clone()).unwrap();
        assert!(
            line.starts_with(r#"{"seq":2,"time":"1970-"#)
                && line.contains(
                    r#","level":"info","msg":"[watch] Auto-attach service started","event":"started""#
                ),
            "{line}"
        );
    }

    #[test]
    fn the_oldest_make_room_and_their_numbers_are_told() {
        let mut history = History::new(ArgvInLog::Redacted);
        for n in 0..2000 {
            history.note(Wall(0), &Record::ConfigWarning { text: format!("{n}{}", "x".repeat(1000)) });
        }
        assert!(history.bytes <= MOST_BYTES);
        let (gap, left) = said(&history, 10);
        assert_eq!(gap, Some((11, 2000 - left as u64)));
        assert_eq!(said(&history, 2000 - left as u64), (None, left));
    }
}
