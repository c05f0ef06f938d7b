//! The kernel's truth at one moment: who lives, in which process group, in which cgroup.

use netlink_tests::bench::cgroup;
use std::path::Path;

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Citizen {
    pub(super) pid: u32,
    pub(super) start: u64,
    pub(super) family: u32,
    /// The job in whose group it sits, below our root.
    pub(super) job: Option<String>,
}

/// Everybody but kernel threads and the dead.
pub(super) fn take(root: &Path) -> Vec<Citizen> {
    let jobs = format!("/{}/jobs/", root.file_name().and_then(|name| name.to_str()).expect("our own name"));
    let all = procfs::process::all_processes().expect("/proc");
    let living = all.flatten().filter_map(|process| process.stat().ok());
    living
        .filter(|stat| stat.pgrp != 0 && !"ZXx".contains(stat.state))
        .filter_map(|stat| {
            let pid = stat.pid.cast_unsigned();
            let job = cgroup::of(pid)?.strip_prefix(&jobs).map(str::to_owned);
            Some(Citizen { pid, start: stat.starttime, family: stat.pgrp.cast_unsigned(), job })
        })
        .collect()
}

/// Groups of jobs that nobody lives in.
pub(super) fn empty_groups(root: &Path) -> Vec<String> {
    let groups = std::fs::read_dir(root.join("jobs")).into_iter().flatten().flatten();
    groups
        .filter(|group| {
            let events = std::fs::read_to_string(group.path().join("cgroup.events")).unwrap_or_default();
            events.contains("populated 0")
        })
        .map(|group| group.file_name().to_string_lossy().into_owned())
        .collect()
}
