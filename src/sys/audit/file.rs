//! The file that lines are added to: a plain file and nothing else. What is added stands there whole or not at all, and
//! half a line that a crash has left is ended before the next begins.

use nix::errno::Errno as Known;
use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, Stat, fchmod, fstat, fstatvfs, ftruncate, open, statat,
};
use rustix::io::{Errno, pread, write};
use std::os::fd::OwnedFd;
use std::path::Path;

/// Longer than any line: argv, folder, executable and group are 4 KiB each, and a byte takes six at most.
const TAIL: u64 = 128 << 10;

/// Room below which a disk that was full still counts as full: or a short line would fit here and there, and each
/// would be told of as the end of the trouble.
const SOME_ROOM: u64 = 16 << 10;

#[derive(Debug)]
pub(super) struct File {
    fd: OwnedFd,
    size: u64,
    /// Its last line has no end.
    torn: bool,
}

impl File {
    /// Opens the file of that name, and makes it if there is none. Says why not in words for an operator.
    pub(super) fn open(path: &Path, mode: u32) -> Result<File, String> {
        let failed = |errno| trouble(path, "opened", errno);
        let flags = OFlags::RDWR | OFlags::APPEND | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        // Opening a device, a FIFO even, may do something: it is looked at before.
        let fd = match statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => {
                plain(path, &stat)?;
                open(path, flags, Mode::empty()).map_err(failed)?
            }
            Err(Errno::NOENT) => {
                let new = flags | OFlags::CREATE | OFlags::EXCL;
                let fd = open(path, new, Mode::RUSR | Mode::WUSR).map_err(failed)?;
                fchmod(&fd, Mode::from_raw_mode(mode)).map_err(failed)?;
                fd
            }
            Err(errno) => return Err(failed(errno)),
        };
        let stat = fstat(&fd).map_err(failed)?;
        plain(path, &stat)?;
        let size = stat.st_size.unsigned_abs();
        let torn = tail(&fd, size, 1).is_some_and(|last| last != b"\n");
        Ok(File { fd, size, torn })
    }

    /// Whether it still bears that name. Others may have renamed it, removed it, or cut it off where it is.
    pub(super) fn is_still_at(&mut self, path: &Path) -> bool {
        let (Ok(ours), Ok(theirs)) = (fstat(&self.fd), statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW)) else {
            return false;
        };
        self.size = ours.st_size.unsigned_abs();
        (ours.st_dev, ours.st_ino) == (theirs.st_dev, theirs.st_ino)
    }

    pub(super) fn is_on_a_full_disk(&self) -> bool {
        fstatvfs(&self.fd).is_ok_and(|disk| disk.f_bavail.saturating_mul(disk.f_frsize) < SOME_ROOM)
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// After a failure it has to be opened anew.
    pub(super) fn append(&mut self, piece: &[u8]) -> Result<(), Errno> {
        let end: &[u8] = if self.torn { b"\n" } else { b"" };
        let all = [end, piece].concat();
        let mut rest = &all[..];
        while !rest.is_empty() {
            match write(&self.fd, rest) {
                Err(Errno::INTR) => {}
                Ok(written) if written > 0 => rest = &rest[written..],
                failed => {
                    self.take_back((all.len() - rest.len()) as u64);
                    return Err(failed.err().unwrap_or(Errno::IO));
                }
            }
        }
        self.torn = false;
        Ok(())
    }

    /// Half a piece is worth nothing: others would take its end for the beginning of the next. Where even this fails,
    /// its last line is ended when the file is opened again.
    fn take_back(&self, written: u64) {
        if written > 0
            && let Ok(stat) = fstat(&self.fd)
        {
            let _ = ftruncate(&self.fd, stat.st_size.unsigned_abs().saturating_sub(written));
        }
    }

    /// Its last line that has an end.
    pub(super) fn last_line(&self) -> Option<Vec<u8>> {
        last_line(&tail(&self.fd, self.size, TAIL)?)
    }
}

/// The same of a file that is only looked at.
pub(super) fn last_line_at(path: &Path) -> Option<Vec<u8>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let stat = statat(CWD, path, AtFlags::SYMLINK_NOFOLLOW).ok()?;
    plain(path, &stat).ok()?;
    let fd = open(path, flags, Mode::empty()).ok()?;
    last_line(&tail(&fd, stat.st_size.unsigned_abs(), TAIL)?)
}

fn tail(fd: &OwnedFd, size: u64, most: u64) -> Option<Vec<u8>> {
    let length = size.min(most);
    let mut bytes = vec![0; length as usize];
    let read = pread(fd, &mut bytes, size - length).ok()?;
    bytes.truncate(read);
    Some(bytes).filter(|bytes| !bytes.is_empty())
}

fn last_line(bytes: &[u8]) -> Option<Vec<u8>> {
    let end = bytes.iter().rposition(|&byte| byte == b'\n')?;
    bytes[..end].rsplit(|&byte| byte == b'\n').next().map(<[u8]>::to_vec)
}

fn plain(path: &Path, stat: &Stat) -> Result<(), String> {
    let what = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => return Ok(()),
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a FIFO",
        FileType::Directory => "a folder",
        FileType::Socket => "a socket",
        _ => "a device",
    };
    Err(format!("{} is {what} and is left alone: audit.path must be a plain file", path.display()))
}

/// What failed, and what helps against it.
pub(super) fn trouble(path: &Path, what: &str, errno: Errno) -> String {
    let known = Known::from_raw(errno.raw_os_error());
    let remedy = match known {
        Known::ENOSPC | Known::EDQUOT => "; make room",
        Known::ENOENT | Known::ENOTDIR => "; its folder is missing: make it",
        Known::EACCES | Known::EPERM | Known::EROFS => {
            "; name an audit.path this service may write to (ReadWritePaths= of the unit)"
        }
        _ => "",
    };
    let path = path.display();
    format!("{path} cannot be {what}: {known:?} ({}){remedy}", known.desc())
}
