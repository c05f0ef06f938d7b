//! Finds where the version 2 hierarchy is mounted. There may be several places (hybrid hosts, containers, binds), all
//! views of the one hierarchy; a place is kept with the group it shows as its top, to translate paths of /proc.

use procfs::process::MountInfo;
use std::collections::BTreeSet;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// One place where the hierarchy can be seen.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mount {
    pub point: PathBuf,
    /// The group seen at `point`, as /proc/PID/cgroup would name it: `/` nearly always.
    pub top: Vec<u8>,
    pub writable: bool,
}

/// The usual places, in order of trust, for hosts that have more than one.
const USUAL: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

/// Every mount named in a text of `/proc/self/mountinfo` that can be understood.
pub fn parsed(mountinfo: &[u8]) -> impl Iterator<Item = MountInfo> {
    // One line at a time: some other mount's odd name must not hide ours from the parser.
    let lines = mountinfo.split(|&b| b == b'\n').filter_map(|line| std::str::from_utf8(line).ok());
    lines.filter_map(|line| MountInfo::from_line(line).ok())
}

/// The options of the file system that is seen at `point`, `rw` and the like included.
pub(super) fn options(mountinfo: &[u8], point: &Path) -> BTreeSet<String> {
    let is_there = |found: &MountInfo| {
        found.fs_type == "cgroup2"
            && unescaped(found.mount_point.as_os_str().as_bytes()) == point.as_os_str().as_bytes()
    };
    let found = parsed(mountinfo).filter(is_there).last();
    found.map(|found| found.super_options.into_keys().collect()).unwrap_or_default()
}

/// Those of cgroup2.
pub fn listed(mountinfo: &[u8]) -> Vec<Mount> {
    parsed(mountinfo)
        .filter(|found| found.fs_type == "cgroup2")
        .map(|found| Mount {
            point: PathBuf::from(std::ffi::OsString::from_vec(unescaped(
                found.mount_point.as_os_str().as_bytes(),
            ))),
            top: unescaped(found.root.as_bytes()),
            writable: !found.mount_options.contains_key("ro") && !found.super_options.contains_key("ro"),
        })
        .collect()
}

/// The mount to work in: the one that holds the root the operator asked for, else the best.
pub fn choose(mounts: &[Mount], wanted: Option<&Path>) -> Result<Mount, String> {
    let best = match wanted {
        // Of two mounts one inside the other, the inner one is what the path leads to; of two at one place, the last.
        Some(root) => {
            mounts.iter().filter(|m| root.starts_with(&m.point)).max_by_key(|m| m.point.as_os_str().len())
        }
        None => mounts.iter().min_by_key(|mount| {
            let usual = USUAL.iter().position(|place| mount.point == Path::new(place));
            (!mount.writable, mount.top.starts_with(b"/.."), usual.unwrap_or(USUAL.len()))
        }),
    };
    match (best, wanted) {
        (Some(mount), _) => Ok(mount.clone()),
        (None, Some(root)) if !mounts.is_empty() => Err(format!(
            "cgroup_root {} is not inside a cgroup2 mount; choose a folder below {}",
            root.display(),
            mounts.iter().map(|m| m.point.display().to_string()).collect::<Vec<_>>().join(" or "),
        )),
        (None, _) => {
            Err("no cgroup2 file system is mounted; mount one: mount -t cgroup2 none /sys/fs/cgroup".into())
        }
    }
}

impl Mount {
    /// The path below `point` of a group named as in /proc/PID/cgroup; `None` when it cannot be seen from here.
    pub fn below<'a>(&self, shown: &'a [u8]) -> Option<&'a [u8]> {
        let rest = shown.strip_prefix(self.top.strip_suffix(b"/").unwrap_or(&self.top))?;
        match rest {
            [] => Some(rest),
            [b'/', rest @ ..] if !rest.starts_with(b"..") => Some(rest),
            _ => None,
        }
    }

    /// The other way round.
    pub fn shown(&self, below: &Path) -> Vec<u8> {
        let mut path = self.top.strip_suffix(b"/").unwrap_or(&self.top).to_vec();
        for part in below {
            path.push(b'/');
            path.extend_from_slice(part.as_bytes());
        }
        if path.is_empty() { b"/".to_vec() } else { path }
    }
}

