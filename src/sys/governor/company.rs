//! Who else lives in a group: limits are written to somebody else's group only where a target is alone there, with those
//! that descend from it.

use super::group;
use super::process::Proc;
use crate::model::Pid;
use rustix::io::Errno;
use std::os::fd::AsFd;

/// Nobody's ancestors are more.
const GENERATIONS: usize = 4096;

/// The first of a group that is none of these and descends from none of them.
pub(super) fn company(proc: &Proc, group: impl AsFd, of: &[Pid]) -> Result<Option<Pid>, Errno> {
    let members = group::members(proc, group)?;
    Ok(members.into_iter().find(|&member| !is_kin(proc, member, of)))
}

/// Those of a group that do.
pub(super) fn kin(proc: &Proc, group: impl AsFd, of: &[Pid]) -> Result<Vec<Pid>, Errno> {
    let mut members = group::members(proc, group)?;
    members.retain(|&member| is_kin(proc, member, of));
    Ok(members)
}

fn is_kin(proc: &Proc, pid: Pid, of: &[Pid]) -> bool {
    let mut next = pid;
    for _ in 0..GENERATIONS {
        match next {
            next if of.contains(&next) => return true,
            Pid(0 | 1) => return false,
            // It ended: it is no company any more.
            _ => match proc.stat(next, |stat| stat.ppid) {
                Ok(parent) => next = parent,
                Err(_) => return true,
            },
        }
    }
    false
}
