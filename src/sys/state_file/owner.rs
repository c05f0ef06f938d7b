//! One service to a state file: of two, each would replace what the other has saved. What is locked is a file beside it,
//! since the state file itself is another one after each save.

use super::{Place, save};
use crate::sys::lock::{Holder, Lock, Refusal};
use rustix::fs::{CWD, Mode, OFlags, openat};
use std::path::Path;

/// `Ok(None)`: no lock can be had there. Such a place can hardly be saved to either, and that is said when it is tried.
pub fn claim(path: &Path) -> Result<Option<Lock>, Holder> {
    let place = Place::of(path);
    let flags = OFlags::RDWR | OFlags::CREATE | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = save::folder(&place)
        .and_then(|folder| openat(folder, place.beside(".", ".lock"), flags, Mode::RUSR | Mode::WUSR));
    match file.map(Lock::take) {
        Ok(Ok(lock)) => Ok(Some(lock)),
        Ok(Err(Refusal::Held(holder))) => Err(holder),
        Ok(Err(Refusal::Impossible(_))) | Err(_) => Ok(None),
    }
}

/// Who has claimed it, as far as we may ask. Nothing is made and nothing taken.
pub fn owner(path: &Path) -> Option<Holder> {
    let place = Place::of(path);
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let lock = place.folder.join(place.beside(".", ".lock"));
    Lock::holder(openat(CWD, lock, flags, Mode::empty()).ok()?).ok()?
}
