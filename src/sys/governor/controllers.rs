//! Enables the controllers that limits need, group by group from the top, and tells of each limit that cannot hold the
//! cause by its name. A group's children have no `cpu.max` at all unless this is done above them.

use super::files;
use super::missing::{self, Missing, Offer};
use super::process::Proc;
use crate::model::{LimitKey, Pid};
use crate::sys::disks::Disks;
use rustix::fs::{Access, AtFlags, accessat, statat};
use rustix::io::Errno;
use std::ffi::CStr;
use std::os::fd::{AsFd, OwnedFd};

/// One group on the way from the mount's top to the jobs.
#[derive(Debug)]
pub(super) struct Level {
    pub(super) path: String,
    pub(super) dir: OwnedFd,
    /// Why the kernel did not let us enable what was missing.
    pub(super) refused: Option<String>,
}

/// Whether this is the true top of the hierarchy, which alone may hold processes and enabled controllers at once.
pub(super) fn is_top(dir: impl AsFd) -> bool {
    statat(dir, c"cgroup.type", AtFlags::empty()).is_err_and(|errno| errno == Errno::NOENT)
}

/// Enables what is wanted, available and missing; the sentence says why not.
pub(super) fn enable(dir: impl AsFd, path: &str) -> Option<String> {
    let has = |file| words(&dir, file);
    let missing = missing::wanted(&has(c"cgroup.controllers"), &has(c"cgroup.subtree_control"));
    if missing.is_empty() {
        return None;
    }
    // Asked before the write, not after it: with processes inside, enabling cpu alone succeeds and turns the group into
    // a threaded domain, whose children nobody can be moved into.
    if let Some(why) = obstacle(&dir, path, None) {
        return Some(why);
    }
    let write = |names: &[&str]| {
        let text: String = names.iter().map(|name| format!("+{name} ")).collect();
        files::write_to(&dir, c"cgroup.subtree_control", text.trim_end().as_bytes())
    };
    // All at once is one walk of the hierarchy for the kernel; one by one saves what can be saved.
    write(&missing).err()?;
    let errors: Vec<Errno> = missing.iter().filter_map(|&name| write(&[name]).err()).collect();
    errors.first().map(|&errno| refused(path, errno, ""))
}

/// Why a group may not have controllers enabled: processes live in it. One that would step aside is no reason.
fn obstacle(dir: impl AsFd, path: &str, but: Option<Pid>) -> Option<String> {
    if is_top(&dir) {
        return None;
    }
    let others = |text: Vec<u8>| files::numbers(&text).filter(|&pid| Some(pid) != but).count();
    match files::read_all(&dir, c"cgroup.procs").map(others) {
        Ok(0) => None,
        Ok(1) => Some(refused(path, Errno::BUSY, ": 1 process lives in it")),
        Ok(many) => Some(refused(path, Errno::BUSY, &format!(": {many} processes live in it"))),
        Err(errno) => Some(refused(path, errno, "")),
    }
}

fn refused(path: &str, errno: Errno, why: &str) -> String {
    format!("subtree_control of {path} refused: {}{why}", name(errno))
}

/// The limits that cannot hold below the last level, each with its cause.
pub(super) fn cannot_hold(levels: &[Level], proc: &Proc) -> Vec<(LimitKey, Missing)> {
    let offers: Vec<Offer> = levels.iter().map(Level::offer).collect();
    // In every group but the top, which is none of ours.
    let has_file = |file: &CStr| levels.last().is_none_or(|jobs| has_file(jobs, file));
    missing::limits(&offers, proc, has_file, levels.first().is_some_and(|top| shares(&top.dir)))
}

/// Whether any disk is shared by weight. What iocost does is told at the true top alone; elsewhere it may be at work.
pub(super) fn shares(top: impl AsFd) -> bool {
    let costs = files::read_all(&top, c"io.cost.qos").map(|text| String::from_utf8_lossy(&text).into_owned());
    costs.map_or_else(|_| !is_top(&top), |text| text.contains("enable=1")) || Disks::default().any_has_bfq()
}

