//! The shipped units are fine, and each setting that breaks them is named with its file.

use super::super::finding::Kind;
use super::super::unit_file::tests::tree;
use super::*;

const SHIPPED: [(&str, &str); 2] = [
    ("etc/systemd/system/ffrtmp-watch.service", include_str!("../../../../systemd/ffrtmp-watch.service")),
    ("etc/systemd/system/ffrtmp-jobs.service", include_str!("../../../../systemd/ffrtmp-jobs.service")),
];

/// What is told of the shipped units with a drop-in for one of them, but for what is fine.
fn with(unit: &str, settings: &str) -> Vec<Finding> {
    let drop_in = format!("etc/systemd/system/{unit}.d/50-own.conf");
    let text = format!("[Service]\n{settings}\n");
    let top = tree(&[SHIPPED[0], SHIPPED[1], (&drop_in, &text), ("run/systemd/system/x", "")]);
    let found = findings(top.path(), Some(Path::new("/var/lib/ffrtmp/watch-state.json")));
    found.into_iter().filter(|finding| finding.kind != Kind::Ok).collect()
}

#[test]
fn the_shipped_units_are_as_they_should_be() {
    assert_eq!(with(WATCH, ""), []);
}

#[test]
fn a_setting_that_breaks_the_service_is_named_with_its_file() {
    for (settings, name) in [
        ("ProtectControlGroups=yes", "unit-cgroups"),
        ("ProtectControlGroups=private", "unit-cgroups"),
        ("ReadOnlyPaths=/sys/fs", "-"),
        ("ReadOnlyPaths=/sys/fs/cgroup", "unit-cgroups"),
        ("InaccessiblePaths=-/sys/fs/cgroup", "unit-cgroups"),
        ("ReadWritePaths=\nReadOnlyPaths=/sys", "unit-cgroups"),
        ("PrivateUsers=self", "unit-namespaces"),
        ("PrivatePIDs=true", "unit-namespaces"),
        ("PrivateNetwork=1", "unit-network"),
        ("RestrictAddressFamilies=\nRestrictAddressFamilies=AF_UNIX", "unit-network"),
        ("RestrictAddressFamilies=~AF_NETLINK", "unit-network"),
        ("ProcSubset=pid", "unit-proc"),
        ("ProtectProc=invisible", "-"),
        ("User=media", "unit-user"),
        ("User=root", "-"),
        ("CapabilityBoundingSet=~CAP_SYS_ADMIN", "unit-capabilities"),
        ("StateDirectory=", "unit-read-only"),
        ("StateDirectory=\nReadWritePaths=/var/lib", "-"),
        ("MemoryDenyWriteExecute=no\nPrivateMounts=yes\nPrivateTmp=yes", "-"),
    ] {
        let told = with(WATCH, settings);
        let names: Vec<&str> = told.iter().map(|finding| finding.topic.name).collect();
        let expected: Vec<&str> = Some(name).filter(|name| *name != "-").into_iter().collect();
        assert_eq!(names, expected, "{settings}: {told:?}");
        assert!(
            told.iter().all(|finding| !finding.place.is_empty() && !finding.remedy.is_empty()),
            "{told:?}"
        );
    }
    let place = &with(WATCH, "ProtectControlGroups=yes")[0].place;
    assert!(place.ends_with("ffrtmp-watch.service.d/50-own.conf:2"), "{place}");
}

#[test]
fn without_the_right_to_trace_hidden_processes_stay_hidden() {
    let told = with(WATCH, "ProtectProc=invisible\nCapabilityBoundingSet=~CAP_SYS_PTRACE");
    let names: Vec<&str> = told.iter().map(|finding| finding.topic.name).collect();
    assert_eq!(names, ["unit-capabilities", "unit-proc"]);
}

#[test]
fn a_setting_that_harms_the_jobs_is_told() {
    for (settings, name) in [
        ("Delegate=no", "jobs-delegate"),
        ("Delegate=cpu memory", "-"),
        ("KillMode=mixed", "jobs-kill-mode"),
        ("MemoryMax=8G", "jobs-capped"),
        ("TasksMax=500", "jobs-capped"),
        ("MemoryMax=infinity", "-"),
    ] {
        let names: Vec<&str> = with(JOBS, settings).iter().map(|finding| finding.topic.name).collect();
        let expected: Vec<&str> = Some(name).filter(|name| *name != "-").into_iter().collect();
        assert_eq!(names, expected, "{settings}");
    }
}

#[test]
fn where_systemd_is_not_there_is_nothing_to_say_of_units() {
    let top = tree(&[SHIPPED[0]]);
    let told = findings(top.path(), None);
    assert_eq!((told.len(), told[0].kind), (1, Kind::Note));
    let top = tree(&[("run/systemd/system/x", "")]);
    let kinds: Vec<Kind> = findings(top.path(), None).iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [Kind::Ok, Kind::Note, Kind::Note]);
}
