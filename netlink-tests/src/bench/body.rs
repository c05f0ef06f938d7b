//! The service's own body: memory, descriptors, and what it watches through one of them.

use super::service::{descriptors, watches};
use std::fs;

#[derive(Clone, Copy, Debug)]
pub struct Body {
    pub rss_kib: u64,
    pub fds: usize,
    pub watches: usize,
}

impl Body {
    /// What is held for a moment only, until the loop has heard that a group is gone for instance, is no leak: the fewest of
    /// several looks count.
    pub fn of(pid: u32) -> Body {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the service lives");
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        let rss_kib = rss.trim().trim_end_matches(" kB").parse().expect("a number");
        let fewest = |look: fn(u32) -> usize| (0..20).map(|_| look(pid)).min().expect("looks");
        Body { rss_kib, fds: fewest(descriptors), watches: fewest(watches) }
    }
}
