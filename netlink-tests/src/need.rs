//! What a test needs of its host. Without it a test says SKIPPED and returns, so that `cargo test` works for
//! everybody; under CI=true it fails instead, so that nothing is skipped where it counts.

/// `if !need::root("name") { return; }`
pub fn root(test: &str) -> bool {
    have(test, "root", nix::unistd::geteuid().is_root())
}

/// The same for anything else: says what is missing.
pub fn have(test: &str, what: &str, there: bool) -> bool {
    if !there {
        assert!(
            std::env::var("CI").as_deref() != Ok("true"),
            "{test}: needs {what}, and CI=true forbids to skip"
        );
        println!("SKIPPED {test}: needs {what}");
    }
    there
}

/// For what only some kernels can show: looked for in every world, never missed under CI on one that has it not.
pub fn have_in_a_world(test: &str, there: bool) -> bool {
    if !there {
        println!("SKIPPED {test}: this kernel's cgroup v2 has no controllers; runs in virtual machines");
    }
    there
}
