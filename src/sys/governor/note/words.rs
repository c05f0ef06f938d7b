//! The words of a note: `key=value` each, in one line that begins with the version. A value that could be mistaken for more
//! than one word is written in `%XX`.

use crate::model::{Amount, LimitKey, Limits, Overrides};
use std::fmt::Write;
use std::str::FromStr;

/// The first word. Words may be added under it; a change of what is there needs another.
const VERSION: &[u8] = b"1";

/// A limit of the policy that was taken away.
const NONE: &str = "none";

/// As they were read, in no order that matters.
pub(super) struct Words<'t>(Vec<(&'t [u8], &'t [u8])>);

impl<'t> Words<'t> {
    /// `None`: another version, or no words.
    pub(super) fn of(text: &'t [u8]) -> Option<Words<'t>> {
        let mut words = text.split(|&b| b == b' ');
        if words.next()? != VERSION {
            return None;
        }
        words.map(split).collect::<Option<_>>().map(Words)
    }

    pub(super) fn find(&self, key: &str) -> Option<&'t [u8]> {
        Some(self.0.iter().find(|(name, _)| *name == key.as_bytes())?.1)
    }

    /// Those whose keys begin so, by what comes behind.
    pub(super) fn below(&self, before: &str) -> impl Iterator<Item = (String, &'t [u8])> {
        let behind =
            move |word: &[u8]| String::from_utf8(word.strip_prefix(before.as_bytes())?.to_vec()).ok();
        self.0.iter().filter_map(move |(word, value)| Some((behind(word)?, *value)))
    }

    pub(super) fn number<T: FromStr>(&self, key: &str) -> Option<T> {
        number(self.find(key)?)
    }

    pub(super) fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        unescape(self.find(key)?)
    }

    pub(super) fn string(&self, key: &str) -> Option<String> {
        String::from_utf8(self.bytes(key)?).ok()
    }

    /// An absent limit is no limit; one that cannot be understood makes the whole note doubtful.
    pub(super) fn limits(&self, before: &str) -> Option<Limits> {
        self.amounts(before).map(|(key, text)| Some((key, amount(key, text)?))).collect()
    }

    pub(super) fn overrides(&self, before: &str) -> Option<Overrides> {
        let read = |(key, text)| match text == NONE.as_bytes() {
            true => Some((key, None)),
            false => Some((key, Some(amount(key, text)?))),
        };
        self.amounts(before).map(read).collect()
    }

    fn amounts(&self, before: &str) -> impl Iterator<Item = (LimitKey, &'t [u8])> {
        LimitKey::ALL.into_iter().filter_map(move |key| Some((key, self.find(&format!("{before}{key}"))?)))
    }
}

/// Limits alone, for the note on the group above the jobs.
pub(in crate::sys::governor) fn encode_limits(limits: &Limits) -> String {
    let mut text = "1".to_owned();
    limits.iter().for_each(|(key, amount)| put(&mut text, "", key, Some(amount)));
    text
}

pub(in crate::sys::governor) fn decode_limits(text: &[u8]) -> Option<Limits> {
    Words::of(text)?.limits("")
}

pub(super) fn put(text: &mut String, before: &str, key: LimitKey, amount: Option<&Amount>) {
    let _ = write!(text, " {before}{key}=");
    match amount {
        Some(amount) => escape(amount.to_string().as_bytes(), text),
        None => text.push_str(NONE),
    }
}

fn split(word: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = word.iter().position(|&b| b == b'=')?;
    Some((&word[..at], &word[at + 1..]))
}

pub(in crate::sys::governor) fn number<T: FromStr>(digits: &[u8]) -> Option<T> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn amount(key: LimitKey, text: &[u8]) -> Option<Amount> {
    if key.is_number() {
        return number(text).map(Amount::Number);
    }
    Some(Amount::Words(String::from_utf8(unescape(text)?).ok()?.into()))
}

pub(in crate::sys::governor) fn escape(bytes: &[u8], into: &mut String) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_./:@+,".contains(&byte) {
            into.push(char::from(byte));
        } else {
            let _ = write!(into, "%{byte:02x}");
        }
    }
}

pub(in crate::sys::governor) fn unescape(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = [*rest.next()?, *rest.next()?];
                u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?
            }
            plain => plain,
        });
    }
    Some(bytes)
}
