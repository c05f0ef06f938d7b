//! A note ⇄ its text: which words it has. What it does not need to say it does not say, and what an earlier release did not
//! know is missing there.

use super::Note;
use super::words::{Words, escape, number, put, unescape};
use crate::model::{FileName, Identity, LimitKey, Made, Maker, Pid, StartTime, Wall};
use crate::sys::governor::homes::Homes;
use crate::sys::governor::priorities::Originals;
use crate::sys::governor::tie::Tie;
use std::fmt::Write;

/// Before the keys of what an operator has set, and of what binds besides.
const SET: &str = "set_";
const KEPT: &str = "kept_";

/// Before those of what the kernel has refused.
const UNHELD: &str = "unheld_";

/// Before those of what processes had, and of where others than the main one came from.
const HAD: &str = "had_";
const FROM: &str = "from_";
/// Who made it, where it was not the policy; before the keys of what it was given then.
const MADE_BY: &str = "made_by";
const GIVEN: &str = "given_";

impl Note {
    /// Words of `key=value`; a value that could be mistaken for more than one word is written in `%XX`.
    pub fn encode(&self) -> String {
        let mut text = String::with_capacity(256);
        text.push('1');
        let mut number = |key: &str, value: i128| {
            // Writing to a string does not fail.
            let _ = write!(text, " {key}={value}");
        };
        number("pid", self.identity.pid.0.into());
        number("start", self.identity.start.0.into());
        number("parent", self.parent.0.into());
        number("attached_at", self.attached_at.0.into());
        if self.names_users {
            number("names_users", 1);
        }
        self.unheld.iter().for_each(|key| number(&format!("{UNHELD}{key}"), 1));
        self.originals.words().for_each(|(word, value)| number(&format!("{HAD}{word}"), value.into()));
        if self.sockets > 0 {
            number("sockets", self.sockets as i128);
        }
        self.limits.iter().for_each(|(key, amount)| put(&mut text, "", key, Some(amount)));
        self.set.iter().for_each(|(key, amount)| put(&mut text, SET, key, amount));
        self.kept.iter().for_each(|(key, amount)| put(&mut text, KEPT, key, Some(amount)));
        if let Some(Made { by, limits }) = &self.made {
            let _ = write!(text, " {MADE_BY}={}", by.name());
            limits.iter().for_each(|(key, amount)| put(&mut text, GIVEN, key, amount));
        }
        let words = [
            ("boot", self.boot.as_bytes()),
            ("command", self.command.as_bytes()),
            ("origin", &self.origin),
            ("parent_name", self.parent_name.as_bytes()),
        ];
        for (key, value) in words {
            text.push(' ');
            text.push_str(key);
            text.push('=');
            escape(value, &mut text);
        }
        for (word, home) in self.homes.words() {
            let _ = write!(text, " {FROM}{word}=");
            escape(home, &mut text);
        }
        if let Some(tie) = &self.tie {
            tie.encode(&mut text);
        }
        text
    }

    pub fn decode(text: &[u8]) -> Option<Note> {
        let words = Words::of(text)?;
        let mut originals = Originals::default();
        // Of a limit of tomorrow nothing was changed by us.
        words.below(HAD).for_each(|(word, value)| {
            number(value).map(|value| originals.read(&word, value));
        });
        let mut homes = Homes::default();
        words.below(FROM).for_each(|(word, home)| {
            unescape(home).map(|home| homes.read(&word, home));
        });
        Some(Note {
            identity: Identity { pid: Pid(words.number("pid")?), start: StartTime(words.number("start")?) },
            boot: words.string("boot")?,
            command: words.string("command")?.into(),
            origin: words.bytes("origin")?,
            parent: Pid(words.number("parent")?),
            // A name that no file can have was not written by us.
            parent_name: Some(FileName::new(&words.bytes("parent_name")?)).filter(|name| !name.is_cut())?,
            attached_at: Wall(words.number("attached_at")?),
            limits: words.limits("")?,
            unheld: LimitKey::ALL
                .into_iter()
                .filter(|key| words.find(&format!("{UNHELD}{key}")).is_some())
                .collect(),
            set: words.overrides(SET)?,
            kept: words.limits(KEPT)?,
            names_users: words.find("names_users").is_some(),
            originals,
            homes,
            sockets: words.find("sockets").map_or(Some(0), number)?,
            made: words.find(MADE_BY).map_or(Some(None), |by| made(by, &words).map(Some))?,
            tie: Tie::decode(&|key| words.find(key)).ok()?,
        })
    }
}

fn made(by: &[u8], words: &Words<'_>) -> Option<Made> {
    let by = Maker::ALL.into_iter().find(|maker| maker.name().as_bytes() == by)?;
    Some(Made { by, limits: words.overrides(GIVEN)? })
}
