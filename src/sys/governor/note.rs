//! The note on a job's group, kept in one of its extended attributes: who was put there, where from and under which
//! limits. It survives the service, so adoption and release need nothing else; it is checked before it is believed.

use crate::model::{FileName, Identity, Limits, Overrides, Pid, StartTime, Wall};
use rustix::fs::{XattrFlags, fgetxattr, fsetxattr};
use rustix::io::Errno;
use std::fmt::Write;
use std::os::fd::AsFd;
use std::sync::Arc;

const NAME: &std::ffi::CStr = c"user.ffrtmp.job";

/// The first word. Words may be added under it; a change of what is there needs another.
const VERSION: &[u8] = b"1";

/// The kernel's own bound on an attribute.
const LARGEST: usize = 65_536;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    pub identity: Identity,
    pub boot: String,
    pub command: Arc<str>,
    /// The group it was taken from, as /proc/PID/cgroup showed it.
    pub origin: Vec<u8>,
    pub parent: Pid,
    pub parent_name: FileName,
    pub attached_at: Wall,
    pub limits: Limits,
    /// What of them an operator has set.
    pub set: Overrides,
    /// Tighter or not, those of the groups it left: they bind whatever `limits` become.
    pub kept: Limits,
}

impl Note {
    pub(super) fn write_to(&self, group: impl AsFd) -> Result<(), Errno> {
        fsetxattr(group, NAME, self.encode().as_bytes(), XattrFlags::empty())
    }

    /// `None` when there is none, or none that can be understood.
    pub(super) fn read_from(group: impl AsFd) -> Option<Note> {
        let mut text = vec![0; 4096];
        let length = match fgetxattr(&group, NAME, &mut text[..]) {
            Err(Errno::RANGE) => {
                text.resize(LARGEST, 0);
                fgetxattr(&group, NAME, &mut text[..])
            }
            result => result,
        };
        Note::decode(text.get(..length.ok()?)?)
    }

    /// Whether a group bears this note and no other; a group that is gone bears none.
    pub(super) fn stands_on(&self, group: impl AsFd) -> bool {
        let mut text = [0; 1024];
        match fgetxattr(&group, NAME, &mut text[..]) {
            Ok(length) => text[..length] == *self.encode().as_bytes(),
            Err(Errno::RANGE) => Note::read_from(group).as_ref() == Some(self),
            Err(_) => false,
        }
    }

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
        let limits = [
            ("cpu_quota", self.limits.cpu_quota.map(u64::from)),
            ("cpu_weight", self.limits.cpu_weight.map(u64::from)),
            ("memory_limit", self.limits.memory_limit),
            ("set_cpu_quota", self.set.cpu_quota.map(u64::from)),
            ("set_cpu_weight", self.set.cpu_weight.map(u64::from)),
            ("set_memory_limit", self.set.memory_limit),
            ("kept_cpu_quota", self.kept.cpu_quota.map(u64::from)),
            ("kept_memory_limit", self.kept.memory_limit),
        ];
        for (key, value) in limits.into_iter().filter_map(|(key, value)| Some((key, value?))) {
            number(key, value.into());
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
        text
    }

    pub fn decode(text: &[u8]) -> Option<Note> {
        let mut words = text.split(|&b| b == b' ');
        if words.next()? != VERSION {
            return None;
        }
        let words: Vec<(&[u8], &[u8])> = words.map(|word| split(word)).collect::<Option<_>>()?;
        let find = |key: &str| Some(words.iter().find(|(name, _)| *name == key.as_bytes())?.1);
        let bytes = |key: &str| unescape(find(key)?);
        let string = |key: &str| String::from_utf8(bytes(key)?).ok();
        // An absent limit is no limit; one that is no number makes the whole note doubtful.
        let limit = |key: &str| find(key).map_or(Some(None), |digits| number(digits).map(Some));
        Some(Note {
            identity: Identity { pid: Pid(number(find("pid")?)?), start: StartTime(number(find("start")?)?) },
            boot: string("boot")?,
            command: string("command")?.into(),
            origin: bytes("origin")?,
            parent: Pid(number(find("parent")?)?),
            // A name that no file can have was not written by us.
            parent_name: Some(FileName::new(&bytes("parent_name")?)).filter(|name| !name.is_cut())?,
            attached_at: Wall(number(find("attached_at")?)?),
            limits: Limits {
                cpu_quota: narrow(limit("cpu_quota")?)?,
                cpu_weight: narrow(limit("cpu_weight")?)?,
                memory_limit: limit("memory_limit")?,
            },
            set: Overrides {
                cpu_quota: narrow(limit("set_cpu_quota")?)?,
                cpu_weight: narrow(limit("set_cpu_weight")?)?,
                memory_limit: limit("set_memory_limit")?,
            },
            kept: Limits {
                cpu_quota: narrow(limit("kept_cpu_quota")?)?,
                cpu_weight: None,
                memory_limit: limit("kept_memory_limit")?,
            },
        })
    }
}

