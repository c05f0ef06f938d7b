//! The text drain: time, level, sentence; a line for people and for grep.

use super::line::level_name;
use super::stamp;
use crate::model::Wall;
use crate::sys::scribe::Scribe;
use slog::{Drain, Level, Never, OwnedKVList, Record};
use std::fmt::Display;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Text(pub(super) Arc<Scribe>);

impl Drain for Text {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, _: &OwnedKVList) -> Result<(), Never> {
        let now = stamp::of(record);
        self.0.push(now, &line(now, record.level(), record.msg()));
        Ok(())
    }
}

fn line(now: Wall, level: Level, sentence: impl Display) -> Vec<u8> {
    format!("{} {:<5} {sentence}\n", now.millis(), level_name(level).to_ascii_uppercase()).into_bytes()
}

/// How this format says that lines are missing.
pub(super) fn notice(now: Wall, dropped: u64) -> Vec<u8> {
    line(now, Level::Warning, super::dropped_sentence(dropped))
}