pub(super) fn has_file(level: &Level, file: &CStr) -> bool {
    statat(&level.dir, file, AtFlags::empty()).is_ok()
}

impl Level {
    /// As it stands.
    fn offer(&self) -> Offer {
        let has = |file| words(&self.dir, file);
        Offer {
            path: self.path.clone(),
            available: has(c"cgroup.controllers"),
            enabled: has(c"cgroup.subtree_control"),
            refused: self.refused.clone(),
        }
    }

    /// As `enable` would leave it, where that is ours to do: nothing is written. `above` is what the level above hands down.
    pub(super) fn foreseen(&self, ours: bool, above: Option<&Offer>, own: Pid) -> Offer {
        let mut offer = self.offer();
        if let Some(above) = above {
            offer.available.clone_from(&above.enabled);
        }
        let missing = offer.missing();
        if !ours || missing.is_empty() {
            return offer;
        }
        let may_write = accessat(&self.dir, c"cgroup.subtree_control", Access::WRITE_OK, AtFlags::EACCESS);
        offer.refused = obstacle(&self.dir, &self.path, Some(own))
            .or_else(|| Some(refused(&self.path, may_write.err()?, "")));
        if offer.refused.is_none() {
            offer.enable(&missing);
        }
        offer
    }
}

fn words(dir: impl AsFd, file: &CStr) -> String {
    String::from_utf8_lossy(&files::read_all(dir, file).unwrap_or_default()).into_owned()
}

/// The names of the errors that enabling is known to end with.
fn name(errno: Errno) -> String {
    match errno {
        Errno::BUSY => "EBUSY".into(),
        Errno::OPNOTSUPP => "EOPNOTSUPP".into(),
        Errno::NOENT => "ENOENT".into(),
        Errno::INVAL => "EINVAL".into(),
        Errno::ACCESS => "EACCES".into(),
        Errno::PERM => "EPERM".into(),
        Errno::ROFS => "EROFS".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// A group as the kernel would show it; files written to just hold what was written.
    fn group(folder: &Path, name: &str, controllers: &str, enabled: &str, procs: &str) -> Level {
        let path = folder.join(name);
        std::fs::create_dir_all(&path).expect("made");
        for (file, text) in [
            ("cgroup.controllers", controllers),
            ("cgroup.subtree_control", enabled),
            ("cgroup.procs", procs),
            ("cgroup.type", "domain\n"),
        ] {
            std::fs::write(path.join(file), text).expect("written");
        }
        let dir = files::open_folder(rustix::fs::CWD, &path).expect("opened");
        Level { path: name.into(), dir, refused: None }
    }

    fn subtree_control(folder: &Path, name: &str) -> String {
        std::fs::read_to_string(folder.join(name).join("cgroup.subtree_control")).expect("read")
    }

    #[test]
    fn what_is_available_and_missing_is_enabled() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let level = group(folder.path(), "g", "cpuset cpu io memory", "memory\n", "");
        assert_eq!(enable(&level.dir, &level.path), None);
        assert!(subtree_control(folder.path(), "g").starts_with("+io +cpu"));
    }

    #[test]
    fn a_populated_group_is_never_made_threaded() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let level = group(folder.path(), "g", "cpu", "", "17\n18\n");
        let why = enable(&level.dir, &level.path).expect("refused");
        assert_eq!(why, "subtree_control of g refused: EBUSY: 2 processes live in it");
        assert_eq!(subtree_control(folder.path(), "g"), "");
    }

    #[test]
    fn the_true_top_may_be_populated() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let level = group(folder.path(), "g", "cpu memory", "", "1\n");
        std::fs::remove_file(folder.path().join("g/cgroup.type")).expect("removed");
        assert_eq!(enable(&level.dir, &level.path), None);
        assert_eq!(subtree_control(folder.path(), "g"), "+memory +cpu");
    }
}
