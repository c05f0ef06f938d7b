//! The root has one owner: two services below one root would take each other's jobs for left-overs. The claim is a lock on
//! a file of the root's own, so that it is met wherever that root is seen from, and ends with its holder.

use super::prepare::open_or_make;
use super::{Governor, files, root};
use crate::sys::lock::{Holder, Lock, Refusal};
use rustix::fs::{AtFlags, statat};
use rustix::io::Errno;
use std::ffi::CStr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// Only who may write to the group can open the first, and so lock us out; before 5.14 there is none such.
const LOCKED: [&CStr; 2] = [c"cgroup.kill", c"cgroup.max.depth"];

/// Of a group that was removed and made again the number is another.
#[derive(Debug)]
pub(super) struct Claim {
    inode: u64,
    _lock: Lock,
}

impl Governor {
    /// Makes this process the owner of the root, or says who is. Where nothing can be governed there is nothing to own:
    /// `Prepare` will say why.
    pub fn claim(&mut self, configured: Option<&Path>) -> Result<(), String> {
        let Some((path, dir)) = self.root_folder(configured, true) else { return Ok(()) };
        let inode = |name: &CStr| Some(statat(&dir, name, AtFlags::empty()).ok()?.st_ino);
        let Some((name, inode)) = LOCKED.iter().find_map(|name| Some((*name, inode(name)?))) else {
            return Ok(());
        };
        // Opening and closing it once more would give the lock away.
        if self.claim.as_ref().is_some_and(|claim| claim.inode == inode) {
            return Ok(());
        }
        let Ok(file) = files::open_to_write(&dir, name) else { return Ok(()) };
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
        let (path, dir) = self.root_folder(configured, false)?;
        let file = LOCKED
            .iter()
            .map(|name| files::open_to_write(&dir, *name))
            .find(|file| !matches!(file, Err(Errno::NOENT)));
        Some((path, Lock::holder(file?.ok()?).ok()??))
    }

    /// The root's own group; made where it is missing, ours to make and asked for.
    fn root_folder(&self, configured: Option<&Path>, may_make: bool) -> Option<(PathBuf, OwnedFd)> {
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
