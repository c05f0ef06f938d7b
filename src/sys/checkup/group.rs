//! What a group can do on this kernel, by the files it has.

use rustix::fs::{AtFlags, CWD, Mode, OFlags, openat, statat};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

/// What a group that is not the top has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Group {
    pub(super) kill: bool,
    pub(super) freeze: bool,
    /// `None`: it has no memory controller to ask.
    pub(super) peak: Option<bool>,
}

impl Group {
    pub(super) fn look(group: impl AsFd) -> Group {
        let has = |file: &str| statat(&group, file, AtFlags::empty()).is_ok();
        Group {
            kill: has("cgroup.kill"),
            freeze: has("cgroup.freeze"),
            peak: has("memory.current").then(|| has("memory.peak")),
        }
    }

    /// Any group below the hierarchy's top: where none of ours can be made.
    pub(super) fn any_below(top: &Path) -> Option<Group> {
        let folders = std::fs::read_dir(top).ok()?.flatten().map(|entry| entry.path());
        let is_group = |path: &PathBuf| path.join("cgroup.procs").exists();
        let path = folders.filter(|path| path.is_dir()).find(is_group)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        openat(CWD, &path, flags, Mode::empty()).ok().map(Group::look)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(files: &[&str]) -> (tempfile::TempDir, Group) {
        let top = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(top.path().join("group")).expect("made");
        for file in ["cgroup.procs"].iter().chain(files) {
            std::fs::write(top.path().join("group").join(file), "").expect("written");
        }
        let group = Group::any_below(top.path()).expect("found");
        (top, group)
    }

    #[test]
    fn files_of_a_group_tell_what_it_can_do() {
        let (folder, bare) = group(&[]);
        assert_eq!(bare, Group { kill: false, freeze: false, peak: None });
        assert_eq!(Group::any_below(&folder.path().join("group")), None);
        let (_folder, newer) = group(&["cgroup.kill", "cgroup.freeze", "memory.current", "memory.peak"]);
        assert_eq!(newer, Group { kill: true, freeze: true, peak: Some(true) });
        let (_folder, older) = group(&["memory.current"]);
        assert_eq!(older.peak, Some(false));
    }
}
