//! A record as the service sends it, a gap, or the end: shown as one line, its fields in the order they were given. Pure.

use crate::cli::shown::Shown;
use crate::model::Wall;
use crate::model::text::OneLine;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;
use std::fmt::{self, Display, Formatter};

/// What the words of events are padded to.
const WIDTH: usize = 16;

pub(super) struct Line<'t> {
    text: &'t str,
    /// Empty if it is none of ours.
    fields: Vec<(String, Value)>,
}

impl<'t> Line<'t> {
    pub(super) fn read(text: &'t str) -> Line<'t> {
        let fields = serde_json::from_str(text).map_or_else(|_| Vec::new(), |Fields(fields)| fields);
        Line { text, fields }
    }

    fn get(&self, key: &str) -> Option<&Value> {
        self.fields.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(super) fn is_end(&self) -> bool {
        self.get("end").is_some()
    }

    /// The number up to which everything is told.
    pub(super) fn last_seq(&self) -> Option<u64> {
        self.get("seq").or_else(|| self.get("gap")?.get("last"))?.as_u64()
    }
}

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(gap) = self.get("gap") {
            return write!(f, "-- records {} to {} are no longer held", gap["first"], gap["last"]);
        }
        let (Some(seq), Some(event)) = (self.last_seq(), self.get("event").and_then(Value::as_str)) else {
            return write!(f, "{}", Shown(self.text));
        };
        let time = self.get("time").and_then(|time| Wall::parse(time.as_str()?));
        let time = time.map_or_else(|| "-".into(), |time| time.millis().to_string());
        let event = Shown(event).to_string();
        write!(f, "{seq:>5}  {time}  {event:<WIDTH$}")?;
        let rest = self.fields.iter().filter(|(key, _)| !["seq", "time", "event"].contains(&key.as_str()));
        for (key, value) in rest {
            write!(f, " {}={}", Shown(key), Word(value))?;
        }
        Ok(())
    }
}

/// A value with its ends to be seen. The service has escaped what is foreign in it.
struct Word<'v>(&'v Value);

impl Display for Word<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Some(text) = self.0.as_str() else { return write!(f, "{}", Shown(&self.0.to_string())) };
        let text = OneLine(text).to_string();
        if text.is_empty() || text.contains([' ', '"']) {
            write!(f, "\"{}\"", text.replace('"', "\\\""))
        } else {
            f.write_str(&text)
        }
    }
}

/// An object as it is written: a map would have its fields sorted.
struct Fields(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Fields, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Fields, M::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        from.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_a_line_of_its_time_its_event_and_its_fields_in_their_order() {
        let text = r#"{"seq":7,"time":"2026-08-01T12:34:56.789012345Z","event":"attached","pid":42,"job":"auto-ffmpeg-42","origin":"/a b","took":0.5,"why":""}"#;
        let line = Line::read(text);
        assert_eq!(
            line.to_string(),
            "    7  2026-08-01T12:34:56.789Z  attached         pid=42 job=auto-ffmpeg-42 origin=\"/a b\" took=0.5 why=\"\""
        );
        assert_eq!((line.last_seq(), line.is_end()), (Some(7), false));
    }

    #[test]
    fn gaps_and_the_end_are_told_apart_and_what_is_foreign_is_shown_as_text() {
        let gap = Line::read(r#"{"gap":{"first":3,"last":9}}"#);
        assert_eq!(
            (gap.to_string().as_str(), gap.last_seq()),
            ("-- records 3 to 9 are no longer held", Some(9))
        );
        assert!(Line::read(r#"{"end":true}"#).is_end());
        assert_eq!(Line::read("no json \u{1b}").to_string(), "no json \\u{1b}");
        let hostile = Line::read(r#"{"seq":1,"event":"x","command":"a\u001b[31m\\n\"q\" b"}"#);
        assert!(
            hostile.to_string().ends_with(r#"x                command="a\u{1b}[31m\n\"q\" b""#),
            "{hostile}"
        );
    }
}
