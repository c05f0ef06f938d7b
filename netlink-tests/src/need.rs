//! What a test needs of its host. Without it a test says SKIPPED and returns, so that `cargo test` works for
//! everybody; under CI=true it fails instead, so that nothing is skipped where it counts.

use crate::{bench, listening};
use std::sync::OnceLock;

/// `if !need::root("name") { return; }`
pub fn root(test: &str) -> bool {
    have(test, "root", nix::unistd::geteuid().is_root())
}

/// Root, and a cgroup2 tree that groups can be made in.
pub fn groups(test: &str) -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    root(test)
        && have(test, "a cgroup2 mount that can be written to", *THERE.get_or_init(bench::cgroup::is_usable))
}

/// Root, and a kernel that tells of processes to us.
pub fn events(test: &str) -> bool {
    static THERE: OnceLock<bool> = OnceLock::new();
    root(test) && have(test, "the kernel's process events", *THERE.get_or_init(listening::is_possible))
}

/// All that the service needs to do its work.
pub fn service(test: &str) -> bool {
    groups(test) && events(test)
}

/// The same for anything else: says what is missing.
pub fn have(test: &str, what: &str, there: bool) -> bool {
    if !there {
        assert!(may_skip(), "{test}: needs {what}, and CI=true forbids to skip");
        println!("SKIPPED {test}: needs {what}");
    }
    there
}

pub fn may_skip() -> bool {
    std::env::var("CI").as_deref() != Ok("true")
}

/// For what only some kernels can show: looked for in every world, never missed under CI on one that has it not.
pub fn have_in_a_world(test: &str, there: bool) -> bool {
    if !there {
        println!("SKIPPED {test}: this kernel's cgroup v2 has no controllers; runs in virtual machines");
    }
    there
}
