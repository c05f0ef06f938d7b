//! Which versions of cgroups are mounted here, and with which options: read from a text of mountinfo.

use super::catalogue as known;
use super::finding::Finding;
use crate::sys::governor::mount;
use procfs::process::MountInfo;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Hierarchy {
    /// Where version 2 is to be seen.
    places: Vec<PathBuf>,
    /// The controllers that hierarchies of version 1 hold.
    held: BTreeSet<String>,
    pub(super) nsdelegate: bool,
    pub(super) favordynmods: bool,
}

/// What a mount of version 1 says beside its controllers.
const NO_CONTROLLERS: [&str; 7] =
    ["rw", "ro", "xattr", "clone_children", "noprefix", "cpuset_v2_mode", "release_agent"];

impl Hierarchy {
    /// `is_seen`: whether a mount is not hidden below another one.
    pub(super) fn read(mountinfo: &[u8], is_seen: impl Fn(&Path) -> bool) -> Hierarchy {
        let mut found = Hierarchy::default();
        let points = mount::listed(mountinfo).into_iter().map(|mount| mount.point);
        found.places.extend(points.filter(|point| is_seen(point)));
        for mount in mount::parsed(mountinfo) {
            let MountInfo { fs_type, super_options, .. } = mount;
            match fs_type.as_str() {
                "cgroup2" => {
                    // They are the hierarchy's, whichever mount shows them.
                    found.nsdelegate |= super_options.contains_key("nsdelegate");
                    found.favordynmods |= super_options.contains_key("favordynmods");
                }
                "cgroup" => {
                    let names = super_options.into_keys();
                    found.held.extend(names.filter(|name| {
                        !NO_CONTROLLERS.contains(&name.as_str()) && !name.starts_with("name")
                    }));
                }
                _ => {}
            }
        }
        found
    }

    pub(super) fn is_mounted(&self) -> bool {
        !self.places.is_empty()
    }

    /// One place where it is to be seen.
    pub(super) fn place(&self) -> Option<&Path> {
        self.places.first().map(PathBuf::as_path)
    }

    /// `move_cost`: how long a move takes here, where that was tried.
    pub(super) fn findings(&self, move_cost: Option<&str>) -> Vec<Finding> {
        let held = self.held.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        if self.places.is_empty() {
            let beside =
                if held.is_empty() { String::new() } else { format!(", only version 1 (with {held})") };
            return vec![known::CGROUP2.bad(format!("no cgroup2 file system is mounted{beside}"))];
        }
        let places: Vec<String> = self.places.iter().map(|place| place.display().to_string()).collect();
        let mut told = vec![known::CGROUP2.good(format!("cgroup v2 is mounted at {}", places.join(" and ")))];
        told.push(match self.held.is_empty() {
            true => known::CGROUP1.good("no hierarchy of version 1 holds a controller"),
            false => known::CGROUP1.mild(format!("a hybrid host: hierarchies of version 1 hold {held}")),
        });
        told.push(known::NSDELEGATE.fact(match self.nsdelegate {
            true => "mounted with nsdelegate: cgroup namespaces are borders",
            false => "mounted without nsdelegate: cgroup namespaces are no borders",
        }));
        let cost = move_cost.map_or(String::new(), |cost| format!("; {cost}"));
        let gain = move_cost.map_or("", |_| ", as each would be with it");
        told.push(match self.favordynmods {
            true => known::FAVORDYNMODS.good(format!("mounted with favordynmods{cost}")),
            false => known::FAVORDYNMODS.mild(format!("mounted without favordynmods{cost}{gain}")),
        });
        told
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Kind;
    use super::*;

    const TOP: &str = "27 1 254:0 / / rw - ext4 /dev/vda rw\n";
    const V1: &str = "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
        40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n";
    const V2: &str = "30 24 0:26 / /sys/fs/cgroup rw shared:9 - cgroup2 cgroup2 rw,nsdelegate,favordynmods\n";

    fn read(parts: &[&str]) -> Hierarchy {
        Hierarchy::read(parts.concat().as_bytes(), |_| true)
    }

    #[test]
    fn version_1_alone_is_an_error_that_names_what_it_holds() {
        let found = read(&[TOP, V1]);
        let told = found.findings(None);
        assert!(!found.is_mounted() && told.len() == 1 && told[0].kind == Kind::Error);
        assert_eq!(told[0].text, "no cgroup2 file system is mounted, only version 1 (with cpu, cpuacct)");
        assert_eq!(read(&[TOP]).findings(None)[0].text, "no cgroup2 file system is mounted");
        assert!(!Hierarchy::read(V2.as_bytes(), |_| false).is_mounted(), "a mount over it hides it");
    }

    #[test]
    fn a_hybrid_host_and_a_pure_one() {
        let kinds = |found: &Hierarchy| -> Vec<Kind> {
            found.findings(Some("a move takes 7ms")).iter().map(|finding| finding.kind).collect()
        };
        let (hybrid, pure) = (read(&[TOP, V1, V2]), read(&[V2]));
        assert!(pure.nsdelegate && pure.favordynmods && pure.is_mounted());
        assert_eq!(kinds(&hybrid), [Kind::Ok, Kind::Note, Kind::Note, Kind::Ok]);
        assert_eq!(kinds(&pure), [Kind::Ok, Kind::Ok, Kind::Note, Kind::Ok]);
        assert!(pure.findings(Some("a move takes 7ms"))[3].text.ends_with("; a move takes 7ms"));
        let plain = read(&["30 24 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"]);
        assert_eq!(kinds(&plain), [Kind::Ok, Kind::Ok, Kind::Note, Kind::Note]);
    }
}
