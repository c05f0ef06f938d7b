//! The table of worlds: where each is, and which files of tests run in it, all of `netlink-tests/tests/` but for `unit`,
//! which has those of the root package.
//! To bring a test file to a world, add its name here; the tests themselves read `FFRTMP_WORLD`.

/// What stands behind `/` once the kernel is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// busybox and the tests, nothing else: the fastest boot, and an empty cgroup tree.
    Initramfs,
    /// Debian 12 with systemd as PID 1, Debian's own ffmpeg and its Prometheus.
    Debian,
}

/// A virtual machine.
#[derive(Clone, Copy, Debug)]
pub struct Guest {
    /// Series of the Debian cloud kernel it boots.
    pub kernel: &'static str,
    pub root: Root,
    pub memory_mib: u32,
}

#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// This machine, by any user: the tests within the packages, and those in their documentation.
    Unit,
    /// This machine, its kernel and its cgroup tree.
    Host,
    /// This machine, by any user: arbitrary bytes against the targets of `fuzz/`, which cargo-fuzz builds.
    Fuzz,
    Guest(Guest),
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct World {
    pub name: &'static str,
    pub place: Place,
    files: &'static [&'static [&'static str]],
}

impl World {
    /// The files of tests that run in it.
    pub fn tests(&self) -> impl Iterator<Item = &'static str> {
        self.files.iter().flat_map(|files| *files).copied()
    }

    pub fn guest(&self) -> Option<Guest> {
        match self.place {
            Place::Guest(guest) => Some(guest),
            Place::Unit | Place::Host | Place::Fuzz => None,
        }
    }
}

pub const WORLDS: [World; 6] = [
    World { name: "unit", place: Place::Unit, files: &[&["docs"]] },
    World { name: "host", place: Place::Host, files: &[HOST_TESTS] },
    World { name: "fuzz", place: Place::Fuzz, files: &[] },
    World { name: "6.1", place: kernel("6.1"), files: &[KERNEL_TESTS, TESTS_OF_6_1] },
    World { name: "6.12", place: kernel("6.12"), files: &[KERNEL_TESTS, TESTS_OF_6_12] },
    World { name: "systemd", place: SYSTEMD, files: &[SYSTEMD_TESTS] },
];

const SYSTEMD: Place = Place::Guest(Guest { kernel: "6.1", root: Root::Debian, memory_mib: 2048 });

const fn kernel(kernel: &'static str) -> Place {
    Place::Guest(Guest { kernel, root: Root::Initramfs, memory_mib: 1536 })
}

const HOST_TESTS: &[&str] = &[
    "decoder",
    "connector",
    "consumers",
    "goodbye",
    "no_alloc",
    "source",
    "governor",
    "oracle",
    "tasks",
    "catching",
    "network",
    "stopped_reader",
    "thousand_scans",
    "samples",
    "churn",
    "restart",
    "fork_bomb",
    "trees",
    "two_hundred",
    "one_owner",
    "state_faults",
    "reload",
    "run",
    "drift",
    "hardship",
    "pid_reuse",
    "priorities",
    "namespaces",
    "hostile",
    "audit",
    "asking",
    "prometheus",
    "metrics",
    "top",
    "budget",
    "explain",
    "client",
    "clients",
    "rights",
    "page",
    "orders",
    "lifecycle",
    "older_service",
    "ordinary_user",
    "check",
    "crashes",
    "moves",
    "soak",
];
/// Where the kernel's version may tell: in the worlds of both.
const KERNEL_TESTS: &[&str] = &[
    "guest_smoke",
    "governor",
    "oracle",
    "tasks",
    "catching",
    "network",
    "samples",
    "limits",
    "disks",
    "effects",
    "moves",
    "hardship",
    "fork_bomb",
    "trees",
    "two_hundred",
    "run",
    "priorities",
    "namespaces",
    "check",
];
// Where it hardly can: in one of them, besides the host.
const TESTS_OF_6_1: &[&str] = &[
    "budget",
    "restart",
    "reload",
    "drift",
    "hostile",
    "audit",
    "asking",
    "client",
    "clients",
    "rights",
    "orders",
    "ordinary_user",
    "older_service",
];
const TESTS_OF_6_12: &[&str] = &[
    "consumers",
    "one_owner",
    "state_faults",
    "pid_reuse",
    "metrics",
    "top",
    "explain",
    "lifecycle",
    "crashes",
];
const SYSTEMD_TESTS: &[&str] = &["guest_smoke", "alerts_of_limits", "governor", "systemd"];

/// The world called `name`, if there is one.
pub fn named(name: &str) -> Option<World> {
    WORLDS.into_iter().find(|world| world.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_test_file_runs_somewhere() {
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let folders = [package.join("tests"), package.join("../tests")]
            .map(|folder| std::fs::read_dir(folder).unwrap());
        for entry in folders.into_iter().flatten().flatten() {
            let file = entry.path().file_stem().unwrap().to_string_lossy().into_owned();
            assert!(
                WORLDS.iter().any(|world| world.tests().any(|test| test == file)),
                "{file} is in no world"
            );
        }
    }
}
