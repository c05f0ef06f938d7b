//! The service's own body: memory and descriptors.

use std::fs;

#[derive(Clone, Copy, Debug)]
pub(super) struct Body {
    pub(super) rss_kib: u64,
    pub(super) fds: usize,
}

impl Body {
    /// Descriptors that are open for a moment only are none of a leak: the fewest of several looks count.
    pub(super) fn of(pid: u32) -> Body {
        let fds = || fs::read_dir(format!("/proc/{pid}/fd")).map_or(usize::MAX, Iterator::count);
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the service lives");
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        let rss_kib = rss.trim().trim_end_matches(" kB").parse().expect("a number");
        Body { rss_kib, fds: (0..20).map(|_| fds()).min().expect("looks") }
    }
}
