//! What ties a job to those who had its process before, as its note keeps it: the unit that it was moved out of, or what
//! stood on the group where it is governed in place. Both must outlive the service.

use super::note::words::{escape, number, unescape};
use crate::model::LimitKey;
use crate::model::foreign::Ending;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

const BEFORE: &str = "before_";

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Tie {
    /// The unit's group, as /proc/PID/cgroup shows it, and the kernel's number for it: a later one has another.
    Unit { ending: Ending, group: Vec<u8>, number: u64 },
    /// The number of the group it came from, where it still is, and what files of it said before we wrote to them.
    InPlace { number: u64, before: Before },
}

/// Files, in the kernel's own words.
pub type Before = BTreeMap<LimitKey, String>;

impl Tie {
    pub(super) fn encode(&self, text: &mut String) {
        let mut word = |key: &str, value: &[u8]| {
            let _ = write!(text, " {key}=");
            escape(value, text);
        };
        match self {
            Tie::Unit { ending: Ending { unit, signal, then }, group, number } => {
                word("unit", unit.as_bytes());
                word("unit_group", group);
                word("unit_number", number.to_string().as_bytes());
                word("unit_signal", signal.to_string().as_bytes());
                if let Some((last, after)) = then {
                    word("unit_last", last.to_string().as_bytes());
                    word("unit_timeout", after.as_micros().to_string().as_bytes());
                }
            }
            Tie::InPlace { number, before } => {
                word("place", number.to_string().as_bytes());
                before.iter().for_each(|(key, held)| word(&format!("{BEFORE}{key}"), held.as_bytes()));
            }
        }
    }

    /// `Err`: something of it cannot be understood.
    pub(super) fn decode<'a>(find: &impl Fn(&str) -> Option<&'a [u8]>) -> Result<Option<Tie>, Damaged> {
        let text = |key: &str| -> Result<String, Damaged> {
            String::from_utf8(unescape(find(key).ok_or(Damaged)?).ok_or(Damaged)?).map_err(|_| Damaged)
        };
        if let Some(place) = find("place") {
            let before = LimitKey::ALL.into_iter().map(|key| (key, format!("{BEFORE}{key}")));
            let before = before.filter(|(_, word)| find(word).is_some());
            let before = before.map(|(key, word)| Ok((key, text(&word)?))).collect::<Result<_, _>>()?;
            return Ok(Some(Tie::InPlace { number: number(place).ok_or(Damaged)?, before }));
        }
        if find("unit").is_none() {
            return Ok(None);
        }
        let group = unescape(find("unit_group").ok_or(Damaged)?).ok_or(Damaged)?;
        let signal = |key| find(key).and_then(number).filter(|signal| (1..=64).contains(signal));
        let after = find("unit_timeout").and_then(number).map(Duration::from_micros);
        let ending = Ending {
            unit: text("unit")?.into(),
            signal: signal("unit_signal").ok_or(Damaged)?,
            then: signal("unit_last").zip(after),
        };
        let number = find("unit_number").and_then(number).ok_or(Damaged)?;
        Ok(Some(Tie::Unit { ending, group, number }))
    }
}

#[derive(Debug)]
pub(super) struct Damaged;