/// Mountinfo writes white space and backslashes as `\040` and the like.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        let octal = |digit: u8| matches!(digit, b'0'..=b'7').then(|| u32::from(digit - b'0'));
        let code = match rest {
            [b'\\', a, b, c, ..] => {
                octal(*a).zip(octal(*b)).zip(octal(*c)).map(|((a, b), c)| a * 64 + b * 8 + c)
            }
            _ => None,
        };
        match code.and_then(|code| u8::try_from(code).ok()) {
            Some(byte) => (plain.push(byte), rest = &rest[4..]).1,
            None => (plain.push(*first), rest = tail).1,
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &[u8] = b"23 1 254:0 / / rw - ext4 /dev/vda rw\n\
        31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n\
        32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n\
        41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
    const PURE: &[u8] = b"30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n";
    const CONTAINER: &[u8] = b"99 1 0:26 /../../.. /host/cgroup rw - cgroup2 cgroup rw\n\
        100 1 8:1 / /odd\xff\xfe rw - ext4 /dev/sda rw\n\
        101 1 0:26 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw\n\
        102 1 0:26 /docker/ab /mnt/with\\040space rw - cgroup2 cgroup rw\n";

    fn chosen(text: &[u8], wanted: Option<&str>) -> Result<String, String> {
        choose(&listed(text), wanted.map(Path::new)).map(|m| m.point.display().to_string())
    }

    #[test]
    fn hybrid_and_pure_hosts() {
        assert_eq!(chosen(HYBRID, None).as_deref(), Ok("/sys/fs/cgroup/unified"));
        assert_eq!(chosen(PURE, None).as_deref(), Ok("/sys/fs/cgroup"));
        assert_eq!(listed(PURE)[0].top, b"/");
    }

    #[test]
    fn options_are_those_of_the_place_that_is_asked_for() {
        let listed = |text, point| options(text, Path::new(point)).into_iter().collect::<Vec<_>>();
        assert_eq!(listed(PURE, "/sys/fs/cgroup"), ["nsdelegate", "rw"]);
        assert_eq!(listed(CONTAINER, "/mnt/with space"), ["rw"]);
        assert_eq!(listed(HYBRID, "/sys/fs/cgroup"), [""; 0]);
    }

    #[test]
    fn none_mounted_says_the_remedy() {
        let error = chosen(b"31 23 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n", None).unwrap_err();
        assert!(error.contains("mount -t cgroup2"), "{error}");
    }

    #[test]
    fn the_writable_view_of_a_container_wins_and_odd_lines_hide_nothing() {
        assert_eq!(listed(CONTAINER).len(), 3);
        assert_eq!(chosen(CONTAINER, None).as_deref(), Ok("/mnt/with space"));
    }

    #[test]
    fn a_configured_root_picks_its_own_mount() {
        assert_eq!(chosen(CONTAINER, Some("/sys/fs/cgroup/jobs")).as_deref(), Ok("/sys/fs/cgroup"));
        let error = chosen(HYBRID, Some("/sys/fs/cgroup/cpu/x")).unwrap_err();
        assert!(error.contains("below /sys/fs/cgroup/unified"), "{error}");
    }

    #[test]
    fn paths_of_proc_are_translated_both_ways() {
        let plain = Mount { point: "/c".into(), top: b"/".to_vec(), writable: true };
        assert_eq!(plain.below(b"/"), Some(&b""[..]));
        assert_eq!(plain.below(b"/a/b"), Some(&b"a/b"[..]));
        assert_eq!(plain.below(b"/../a"), None);
        assert_eq!(plain.shown(Path::new("")), b"/");
        assert_eq!(plain.shown(Path::new("a/b")), b"/a/b");
        let bound = Mount { top: b"/docker/ab".to_vec(), ..plain };
        assert_eq!(bound.below(b"/docker/ab"), Some(&b""[..]));
        assert_eq!(bound.below(b"/docker/ab/c"), Some(&b"c"[..]));
        assert_eq!(bound.below(b"/docker/abc"), None);
        assert_eq!(bound.shown(Path::new("c")), b"/docker/ab/c");
    }
}
