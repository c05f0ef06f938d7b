//! One json object on one line, field by field: what json logs and the audit log are made of. It is the serializer that
//! a record's fields are written to, so both show the same fields.

use slog::{Key, Serializer};
use std::fmt::{Arguments, Display};
use std::io::Write;

/// An object under construction. Writing to memory cannot fail, so results of it are not looked at.
pub(super) struct Object(Vec<u8>);

impl Object {
    pub(super) fn open() -> Object {
        Object(b"{".to_vec())
    }

    /// As one line.
    pub(super) fn close(mut self) -> Vec<u8> {
        self.0.extend_from_slice(b"}\n");
        self.0
    }

    pub(super) fn string(&mut self, key: &str, value: &str) {
        self.key(key);
        let _ = serde_json::to_writer(&mut self.0, value);
    }

    pub(super) fn bare(&mut self, key: &str, value: impl Display) {
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

    /// The time of a line, which stands at the head already.
    fn emit_i64(&mut self, _: Key, _: i64) -> slog::Result {
        Ok(())
    }
}
