//! Chooses the group below which all jobs live, and says which groups on the way there are ours to change. systemd
//! owns its slices and units: in those we use what was delegated to us, and create nothing.

use super::mount::Mount;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// The unit whose delegated group is the root where systemd runs.
const UNIT: &str = "ffrtmp-jobs.service";

/// The root without it, a group of our own at the top.
const OURS: &str = "ffrtmp";

/// Slices nest, but nobody nests them deeper than this for a service.
const DEPTH: usize = 4;

/// The root, as a path below the mount.
pub(super) fn choose(configured: Option<&Path>, mount: &Mount, run: &Path) -> Result<PathBuf, String> {
    if let Some(root) = configured {
        let below = root.strip_prefix(&mount.point).ok().filter(|below| {
            let plain = below.components().all(|part| matches!(part, Component::Normal(_)));
            plain && below.components().next().is_some()
        });
        return below.map(Path::to_path_buf).ok_or_else(|| {
            format!("cgroup_root {} does not name a folder below {}", root.display(), mount.point.display())
        });
    }
    let unit = if run.join("systemd/system").exists() { delegated(&mount.point, DEPTH) } else { None };
    Ok(unit
        .and_then(|found| Some(found.strip_prefix(&mount.point).ok()?.to_path_buf()))
        .unwrap_or(OURS.into()))
}

/// What an operator should know of a root that was chosen for want of a better one.
pub(super) fn remark(configured: Option<&Path>, root: &Path, mount: &Mount, run: &Path) -> Option<String> {
    let makeshift = configured.is_none() && root == Path::new(OURS) && run.join("systemd/system").exists();
    makeshift.then(|| {
        let root = mount.point.join(OURS);
        format!(
            "{UNIT} has no group, so jobs live under {}, which systemd knows nothing of; see `systemctl status {UNIT}`, \
             start it, and then start this service again",
            root.display()
        )
    })
}

/// The group of our jobs unit: in `folder`, or in a slice below it.
fn delegated(folder: &Path, depth: usize) -> Option<PathBuf> {
    let unit = folder.join(UNIT);
    if unit.is_dir() {
        return Some(unit);
    }
    let depth = depth.checked_sub(1)?;
    let inside = std::fs::read_dir(folder).ok()?.filter_map(Result::ok).map(|entry| entry.path());
    let mut slices: Vec<PathBuf> =
        inside.filter(|path| path.extension() == Some(OsStr::new("slice"))).collect();
    slices.sort();
    slices.iter().find_map(|slice| delegated(slice, depth))
}

/// The groups from the mount's top down to `<root>/jobs`; `true` where controllers may be enabled and groups made.
pub(super) fn levels(root: &Path) -> Vec<(PathBuf, bool)> {
    let jobs = root.join("jobs");
    let mut levels: Vec<PathBuf> = jobs.ancestors().map(Path::to_path_buf).collect();
    levels.reverse();
    let last_unit = levels.iter().rposition(|level| extension(level).is_some());
    let ours = |at: usize| match last_unit {
        Some(unit) if at == unit => extension(&levels[unit]) != Some("slice"),
        Some(unit) => at > unit,
        None => true,
    };
    levels.iter().enumerate().map(|(at, level)| (level.clone(), ours(at))).collect()
}

/// The type of systemd unit that a group belongs to.
fn extension(group: &Path) -> Option<&str> {
    group.extension()?.to_str().filter(|kind| ["slice", "service", "scope"].contains(kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> (tempfile::TempDir, Mount) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mount = Mount { point: folder.path().join("cgroup"), top: b"/".to_vec(), writable: true };
        std::fs::create_dir_all(mount.point.join("system.slice/sshd.service")).expect("made");
        (folder, mount)
    }

    fn make(path: PathBuf) {
        std::fs::create_dir_all(path).expect("made");
    }

    #[test]
    fn without_systemd_it_is_ffrtmp_even_if_such_a_unit_group_stands_there() {
        let (folder, mount) = host();
        make(mount.point.join("system.slice/ffrtmp-jobs.service"));
        let run = folder.path().join("run");
        assert_eq!(choose(None, &mount, &run), Ok("ffrtmp".into()));
        assert_eq!(remark(None, Path::new("ffrtmp"), &mount, &run), None);
    }

    #[test]
    fn under_systemd_the_unit_is_found_in_slices_only() {
        let (folder, mount) = host();
        let run = folder.path().join("run");
        make(run.join("systemd/system"));
        make(mount.point.join("user.slice/user@1000.service/ffrtmp-jobs.service"));
        assert_eq!(choose(None, &mount, &run), Ok("ffrtmp".into()));
        let said = remark(None, Path::new("ffrtmp"), &mount, &run).expect("a remark");
        assert!(
            said.starts_with("ffrtmp-jobs.service has no group") && said.contains("cgroup/ffrtmp,"),
            "{said}"
        );
        make(mount.point.join("media.slice/media-transcode.slice/ffrtmp-jobs.service"));
        let found = choose(None, &mount, &run).expect("a root");
        assert_eq!(remark(None, &found, &mount, &run), None);
        assert_eq!(found, Path::new("media.slice/media-transcode.slice/ffrtmp-jobs.service"));
    }

    #[test]
    fn a_configured_root_wins_and_must_be_below_the_mount() {
        let (folder, mount) = host();
        let run = folder.path().join("run");
        make(run.join("systemd/system"));
        make(mount.point.join("system.slice/ffrtmp-jobs.service"));
        assert_eq!(choose(Some(&mount.point.join("a/b")), &mount, &run), Ok("a/b".into()));
        for wrong in [mount.point.clone(), mount.point.join("../x"), "/elsewhere".into()] {
            assert!(choose(Some(&wrong), &mount, &run).is_err(), "{}", wrong.display());
        }
    }

    #[test]
    fn slices_and_what_is_above_them_are_not_ours() {
        let ours =
            |root: &str| -> Vec<bool> { levels(Path::new(root)).iter().map(|level| level.1).collect() };
        assert_eq!(ours("ffrtmp"), [true, true, true]);
        assert_eq!(ours("a/b"), [true, true, true, true]);
        assert_eq!(ours("system.slice/ffrtmp-jobs.service"), [false, false, true, true]);
        assert_eq!(ours("system.slice/x"), [false, false, true, true]);
        assert_eq!(levels(Path::new("a"))[2].0, Path::new("a/jobs"));
    }
}
