//! A record as the service sends it, a gap, or the end: shown as one line. Pure.

use crate::cli::shown::Shown;
use crate::model::Wall;
use crate::model::text::OneLine;
use serde_json::Value;
use std::fmt::{self, Display, Formatter};

/// What the words of events are padded to.
const WIDTH: usize = 16;

pub(super) struct Line<'t> {
    text: &'t str,
    /// Null if it is none of ours.
    fields: Value,
}

impl<'t> Line<'t> {
    pub(super) fn read(text: &'t str) -> Line<'t> {
        Line { text, fields: serde_json::from_str(text).unwrap_or_default() }
    }

    pub(super) fn is_end(&self) -> bool {
        self.fields["end"] == true
    }

    /// The number up to which everything is told.
    pub(super) fn last_seq(&self) -> Option<u64> {
        let Line { fields, .. } = self;
        fields["seq"].as_u64().or_else(|| fields["gap"]["last"].as_u64())
    }
}

impl Display for Line<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Line { fields, text } = self;
        if let Some(gap) = fields.get("gap") {
            return write!(f, "-- records {} to {} are no longer held", gap["first"], gap["last"]);
        }
        let known = (fields["seq"].as_u64(), fields["event"].as_str(), fields["msg"].as_str());
        let (Some(seq), Some(event), Some(sentence)) = known else { return Shown(text).fmt(f) };
        let time = fields["time"].as_str().and_then(Wall::parse);
        let time = time.map_or_else(|| "-".into(), |time| time.millis().to_string());
        // The service has escaped what is foreign in its sentence.
        let sentence = OneLine(sentence.strip_prefix("[watch] ").unwrap_or(sentence));
        let event = Shown(event).to_string();
        write!(f, "{seq:>5}  {time}  {event:<WIDTH$}  {sentence}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_a_line_of_its_number_its_time_its_event_and_its_sentence() {
        let text = r#"{"seq":7,"time":"2026-08-01T12:34:56.789012345Z","level":"info","msg":"[watch] Attached PID 42","event":"attached","pid":42}"#;
        let line = Line::read(text);
        assert_eq!(line.to_string(), "    7  2026-08-01T12:34:56.789Z  attached          Attached PID 42");
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
        let hostile = Line::read(r#"{"seq":1,"event":"x","msg":"a\u001b[31m\\n \n b"}"#);
        assert!(hostile.to_string().ends_with(r"x                 a\u{1b}[31m\n; b"), "{hostile}");
    }
}
