//! Which whole disk a path means: the kernel limits input and output of whole disks, not of their partitions. A name is
//! told by sysfs rather than by /dev, of which a hardened service sees next to nothing.

use rustix::fs::{AtFlags, CWD, FileType, Stat, StatxFlags, major, minor, stat, statx};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Disk {
    /// `253:0`, as files of groups name it.
    pub number: String,
    /// `/dev/vda`, the kernel's own name for it.
    pub name: Arc<str>,
}

/// The disks of a host, below its root folder.
#[derive(Clone, Debug)]
pub struct Disks {
    root: PathBuf,
}

impl Default for Disks {
    fn default() -> Disks {
        Disks { root: "/".into() }
    }
}

impl Disks {
    /// Of a device or one of its partitions by any of its names, or of what lies on one. May wait for a file system; the
    /// error is a clause.
    pub fn holding(&self, path: &Path) -> Result<Disk, String> {
        if let Some(device) = path.to_str().filter(|path| path.starts_with("/dev/")) {
            return self.named(device).ok_or_else(|| "is no block device of this host".into());
        }
        let at = stat(path).map_err(|errno| format!("cannot be looked at: {errno}"))?;
        let found = self.numbered(&device_of(&at)).or_else(|| self.named(&mounted_from(path)?));
        found.ok_or_else(|| {
            "lies on no disk of its own: a file system in memory, over others or over the network".into()
        })
    }

    /// The same by a path below /dev: nothing is asked that could keep us waiting.
    pub fn named(&self, device: &str) -> Option<Disk> {
        let name = device.strip_prefix("/dev/")?;
        let class = self.root.join("sys/class/block").join(name.replace('/', "!")).join("dev");
        let by_name = || fs::read_to_string(class).ok();
        let by_node = || stat(device).ok().filter(is_block).map(|at| device_of(&at));
        let number = by_name().or_else(by_node).or_else(|| self.linked(name))?;
        self.numbered(number.trim_end())
    }

    /// By the number of a disk or of a partition of it.
    pub fn numbered(&self, number: &str) -> Option<Disk> {
        let mut at = fs::canonicalize(self.root.join("sys/dev/block").join(number)).ok()?;
        if at.join("partition").exists() {
            at.pop();
        }
        let name = at.file_name()?.to_str()?.replace('!', "/");
        let number = fs::read_to_string(at.join("dev")).ok()?.trim_end().to_owned();
        Some(Disk { number, name: format!("/dev/{name}").into() })
    }

    /// Whether one is served by the one scheduler that looks at weights.
    pub fn any_has_bfq(&self) -> bool {
        let disks = fs::read_dir(self.root.join("sys/block")).into_iter().flatten().flatten();
        let scheduler = |disk: fs::DirEntry| fs::read_to_string(disk.path().join("queue/scheduler"));
        disks.filter_map(|disk| scheduler(disk).ok()).any(|text| text.contains("[bfq]"))
    }

    /// The number of the device to which udev has made this link: `disk/by-id/…`, `mapper/…`.
    fn linked(&self, name: &str) -> Option<String> {
        let link = format!("S:{name}");
        let known = fs::read_dir(self.root.join("run/udev/data")).ok()?.flatten();
        let numbers = known.filter_map(|entry| {
            Some((entry.path(), entry.file_name().to_str()?.strip_prefix('b')?.to_owned()))
        });
        let is_named =
            |path| fs::read_to_string(path).is_ok_and(|text| text.lines().any(|line| line == link));
        numbers.into_iter().find_map(|(path, number)| is_named(path).then_some(number))
    }
}

fn is_block(at: &Stat) -> bool {
    FileType::from_raw_mode(at.st_mode) == FileType::BlockDevice
}

/// Of a device itself its own number, of anything else that of the one it lies on.
fn device_of(at: &Stat) -> String {
    let device = if is_block(at) { at.st_rdev } else { at.st_dev };
    format!("{}:{}", major(device), minor(device))
}

/// The device of a file system that goes by numbers of its own, as btrfs does: what it was mounted from.
fn mounted_from(path: &Path) -> Option<String> {
    let found = statx(CWD, path, AtFlags::empty(), StatxFlags::MNT_ID).ok()?;
    let mounts = fs::read_to_string("/proc/self/mountinfo").ok()?;
    let id = format!("{} ", found.stx_mnt_id);
    let (_, source) = mounts.lines().find(|line| line.starts_with(&id))?.split_once(" - ")?;
    source.split(' ').nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    /// A host with a disk of two names, one of its partitions, and a disk whose name has a slash.
    fn planted() -> (tempfile::TempDir, Disks) {
        let root = tempfile::tempdir().expect("a temporary folder");
        let below = |path: &str| root.path().join(path);
        for folder in ["sys/dev/block", "sys/class/block", "run/udev/data"] {
            fs::create_dir_all(below(folder)).expect("made");
        }
        for (at, number) in [("vda", "254:0"), ("vda/vda1", "254:1"), ("cciss!c0d0", "104:0")] {
            let device = below("sys/devices/block").join(at);
            fs::create_dir_all(&device).expect("made");
            fs::write(device.join("dev"), format!("{number}\n")).expect("written");
            let name = at.rsplit('/').next().expect("a name");
            symlink(&device, below("sys/class/block").join(name)).expect("linked");
            symlink(&device, below("sys/dev/block").join(number)).expect("linked");
        }
        fs::write(below("sys/devices/block/vda/vda1/partition"), "1\n").expect("written");
        fs::write(below("run/udev/data/b254:1"), "S:disk/by-label/media\nE:X=1\n").expect("written");
        let disks = Disks { root: root.path().into() };
        (root, disks)
    }

    #[test]
    fn every_name_leads_to_the_whole_disk() {
        let (_root, disks) = planted();
        let vda = Disk { number: "254:0".into(), name: "/dev/vda".into() };
        for device in ["/dev/vda", "/dev/vda1", "/dev/disk/by-label/media"] {
            assert_eq!(disks.holding(Path::new(device)).as_ref(), Ok(&vda), "{device}");
        }
        assert_eq!(disks.numbered("254:1"), Some(vda));
        let slash = Disk { number: "104:0".into(), name: "/dev/cciss/c0d0".into() };
        assert_eq!(disks.named("/dev/cciss/c0d0"), Some(slash.clone()));
        assert_eq!(disks.numbered("104:0"), Some(slash));
    }

    #[test]
    fn bfq_counts_where_it_is_chosen() {
        let (root, disks) = planted();
        let queue = root.path().join("sys/block/vda/queue");
        fs::create_dir_all(&queue).expect("made");
        for (schedulers, chosen) in [("[none] bfq\n", false), ("none [bfq]\n", true)] {
            fs::write(queue.join("scheduler"), schedulers).expect("written");
            assert_eq!(disks.any_has_bfq(), chosen);
        }
    }

    #[test]
    fn what_is_no_disk_says_so() {
        let (_root, disks) = planted();
        for (path, why) in [
            ("/dev/vdz", "no block device"),
            ("/dev/null", "no block device"),
            ("/proc", "no disk of its own"),
            ("/not/there", "cannot be looked at"),
        ] {
            let told = disks.holding(Path::new(path)).expect_err(path);
            assert!(told.contains(why), "{path}: {told}");
        }
    }
}
