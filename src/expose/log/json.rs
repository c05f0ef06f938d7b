//! The json drain: one object a line with `ts`, `level`, `msg` (the same sentence as text has) and the record's fields.

use super::line::level_name;
use super::stamp;
use crate::expose::json::Object;
use crate::model::Wall;
use crate::sys::scribe::Scribe;
use slog::{Drain, KV, Level, Never, OwnedKVList, Record};
use std::fmt::Display;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Json(pub(super) Arc<Scribe>);

impl Drain for Json {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, _: &OwnedKVList) -> Result<(), Never> {
        let now = stamp::of(record);
        let mut object = head(now, record.level(), record.msg());
        let _ = record.kv().serialize(record, &mut object);
        self.0.push(now, &object.close());
        Ok(())
    }
}

/// How this format says that lines are missing.
pub(super) fn notice(now: Wall, dropped: u64) -> Vec<u8> {
    let mut object = head(now, Level::Warning, super::dropped_sentence(dropped));
    object.string("event", "log_dropped");
    object.bare("dropped", dropped);
    object.close()
}

fn head(now: Wall, level: Level, sentence: impl Display) -> Object {
    let mut object = Object::open();
    object.string("ts", &now.millis().to_string());
    object.string("level", level_name(level));
    object.string("msg", &sentence.to_string());
    object
}
