//! What interrupted saves leave beside the state file.

use super::Place;
use rustix::fs::{AtFlags, Dir, Mode, OFlags, open, unlinkat};
use rustix::io::Errno;
use rustix::process::{Pid, getpid, test_kill_process};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

/// Removes what interrupted saves left: ours by the pid in their name when that process is gone, and the one name that
/// the older service used.
pub(super) fn clear(place: &Place) {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let Ok(folder) = open(&place.folder, flags, Mode::empty()) else { return };
    let Ok(entries) = Dir::read_from(&folder) else { return };
    let (ours, theirs) = (place.beside(".", ".tmp-"), place.beside("", ".tmp"));
    for entry in entries.flatten() {
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        let pid = name.as_bytes().strip_prefix(ours.as_bytes()).and_then(|pid| str::from_utf8(pid).ok());
        let abandoned = pid.and_then(|pid| pid.parse().ok()).and_then(Pid::from_raw).is_some_and(is_gone);
        if abandoned || name == theirs {
            let _ = unlinkat(&folder, name, AtFlags::empty());
        }
    }
}

fn is_gone(pid: Pid) -> bool {
    pid == getpid() || test_kill_process(pid) == Err(Errno::SRCH)
}
