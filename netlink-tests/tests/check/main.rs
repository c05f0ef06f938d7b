//! `ffrtmp check` on the real host, and on what can be made of it: it says what is true, in one run, and leaves nothing.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

mod beside;
mod configuration;
mod here;
mod places;

use netlink_tests::bench::cgroup;
use std::path::PathBuf;

/// The groups that a check of ours has left, anywhere.
fn left_behind() -> Vec<PathBuf> {
    let mut folders = vec![cgroup::mount()];
    let mut left = Vec::new();
    while let Some(folder) = folders.pop() {
        let inside = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        for path in inside.filter(|path| path.is_dir()) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let pid = name.strip_prefix("ffrtmp-check-").and_then(|rest| rest.split('-').next());
            // Another one may be at work just now.
            if pid.is_some_and(|pid| !PathBuf::from("/proc").join(pid).exists()) {
                left.push(path.clone());
            }
            folders.push(path);
        }
    }
    left
}
