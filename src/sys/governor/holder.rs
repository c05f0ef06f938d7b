//! A step aside: the only process of the jobs' unit leaves the unit's own group for a leaf, since the kernel enables
//! controllers beside a process, not above it.

use super::prepare::move_to_leaf;
use super::{Governor, files};

const LEAF: &str = "holder";

impl Governor {
    /// Moves our own process from the group it was started in to a leaf of that group.
    pub fn step_aside(&self) -> Result<(), String> {
        let (mount, top) = self.find(None)?;
        let group =
            self.proc.cgroup(self.proc.own).map_err(|errno| format!("our own cgroup is unknown: {errno}"))?;
        let shown = String::from_utf8_lossy(&group).into_owned();
        let below = mount.below(&group).filter(|below| !below.is_empty());
        let below = below.ok_or_else(|| format!("{shown} is not a group that was made for this unit"))?;
        let dir = files::open_folder(&top, below).map_err(|errno| format!("{shown}: {errno}"))?;
        move_to_leaf(&self.proc, &dir, LEAF).map_err(|errno| {
            format!("{shown}/{LEAF} cannot be entered: {errno}; the unit needs Delegate=yes")
        })
    }
}
