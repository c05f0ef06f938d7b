//! A full file makes way: it becomes `PATH.1`, the one of that name `PATH.2`, and so on; the oldest goes.

use rustix::fs::{AtFlags, CWD, rename, statat, unlink};
use rustix::io::Errno;
use std::path::{Path, PathBuf};

pub(super) fn nth(path: &Path, n: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{n}"));
    name.into()
}

/// Only files below the first free number move up: when the last step fails, trying again pushes none out.
pub(super) fn make_way(path: &Path, keep: u32) -> Result<(), Errno> {
    if keep == 0 {
        return unlink(path);
    }
    let is_free = |n: &u32| statat(CWD, nth(path, *n), AtFlags::SYMLINK_NOFOLLOW).err() == Some(Errno::NOENT);
    let free = (1..keep).find(is_free).unwrap_or(keep);
    for n in (1..free).rev() {
        rename(nth(path, n), nth(path, n + 1))?;
    }
    rename(path, nth(path, 1))
}
