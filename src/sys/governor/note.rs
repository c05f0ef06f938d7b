//! The note on a job's group, kept in one of its extended attributes: who was put there, where from, under which limits,
//! and what processes had before. It survives the service, so adoption and release need nothing else; it is checked
//! before it is believed. `text` is how it is written down.

mod text;
pub(super) mod words;

use super::homes::Homes;
use super::priorities::{self, Originals};
use super::tie::Tie;
use crate::model::{FileName, Identity, LimitKey, Limits, Made, Overrides, Pid, Wall};
use rustix::fs::{XattrFlags, fgetxattr, fsetxattr};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::os::fd::AsFd;
use std::sync::Arc;

const NAME: &std::ffi::CStr = c"user.ffrtmp.job";

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
    /// The kernel has refused these: that they do not stand is nobody's doing.
    pub unheld: BTreeSet<LimitKey>,
    /// What of them an operator has set.
    pub set: Overrides,
    /// Tighter or not, those of the groups it left: they bind whatever `limits` become.
    pub kept: Limits,
    /// The rule names users: what processes carry by themselves may be lowered.
    pub names_users: bool,
    /// What they carried before.
    pub originals: Originals,
    /// Who was taken from elsewhere than the main process.
    pub homes: Homes,
    /// Open before the move, out of reach of network limits.
    pub sockets: usize,
    /// `None`: the policy made it.
    pub made: Option<Made>,
    pub tie: Option<Tie>,
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

    /// Whether one of these limits could be had before, or is another than it was: a refusal of it is news.
    pub(super) fn asks_anew(&self, key: LimitKey, limits: &Limits) -> bool {
        !self.unheld.contains(&key) || self.limits.get(key) != limits.get(key)
    }

    /// Whether who has more of it may be lowered. An operator who sets it means it.
    pub(super) fn may_lower(&self, key: LimitKey) -> bool {
        self.names_users || self.set.keys().any(|set| set == key)
    }

    pub(super) fn holds_priorities(&self) -> bool {
        priorities::keys().any(|key| self.limits.has(key))
    }

    /// The same for processes that are to carry nothing of ours any more.
    pub(super) fn without_priorities(&self) -> Note {
        let limits = priorities::keys().fold(self.limits.clone(), |limits, key| limits.with(key, None));
        Note { limits, ..self.clone() }
    }

    /// The same under the limits of an earlier one.
    pub(super) fn with_limits_of(&self, old: &Note) -> Note {
        let (limits, set, names_users) = (old.limits.clone(), old.set.clone(), old.names_users);
        Note { limits, set, names_users, ..self.clone() }
    }

    /// What nobody is held to any more has been given back to all.
    pub(super) fn forget_what_was_given_back(&mut self) {
        for key in priorities::keys().filter(|key| !self.limits.has(*key)) {
            self.originals.forget(key);
        }
    }
}

#[cfg(test)]
mod tests;
