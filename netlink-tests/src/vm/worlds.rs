//! The table of worlds: what each boots, and which files of `netlink-tests/tests/` run in it.
//! To bring a test file to a world, add its name here; the tests themselves read `FFRTMP_WORLD`.

/// What stands behind `/` once the kernel is up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// busybox and the tests, nothing else: the fastest boot, and an empty cgroup tree.
    Initramfs,
    /// Debian 12 with systemd as PID 1 and Debian's own ffmpeg.
    Debian,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct World {
    pub name: &'static str,
    /// Series of the Debian cloud kernel it boots.
    pub kernel: &'static str,
    pub root: Root,
    pub memory_mib: u32,
    pub tests: &'static [&'static str],
}

pub const WORLDS: [World; 3] = [
    World { name: "6.1", kernel: "6.1", root: Root::Initramfs, memory_mib: 1536, tests: KERNEL_TESTS },
    World { name: "6.12", kernel: "6.12", root: Root::Initramfs, memory_mib: 1536, tests: KERNEL_TESTS },
    World { name: "systemd", kernel: "6.1", root: Root::Debian, memory_mib: 2048, tests: SYSTEMD_TESTS },
];

const KERNEL_TESTS: &[&str] = &["guest_smoke", "governor"];
const SYSTEMD_TESTS: &[&str] = &["guest_smoke", "governor"];

/// The world called `name`, if there is one.
pub fn named(name: &str) -> Option<World> {
    WORLDS.into_iter().find(|world| world.name == name)
}
