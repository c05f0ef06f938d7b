//! Reading the state file, and setting a damaged one aside.

use super::Place;
use crate::model::Wall;
use crate::model::record::{Record, StateRecord};
use crate::model::state::Memory;
use crate::model::state::json::{self, Decoded, Refusal};
use nix::errno::Errno as Known;
use rustix::fs::{CWD, FileType, Mode, OFlags, RenameFlags, fstat, open, renameat, renameat_with};
use rustix::io::Errno;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Larger than any state of ours: a quarter of a million processes.
const LARGEST: u64 = 64 << 20;

#[derive(Debug, PartialEq)]
pub enum Load {
    Absent,
    /// `left_out`: pieces of it that could not be read.
    Loaded {
        memory: Memory,
        left_out: Vec<String>,
    },
    /// `set_aside_as` is unknown where it was not tried or did not work.
    Damaged {
        set_aside_as: Option<PathBuf>,
        why: String,
    },
    Newer {
        version: String,
    },
    Unreadable {
        errno: i32,
        why: String,
    },
}

/// Reads and changes nothing: also for those who only want to know.
pub fn read(path: &Path) -> Load {
    let text = match text(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Load::Absent,
        Err(error) => {
            let errno = error.raw_os_error().unwrap_or(0);
            let known = Known::from_raw(errno);
            let why = if errno == 0 { error.to_string() } else { format!("{known:?} ({})", known.desc()) };
            return Load::Unreadable { errno, why };
        }
    };
    if text.len() as u64 > LARGEST {
        return Load::Damaged { set_aside_as: None, why: format!("it is larger than {} MiB", LARGEST >> 20) };
    }
    match json::decode(&text) {
        Ok(Decoded { memory, left_out }) => Load::Loaded { memory, left_out },
        Err(Refusal::Damaged(why)) => Load::Damaged { set_aside_as: None, why },
        Err(Refusal::Newer(version)) => Load::Newer { version },
    }
}

/// One byte more than is allowed tells a file that is too large. A pipe or a terminal in its place must not hang us.
fn text(path: &Path) -> io::Result<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = open(path, flags, Mode::empty())?;
    match FileType::from_raw_mode(fstat(&file)?.st_mode) {
        FileType::RegularFile => {}
        FileType::Directory => return Err(io::Error::from_raw_os_error(libc::EISDIR)),
        _ => return Err(io::Error::other("it is not a regular file")),
    }
    let mut text = Vec::new();
    File::from(file).take(LARGEST + 1).read_to_end(&mut text)?;
    Ok(text)
}

/// Renames the damaged file to a name that nothing has yet.
pub(super) fn set_aside(place: &Place, now: Wall) -> Option<PathBuf> {
    let stamp = now.compact();
    (1..100).find_map(|n| {
        let again = if n == 1 { String::new() } else { format!("-{n}") };
        let aside = place.folder.join(place.beside("", &format!(".damaged-{stamp}{again}")));
        let done = match renameat_with(CWD, place.path(), CWD, &aside, RenameFlags::NOREPLACE) {
            // A file system that cannot promise it: look first.
            Err(Errno::INVAL | Errno::NOSYS) if !aside.exists() => renameat(CWD, place.path(), CWD, &aside),
            done => done,
        };
        done.is_ok().then_some(aside)
    })
}

impl Load {
    /// What an operator is told of it.
    pub fn records(&self, path: &Path) -> Vec<Record> {
        let path = path.display();
        let trouble = |text: String| Record::State(StateRecord::Trouble { text });
        match self {
            Load::Absent => vec![],
            Load::Loaded { memory, left_out } => {
                let loaded =
                    StateRecord::Loaded { path: path.to_string(), processes: memory.processes.len() };
                let missing = (!left_out.is_empty()).then(|| {
                    trouble(format!(
                        "{path} holds what cannot be read and was left out: {}",
                        left_out.join(", ")
                    ))
                });
                [Record::State(loaded)].into_iter().chain(missing).collect()
            }
            Load::Damaged { set_aside_as: Some(aside), why } => {
                vec![trouble(format!("{path} is damaged ({why}), set aside as {}", aside.display()))]
            }
            Load::Damaged { set_aside_as: None, why } => {
                vec![trouble(format!(
                    "{path} is damaged ({why}) and could not be set aside; the next save replaces it"
                ))]
            }
            Load::Newer { version } => vec![trouble(format!(
                "{path} is of version {version}, which a newer release wrote: not read, not overwritten; \
                 upgrade this program, or move that file away"
            ))],
            Load::Unreadable { why, .. } => {
                vec![trouble(format!(
                    "{path} cannot be read: {why}; it is left as it is, and nothing will be saved"
                ))]
            }
        }
    }
}
