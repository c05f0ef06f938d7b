//! The moment of a line on its way through slog, which has no place for one: it travels as the first field, `ts`,
//! and each drain takes it out and shows it in its own way.

use crate::model::Wall;
use slog::{KV, Key, Record, Result, Serializer};
use std::fmt::Arguments;

pub(super) const KEY: Key = "ts";

/// The time in the record's fields; the epoch when it has none.
pub(super) fn of(record: &Record<'_>) -> Wall {
    let mut found = Finder(Wall(0));
    let _ = record.kv().serialize(record, &mut found);
    found.0
}

struct Finder(Wall);

impl Serializer for Finder {
    fn emit_i64(&mut self, key: Key, value: i64) -> Result {
        if key == KEY {
            self.0 = Wall(value);
        }
        Ok(())
    }

    fn emit_arguments(&mut self, _: Key, _: &Arguments<'_>) -> Result {
        Ok(())
    }
}
