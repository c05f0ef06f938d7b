//! Whether we are in the namespaces that the kernel began with, and what it means where not. The network's is known by
//! the answer of the connector: its number says nothing.

use super::catalogue as known;
use super::finding::{Finding, Topic};
use rustix::fs::{AtFlags, CWD, statat};
use std::path::Path;

/// The numbers of the first namespaces never change, see linux/proc_ns.h. `None`: this kernel has none of the kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Namespaces {
    pub(super) pid: Option<bool>,
    pub(super) user: Option<bool>,
    pub(super) cgroup: Option<bool>,
    pub(super) net: Option<bool>,
}

const FIRST_USER: u64 = 0xeffffffd;
const FIRST_PID: u64 = 0xeffffffc;
const FIRST_CGROUP: u64 = 0xeffffffb;

impl Namespaces {
    pub(super) fn look(proc: &Path, net: Option<bool>) -> Namespaces {
        let is = |name: &str, first| {
            let place = proc.join("self/ns").join(name);
            statat(CWD, place, AtFlags::empty()).ok().map(|namespace| namespace.st_ino == first)
        };
        Namespaces {
            pid: is("pid", FIRST_PID),
            user: is("user", FIRST_USER),
            cgroup: is("cgroup", FIRST_CGROUP),
            net,
        }
    }

    pub(super) fn findings(self, nsdelegate: bool) -> Vec<Finding> {
        let cgroup = match nsdelegate {
            true => {
                "the hierarchy is mounted with nsdelegate, so no process can be moved across the namespace's border"
            }
            false => "groups outside it are shown as /../NAME",
        };
        let each: [(Option<bool>, &Topic, &str, &str); 4] = [
            (
                self.pid,
                known::PID_NAMESPACE,
                "pid",
                "only processes inside it are seen, and the kernel sends it no events",
            ),
            (
                self.user,
                known::USER_NAMESPACE,
                "user",
                "capabilities do not count for what belongs to the host, and the kernel sends it no events",
            ),
            (
                self.net,
                known::NET_NAMESPACE,
                "network",
                "the kernel tells of processes in the initial one alone",
            ),
            (self.cgroup, known::CGROUP_NAMESPACE, "cgroup", cgroup),
        ];
        let told = each.into_iter().filter_map(|(first, topic, kind, meaning)| {
            let not = format!("this is not the initial {kind} namespace: {meaning}");
            Some(match first? {
                true => topic.good(format!("the initial {kind} namespace")),
                false if kind == "cgroup" && !nsdelegate => topic.fact(not),
                false => topic.bad(not),
            })
        });
        told.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::Kind;
    use super::*;

    #[test]
    fn what_is_not_known_is_not_told() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        assert_eq!(Namespaces::look(folder.path(), None), Namespaces::default());
        assert_eq!(Namespaces::default().findings(true), []);
        // A folder's file has the number of no namespace.
        std::fs::create_dir_all(folder.path().join("self/ns")).expect("made");
        std::fs::write(folder.path().join("self/ns/pid"), "").expect("written");
        let seen = Namespaces::look(folder.path(), Some(true));
        assert_eq!(seen, Namespaces { pid: Some(false), net: Some(true), ..Namespaces::default() });
        let kinds: Vec<Kind> = seen.findings(true).iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, [Kind::Warning, Kind::Ok]);
    }

    #[test]
    fn a_cgroup_namespace_hinders_only_where_borders_are_kept() {
        let inside = Namespaces { cgroup: Some(false), ..Namespaces::default() };
        assert_eq!(inside.findings(true)[0].kind, Kind::Warning);
        assert_eq!(inside.findings(false)[0].kind, Kind::Note);
    }
}
