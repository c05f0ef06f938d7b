//! Small files of cgroupfs and /proc: read whole, written in one call, folders listed. Each knows how those file
//! systems differ from a disk: one write is one command, and a size is not known before the end is met.

use super::process::{FOLDER, READ};
use crate::model::Pid;
use rustix::fs::{Mode, OFlags, RawDir, openat};
use rustix::io::{Errno, read, retry_on_intr, write};
use rustix::path::Arg;
use std::ffi::{CStr, CString};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

/// The whole of a file, however long.
pub(super) fn read_all(dir: impl AsFd, name: impl Arg) -> Result<Vec<u8>, Errno> {
    let fd = openat(dir, name, READ, Mode::empty())?;
    let mut text = vec![0; 4096];
    let mut length = 0;
    loop {
        if length == text.len() {
            text.resize(2 * length, 0);
        }
        match retry_on_intr(|| read(&fd, &mut text[length..]))? {
            0 => break,
            more => length += more,
        }
    }
    text.truncate(length);
    Ok(text)
}

pub(super) fn open_to_write(dir: impl AsFd, name: impl Arg) -> Result<OwnedFd, Errno> {
    openat(dir, name, OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())
}

pub(super) fn write_to(dir: impl AsFd, name: impl Arg, text: &[u8]) -> Result<(), Errno> {
    put(open_to_write(dir, name)?, text)
}

/// One command to the kernel: it takes all of it or refuses.
pub(super) fn put(fd: impl AsFd, text: &[u8]) -> Result<(), Errno> {
    retry_on_intr(|| write(&fd, text)).map(drop)
}

pub(super) fn open_folder(dir: impl AsFd, name: impl Arg) -> Result<OwnedFd, Errno> {
    openat(dir, name, FOLDER, Mode::empty())
}

/// The names in a folder, those of itself and its parent left out.
pub(super) fn names(dir: impl AsFd) -> Result<Vec<CString>, Errno> {
    listed(dir, |entry| !entry.file_type().is_file())
}

/// The numbers of the processes in a group; threads of a process that is half in it come as 0 and are left out.
pub(super) fn pids(group: impl AsFd) -> Result<Vec<Pid>, Errno> {
    let text = read_all(group, c"cgroup.procs")?;
    Ok(numbers(&text).filter(|pid| pid.0 != 0).collect())
}

/// Every number of a text that is nothing but numbers and white space.
pub(super) fn numbers(text: &[u8]) -> impl Iterator<Item = Pid> {
    let words = text.split(u8::is_ascii_whitespace);
    words.filter_map(|word| std::str::from_utf8(word).ok()?.parse().ok().map(Pid))
}

fn listed(
    dir: impl AsFd,
    wanted: impl Fn(&rustix::fs::RawDirEntry<'_>) -> bool,
) -> Result<Vec<CString>, Errno> {
    // A descriptor of our own: reading moves the place, and the caller's may be kept for years.
    let dir = open_folder(dir, c".")?;
    let mut buffer = [MaybeUninit::uninit(); 4096];
    let mut entries = RawDir::new(&dir, &mut buffer);
    let mut names = Vec::new();
    while let Some(entry) = entries.next() {
        let entry = entry?;
        if !is_self_or_parent(entry.file_name()) && wanted(&entry) {
            names.push(entry.file_name().to_owned());
        }
    }
    Ok(names)
}

fn is_self_or_parent(name: &CStr) -> bool {
    name == c"." || name == c".."
}
