//! Enables the controllers that limits need, group by group from the top, and tells of each limit that cannot hold the
//! cause by its name. A group's children have no `cpu.max` at all unless this is done above them.

use super::files;
use super::process::Proc;
use crate::model::LimitKey;
use rustix::fs::{AtFlags, statat};
use rustix::io::Errno;
use std::os::fd::{AsFd, OwnedFd};

/// Memory first: where a group may not have a domain controller, enabling a threaded one would still succeed.
const WANTED: [&str; 2] = ["memory", "cpu"];

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
    let (available, enabled) = (has(c"cgroup.controllers"), has(c"cgroup.subtree_control"));
    let missing: Vec<&str> =
        WANTED.into_iter().filter(|name| contains(&available, name) && !contains(&enabled, name)).collect();
    if missing.is_empty() {
        return None;
    }
    let refused =
        |errno: Errno, why: String| Some(format!("subtree_control of {path} refused: {}{why}", name(errno)));
    // Asked before the write, not after it: with processes inside, enabling cpu alone succeeds and turns the group into
    // a threaded domain, whose children nobody can be moved into.
    if !is_top(&dir) {
        match files::read_all(&dir, c"cgroup.procs").map(|text| files::numbers(&text).count()) {
            Ok(0) => {}
            Ok(1) => return refused(Errno::BUSY, ": 1 process lives in it".into()),
            Ok(many) => return refused(Errno::BUSY, format!(": {many} processes live in it")),
            Err(errno) => return refused(errno, String::new()),
        }
    }
    let write = |names: &[&str]| {
        let text: String = names.iter().map(|name| format!("+{name} ")).collect();
        files::write_to(&dir, c"cgroup.subtree_control", text.trim_end().as_bytes())
    };
    // All at once is one walk of the hierarchy for the kernel; one by one saves what can be saved.
    write(&missing).err()?;
    let errors: Vec<Errno> = missing.iter().filter_map(|&name| write(&[name]).err()).collect();
    errors.first().and_then(|&errno| refused(errno, String::new()))
}

/// The limits that cannot hold below the last level, each with its cause.
pub(super) fn cannot_hold(levels: &[Level], proc: &Proc) -> Vec<(LimitKey, String)> {
    let v1 = files::read_all(&proc.dir, c"cgroups").unwrap_or_default();
    let cause = |key: LimitKey| Some((key, why_missing(key.controller(), levels, &v1)?));
    LimitKey::ALL.into_iter().filter_map(cause).collect()
}

/// The first level, from the top, at which the controller gets lost.
fn why_missing(controller: &str, levels: &[Level], v1: &[u8]) -> Option<String> {
    let lost = levels
        .iter()
        .position(|level| !contains(&words(&level.dir, c"cgroup.subtree_control"), controller))?;
    let level = &levels[lost];
    if contains(&words(&level.dir, c"cgroup.controllers"), controller) {
        let below = levels.get(lost + 1).unwrap_or(level);
        let not_given = || format!("the {controller} controller is not delegated to {}", below.path);
        return Some(level.refused.clone().unwrap_or_else(not_given));
    }
    Some(why_absent(controller, &level.path, v1))
}

/// Why the topmost group we see has no such controller, by `/proc/cgroups`: name, hierarchy, groups, enabled.
fn why_absent(controller: &str, top: &str, v1: &[u8]) -> String {
    let text = String::from_utf8_lossy(v1);
    let row = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    match row.into_iter().find(|row| row.first() == Some(&controller)).as_deref() {
        None => format!("this kernel has no {controller} controller"),
        Some([.., "0"]) => {
            format!("the {controller} controller is switched off on the kernel's command line")
        }
        Some([_, "0", ..]) => format!("the {controller} controller is not delegated to {top}"),
        Some(_) => format!("the {controller} controller is bound to cgroup v1"),
    }
}

fn words(dir: impl AsFd, file: &std::ffi::CStr) -> String {
    String::from_utf8_lossy(&files::read_all(dir, file).unwrap_or_default()).into_owned()
}

fn contains(words: &str, word: &str) -> bool {
    words.split_whitespace().any(|found| found == word)
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

    const V1: &[u8] =
        b"#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t1\t1\t1\nmemory\t0\t1\t0\nio\t0\t1\t1\n";

    #[test]
    fn what_is_available_and_missing_is_enabled() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let level = group(folder.path(), "g", "cpuset cpu io memory", "memory\n", "");
        assert_eq!(enable(&level.dir, &level.path), None);
        assert!(subtree_control(folder.path(), "g").starts_with("+cpu"));
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

    #[test]
    fn every_cause_has_its_name() {
        assert_eq!(why_absent("cpu", "/c", V1), "the cpu controller is bound to cgroup v1");
        assert_eq!(why_absent("io", "/c", V1), "the io controller is not delegated to /c");
        assert_eq!(
            why_absent("memory", "/c", V1),
            "the memory controller is switched off on the kernel's command line"
        );
        assert_eq!(why_absent("cpu", "/c", b""), "this kernel has no cpu controller");

        let folder = tempfile::tempdir().expect("a temporary folder");
        let top = group(folder.path(), "top", "cpu memory", "cpu", "");
        let mut root = group(folder.path(), "top/root", "cpu", "", "");
        root.refused = Some("subtree_control of root refused: EBUSY".into());
        let levels = [top, root];
        assert_eq!(
            why_missing("memory", &levels, V1).as_deref(),
            Some("the memory controller is not delegated to top/root")
        );
        assert_eq!(
            why_missing("cpu", &levels, V1).as_deref(),
            Some("subtree_control of root refused: EBUSY")
        );
        let holding = [group(folder.path(), "all", "cpu", "cpu", "")];
        assert_eq!(why_missing("cpu", &holding, V1), None);
    }
}
