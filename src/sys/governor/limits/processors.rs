//! Lists of processors have two ways of their own. The kernel keeps a list of which it grants nothing, and it takes back
//! no list from a group in which somebody lives: such a group is given all that the group above has instead.

use super::files;
use crate::model::cpus::Cpus;
use rustix::io::Errno;
use std::os::fd::AsFd;

/// All that a group can have.
pub(super) fn all(group: impl AsFd) -> Result<String, Errno> {
    let text = files::read_all(group, c"../cpuset.cpus.effective")?;
    Ok(String::from_utf8_lossy(&text).trim_end().to_owned())
}

/// Whether this list leaves out nothing.
pub(super) fn are_all(group: impl AsFd, held: &str) -> bool {
    let all = all(group).ok().and_then(|all| Cpus::parse(&all));
    all.is_some_and(|all| Cpus::parse(held).is_some_and(|held| held.contains(&all)))
}

/// Whether the kernel grants no others than were asked for; `Err`: those it does grant.
pub(super) fn granted(group: impl AsFd, asked: &str) -> Result<(), String> {
    let granted = files::read_all(group, c"cpuset.cpus.effective").unwrap_or_default();
    let granted = String::from_utf8_lossy(&granted).trim_end().to_owned();
    match (Cpus::parse(asked), Cpus::parse(&granted)) {
        (Some(asked), Some(granted)) if asked.contains(&granted) => Ok(()),
        _ => Err(granted),
    }
}