fn split(word: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = word.iter().position(|&b| b == b'=')?;
    Some((&word[..at], &word[at + 1..]))
}

fn number<T: std::str::FromStr>(digits: &[u8]) -> Option<T> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn narrow(value: Option<u64>) -> Option<Option<u32>> {
    value.map(u32::try_from).transpose().ok()
}

fn escape(bytes: &[u8], into: &mut String) {
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-_./:@+,".contains(&byte) {
            into.push(char::from(byte));
        } else {
            let _ = write!(into, "%{byte:02x}");
        }
    }
}

fn unescape(text: &[u8]) -> Option<Vec<u8>> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::option;
    use proptest::prelude::*;

    fn notes() -> impl Strategy<Value = Note> {
        let numbers = (any::<u32>(), any::<u64>(), any::<u32>(), any::<i64>());
        let texts = (any::<String>(), any::<String>(), vec(any::<u8>(), 0..300), vec(any::<u8>(), 0..255));
        let limits = || (option::of(any::<u32>()), option::of(any::<u32>()), option::of(any::<u64>()));
        (numbers, texts, limits(), limits(), limits()).prop_map(
            |((pid, start, parent, at), (boot, command, origin, name), limits, set, kept)| Note {
                identity: Identity { pid: Pid(pid), start: StartTime(start) },
                boot,
                command: command.into(),
                origin,
                parent: Pid(parent),
                parent_name: FileName::new(&name),
                attached_at: Wall(at),
                limits: Limits { cpu_quota: limits.0, cpu_weight: limits.1, memory_limit: limits.2 },
                set: Overrides { cpu_quota: set.0, cpu_weight: set.1, memory_limit: set.2 },
                kept: Limits { cpu_quota: kept.0, cpu_weight: None, memory_limit: kept.2 },
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(note in notes()) {
            let text = note.encode();
            prop_assert!(text.bytes().all(|b| b == b' ' || b.is_ascii_graphic()));
            prop_assert_eq!(Note::decode(text.as_bytes()), Some(note));
        }

        #[test]
        fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..300)) {
            let _ = Note::decode(&[b"1 ", &bytes[..]].concat());
        }
    }

    const PLAIN: &str = "1 pid=42 start=7 parent=1 attached_at=5 cpu_quota=150 boot=b-1 command=ffmpeg origin=/a parent_name=sh";

    #[test]
    fn the_text_is_kept_stable() {
        let note = Note::decode(PLAIN.as_bytes()).expect("understood");
        assert_eq!(note.encode(), PLAIN);
        assert_eq!(note.limits, Limits { cpu_quota: Some(150), ..Limits::default() });
        assert!(note.set.is_empty(), "an earlier release knew nothing of it");
    }

    #[test]
    fn words_of_a_later_version_are_passed_over_and_another_version_is_not_believed() {
        assert_eq!(Note::decode(format!("{PLAIN} io_weight=5").as_bytes()), Note::decode(PLAIN.as_bytes()));
        assert_eq!(Note::decode(PLAIN.replacen('1', "2", 1).as_bytes()), None);
    }

    #[test]
    fn a_damaged_note_is_none() {
        for (from, to) in
            [("pid=42", "pid=x"), ("start=7 ", ""), ("quota=150", "quota=1e9"), ("/a", "%2"), ("/a", "%zz")]
        {
            assert_eq!(Note::decode(PLAIN.replace(from, to).as_bytes()), None, "{to}");
        }
        assert_eq!(Note::decode(format!("{PLAIN}{}", "h".repeat(254)).as_bytes()), None);
    }
}
