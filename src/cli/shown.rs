//! Values as people read them: short, and never with a byte in it that a terminal would obey. Pure.

use crate::model::text::Escaped;
use crate::model::{Bytes, Human};
use serde_json::{Map, Value};
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

/// What stands where nothing is known.
pub(super) const NOTHING: &str = "-";

/// Text of somebody else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown<'a>(pub(super) &'a str);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Escaped(self.0.as_bytes()).fmt(f)
    }
}

pub(super) fn or_nothing(value: Option<impl Display>) -> String {
    value.map_or_else(|| NOTHING.into(), |value| value.to_string())
}

/// Seconds as the service tells them; what cannot be a duration is none.
pub(super) fn duration(seconds: f64) -> String {
    Duration::try_from_secs_f64(seconds).map_or_else(|_| NOTHING.into(), |time| Human(time).to_string())
}

/// Cores, in percent of one.
pub(super) fn percent(cores: f64) -> String {
    format!("{:.1}", cores * 100.0)
}

/// The limits that are set, as one would set them.
pub(super) fn limits(limits: &Map<String, Value>) -> String {
    let set = limits.iter().filter(|(_, value)| !value.is_null()).map(|(key, value)| {
        let (name, value) = match (key.as_str(), value.as_u64()) {
            ("cpu_quota", Some(percent)) => ("cpu", format!("{percent}%")),
            ("cpu_weight", Some(weight)) => ("weight", weight.to_string()),
            ("memory_limit", Some(limit)) => ("mem", Bytes(limit).to_string()),
            (key, Some(size)) if key.starts_with("memory_") => (key, Bytes(size).to_string()),
            (key, _) => (key, scalar(value)),
        };
        format!("{}={value}", Shown(name))
    });
    let set: Vec<String> = set.collect();
    if set.is_empty() { NOTHING.into() } else { set.join(" ") }
}

/// A value of any kind, on one line.
pub(super) fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => Shown(text).to_string(),
        other => Shown(&other.to_string()).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn limits_are_shown_as_one_would_set_them() {
        let set = json!({ "cpu_quota": 150, "cpu_weight": null, "memory_limit": 2u64 << 30, "nice": 5, "io\u{7}": "x\ny" });
        assert_eq!(limits(set.as_object().unwrap()), "cpu=150% io\\u{7}=x\\ny mem=2GiB nice=5");
        assert_eq!(limits(&Map::new()), "-");
        assert_eq!(
            (duration(-1.0), duration(f64::NAN), duration(192.4)),
            ("-".into(), "-".into(), "3m12s".into())
        );
        assert_eq!(percent(1.505), "150.5");
    }
}
