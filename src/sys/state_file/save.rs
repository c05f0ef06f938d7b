//! Replacing the state file: a new one is written beside it, brought to disk and renamed over it, so that whoever reads,
//! whenever the machine dies, finds the old one or the new one whole.

use super::{Manner, Place};
use nix::errno::Errno as Known;
use rustix::fs::{AtFlags, Mode, OFlags, fchmod, fsync, open, openat, renameat, unlinkat};
use rustix::io::{Errno, write};
use rustix::process::getpid;
use std::ffi::OsStr;
use std::fmt;
use std::fs::DirBuilder;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SaveError {
    /// What is there must not be replaced.
    Refused {
        path: PathBuf,
        why: String,
    },
    Failed {
        step: SaveStep,
        path: PathBuf,
        errno: i32,
    },
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum SaveStep {
    Folder,
    Create,
    Write,
    Sync,
    Rename,
    SyncFolder,
}

impl SaveStep {
    pub fn name(self) -> &'static str {
        match self {
            SaveStep::Folder => "open folder",
            SaveStep::Create => "create temporary file",
            SaveStep::Write => "write",
            SaveStep::Sync => "sync",
            SaveStep::Rename => "rename",
            SaveStep::SyncFolder => "sync folder",
        }
    }
}

pub(super) fn replace(place: &Place, text: &[u8], manner: Manner) -> Result<(), SaveError> {
    let failed = |step, path: PathBuf| {
        move |errno: Errno| SaveError::Failed { step, path, errno: errno.raw_os_error() }
    };
    let folder = folder(place).map_err(failed(SaveStep::Folder, place.folder.clone()))?;
    let temporary = place.beside(".", &format!(".tmp-{}", getpid().as_raw_pid()));
    let steps = || {
        let beside = place.folder.join(&temporary);
        let file =
            create(&folder, &temporary, manner.mode).map_err(failed(SaveStep::Create, beside.clone()))?;
        write_all(&file, text).map_err(failed(SaveStep::Write, beside.clone()))?;
        if manner.sync {
            fsync(&file).map_err(failed(SaveStep::Sync, beside))?;
        }
        renameat(&folder, &temporary, &folder, &place.name).map_err(failed(SaveStep::Rename, place.path()))
    };
    if let Err(error) = steps() {
        let _ = unlinkat(&folder, &temporary, AtFlags::empty());
        return Err(error);
    }
    if manner.sync {
        fsync(&folder).map_err(failed(SaveStep::SyncFolder, place.folder.clone()))?;
    }
    Ok(())
}

/// The folder, made where it is missing.
pub(super) fn folder(place: &Place) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    match open(&place.folder, flags, Mode::empty()) {
        Err(Errno::NOENT) => {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(&place.folder);
            made.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
            open(&place.folder, flags, Mode::empty())
        }
        done => done,
    }
}

/// A file of that name that is new: one that an earlier process with our pid left, or a link laid there, is removed.
fn create(folder: &OwnedFd, name: &OsStr, mode: u32) -> Result<OwnedFd, Errno> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let file = match openat(folder, name, flags, Mode::RUSR | Mode::WUSR) {
        Err(Errno::EXIST) => {
            unlinkat(folder, name, AtFlags::empty())?;
            openat(folder, name, flags, Mode::RUSR | Mode::WUSR)?
        }
        done => done?,
    };
    fchmod(&file, Mode::from_raw_mode(mode))?;
    Ok(file)
}

fn write_all(file: impl AsFd, mut text: &[u8]) -> Result<(), Errno> {
    while !text.is_empty() {
        match write(&file, text) {
            Ok(0) => return Err(Errno::IO),
            Ok(written) => text = &text[written..],
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

impl fmt::Display for SaveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SaveError::Refused { path, why } => write!(f, "{} is not overwritten: {why}", path.display()),
            SaveError::Failed { step, path, errno } => {
                let known = Known::from_raw(*errno);
                write!(f, "not saved: {} {}: {known:?} ({})", step.name(), path.display(), known.desc())?;
                match known {
                    Known::ENOSPC | Known::EDQUOT => {
                        f.write_str("; the state saved before is still there, make room")
                    }
                    Known::EMFILE | Known::ENFILE => f.write_str("; raise LimitNOFILE of the service"),
                    Known::EACCES | Known::EPERM | Known::EROFS => {
                        f.write_str("; give --state-path a folder this service may write to")
                    }
                    _ => Ok(()),
                }
            }
        }
    }
}

impl std::error::Error for SaveError {}
