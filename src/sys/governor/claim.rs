//! Who works below the root stands in its door, a file of the root's own, so that it is met wherever that root is seen from.
//! The owner locks it for itself: two services below one root would take each other's jobs for left-overs. All hold it in
//! common, the owner and whoever visits, and only the last one to leave may take the root away. Both end with their holder.

use super::prepare::open_or_make;
use super::{Governor, files, root};
use crate::sys::lock::{Holder, Lock, Refusal};
use rustix::event::{Timespec, poll};
use rustix::fs::{AtFlags, FlockOperation, flock, statat};
use rustix::io::Errno;
use std::ffi::CStr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Only who may write to the group can open the first, and so lock us out; before 5.14 there is none such.
const DOORS: [&CStr; 2] = [c"cgroup.kill", c"cgroup.max.depth"];

/// Whoever leaves is gone in a moment. Before 5.14 anybody may lock the door: nobody is kept waiting longer than this in all.
const ATTEMPTS: usize = 100;
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };

struct Door {
    path: PathBuf,
    root: OwnedFd,
    name: &'static CStr,
    /// Of a group that was removed and made again it is another.
    inode: u64,
}

#[derive(Debug)]
pub(super) struct Claim {
    inode: u64,
    _lock: Lock,
}

/// As long as it lives, nobody who works as we do removes the root.
#[derive(Debug)]
pub(super) struct Presence(OwnedFd);

impl Presence {
    /// Ends it: whether nobody else is here, and nobody comes in before it is dropped.
    pub(super) fn ends_alone(&self) -> bool {
        flock(&self.0, FlockOperation::NonBlockingLockExclusive).is_ok()
    }
}

impl Governor {
    /// Makes this process the owner of the root, or says who is. Where nothing can be governed there is nothing to own:
    /// `Prepare` will say why.
    pub fn claim(&mut self, configured: Option<&Path>) -> Result<(), String> {
        if self.visits {
            return Ok(());
        }
        let held = |door: &Door| self.claim.as_ref().is_some_and(|claim| claim.inode == door.inode);
        // Opening and closing it once more would give the lock away.
        if self.door(configured, true).as_ref().is_some_and(held) {
            return Ok(());
        }
        let Some((Door { path, inode, .. }, Presence(file))) = self.enter(configured) else { return Ok(()) };
        match Lock::take(file) {
            Ok(lock) => self.claim = Some(Claim { inode, _lock: lock }),
            Err(Refusal::Held(holder)) => {
                return Err(format!("{} belongs to {holder}", path.display()));
            }
            Err(Refusal::Impossible(_)) => {}
        }
        Ok(())
    }

    /// Who has made itself the owner of the root, as far as we may ask.
    pub fn owner(&self, configured: Option<&Path>) -> Option<(PathBuf, Holder)> {
        let door = self.door(configured, false)?;
        let file = files::open_to_write(&door.root, door.name).ok()?;
        Some((door.path, Lock::holder(file).ok()??))
    }

    /// Comes to stay: the root, made where it is missing and ours to make, is not taken away by others who leave.
    fn enter(&self, configured: Option<&Path>) -> Option<(Door, Presence)> {
        let mut unlocked = None;
        for _ in 0..ATTEMPTS {
            // It may be removed between any two steps of ours.
            let door = self.door(configured, true).or_else(|| self.door(configured, true))?;
            let file = match files::open_to_write(&door.root, door.name) {
                Err(Errno::NOENT | Errno::NODEV) => continue,
                result => result.ok()?,
            };
            match flock(&file, FlockOperation::NonBlockingLockShared) {
                Ok(()) if door.inode_now() == Some(door.inode) => return Some((door, Presence(file))),
                Ok(()) => {}
                Err(_) => {
                    unlocked = Some((door, Presence(file)));
                    let _ = poll(&mut [], Some(&PAUSE));
                }
            }
        }
        unlocked
    }

    pub(super) fn presence(&self, configured: Option<&Path>) -> Option<Presence> {
        self.enter(configured).map(|(_, presence)| presence)
    }

    fn door(&self, configured: Option<&Path>, may_make: bool) -> Option<Door> {
        let (path, root) = self.root_folder(configured, may_make)?;
        let (name, inode) = DOORS.iter().find_map(|name| Some((*name, inode(&root, name)?)))?;
        Some(Door { path, root, name, inode })
    }

    /// The root's own group; made where it is missing, ours to make and asked for.
    pub(super) fn root_folder(
        &self,
        configured: Option<&Path>,
        may_make: bool,
    ) -> Option<(PathBuf, OwnedFd)> {
        self.proc_is_ours().ok()?;
        let (mount, mut dir) = self.find(configured).ok()?;
        let root = root::choose(configured, &mount, &self.roots.run).ok()?;
        let mut levels = root::levels(&root);
        levels.pop();
        for (group, ours) in levels {
            dir = open_or_make(&dir, &group, ours && may_make).ok()?;
        }
        Some((mount.point.join(root), dir))
    }
}

impl Door {
    fn inode_now(&self) -> Option<u64> {
        inode(&self.root, self.name)
    }
}

fn inode(root: &OwnedFd, name: &CStr) -> Option<u64> {
    Some(statat(root, name, AtFlags::empty()).ok()?.st_ino)
}
