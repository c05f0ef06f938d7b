//! The json drain: one object a line with `ts`, `level`, `msg` (the same sentence as text has) and the record's fields.

use super::line::level_name;
use super::stamp;
use crate::model::Wall;
use crate::sys::scribe::Scribe;
use slog::{Drain, KV, Key, Level, Never, OwnedKVList, Record, Serializer};
use std::fmt::{Arguments, Display};
use std::io::Write;
use std::sync::Arc;

#[derive(Debug)]
pub(super) struct Json(pub(super) Arc<Scribe>);

impl Drain for Json {
    type Ok = ();
    type Err = Never;

    fn log(&self, record: &Record<'_>, _: &OwnedKVList) -> Result<(), Never> {
        let now = stamp::of(record);
        let mut object = Object::open(now, record.level(), record.msg());
        let _ = record.kv().serialize(record, &mut object);
        self.0.push(now, &object.close());
        Ok(())
    }
}

/// How this format says that lines are missing.
pub(super) fn notice(now: Wall, dropped: u64) -> Vec<u8> {
    let mut object = Object::open(now, Level::Warning, super::dropped_sentence(dropped));
    object.string("event", "log_dropped");
    object.bare("dropped", dropped);
    object.close()
}

/// An object under construction. Writing to memory cannot fail, so results of it are not looked at.
struct Object(Vec<u8>);

impl Object {
    fn open(now: Wall, level: Level, sentence: impl Display) -> Object {
        let mut object = Object(b"{".to_vec());
        object.string("ts", &now.millis().to_string());
        object.string("level", level_name(level));
        object.string("msg", &sentence.to_string());
        object
    }

    fn close(mut self) -> Vec<u8> {
        self.0.extend_from_slice(b"}\n");
        self.0
    }

    fn string(&mut self, key: &str, value: &str) {
        self.key(key);
        let _ = serde_json::to_writer(&mut self.0, value);
    }

    fn bare(&mut self, key: &str, value: impl Display) {
        self.key(key);
        let _ = write!(self.0, "{value}");
    }

    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        let _ = serde_json::to_writer(&mut self.0, key);
        self.0.push(b':');
    }
}

impl Serializer for Object {
    fn emit_arguments(&mut self, key: Key, value: &Arguments<'_>) -> slog::Result {
        self.string(key, &value.to_string());
        Ok(())
    }

    fn emit_bool(&mut self, key: Key, value: bool) -> slog::Result {
        self.bare(key, value);
        Ok(())
    }

    fn emit_i32(&mut self, key: Key, value: i32) -> slog::Result {
        self.bare(key, value);
        Ok(())
    }

    fn emit_u32(&mut self, key: Key, value: u32) -> slog::Result {
        self.bare(key, value);
        Ok(())
    }

    fn emit_u64(&mut self, key: Key, value: u64) -> slog::Result {
        self.bare(key, value);
        Ok(())
    }

    fn emit_usize(&mut self, key: Key, value: usize) -> slog::Result {
        self.bare(key, value);
        Ok(())
    }

    /// Json has no infinities; our numbers are durations and have none either.
    fn emit_f64(&mut self, key: Key, value: f64) -> slog::Result {
        self.bare(key, if value.is_finite() { value } else { 0.0 });
        Ok(())
    }

    /// The time, which stands at the head already.
    fn emit_i64(&mut self, _: Key, _: i64) -> slog::Result {
        Ok(())
    }
}
