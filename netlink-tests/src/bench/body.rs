//! The service's own body: memory, descriptors, and what it watches through one of them.

use super::service::{descriptors, watches};
use std::fs;
use std::time::Duration;

/// What is held for a moment only, until the loop has heard that a group is gone for instance, is no leak: the fewest of
/// several looks count.
const LOOKS: usize = 20;

/// Between the looks at a service that has come to rest: until then it may keep the way of moves warm.
const PAUSE: Duration = Duration::from_millis(150);

#[derive(Clone, Copy, Debug)]
pub struct Body {
    pub rss_kib: u64,
    pub fds: usize,
    pub watches: usize,
}

impl Body {
    pub fn of(pid: u32) -> Body {
        Body::seen(pid, Duration::ZERO)
    }

    pub fn at_rest(pid: u32) -> Body {
        Body::seen(pid, PAUSE)
    }

    fn seen(pid: u32, pause: Duration) -> Body {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the service lives");
        let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        let rss_kib = rss.trim().trim_end_matches(" kB").parse().expect("a number");
        let look = |_| {
            std::thread::sleep(pause);
            (descriptors(pid), watches(pid))
        };
        let (fds, watches): (Vec<usize>, Vec<usize>) = (0..LOOKS).map(look).unzip();
        let fewest = |looks: Vec<usize>| looks.into_iter().min().expect("looks");
        Body { rss_kib, fds: fewest(fds), watches: fewest(watches) }
    }
}
