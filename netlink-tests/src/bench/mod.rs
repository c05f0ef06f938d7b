//! What the tests are made of: a service of their own with a cgroup root of its own, processes that play transcoders,
//! and ways to see what became of them. Whatever a test starts or makes is gone when it ends, also when it fails.

pub mod actor;
pub mod asking;
pub mod body;
pub mod browser;
pub mod cgroup;
pub mod chance;
pub mod checked;
pub mod cpu;
pub mod crowd;
pub mod disk;
pub mod family;
pub mod installed;
pub mod link;
pub mod ordinary;
pub mod planted;
pub mod programs;
pub mod prometheus;
pub mod scrape;
pub mod service;
pub mod sockets;
pub mod swap;
pub mod terminal;
pub mod traffic;

pub use actor::{Actor, Stage};
pub use body::Body;
pub use browser::Browser;
pub use checked::Checked;
pub use crowd::Crowd;
pub use disk::Disk;
pub use family::Family;
pub use planted::Planted;
pub use service::{Service, Setup};
pub use terminal::Terminal;

use std::time::{Duration, Instant};

/// Waits until something holds. Emulated machines are slow, so the patience is long; nothing is measured by it.
pub fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < patience(), "it never came true that {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub fn patience() -> Duration {
    Duration::from_secs(if world().is_some() { 300 } else { 60 })
}

/// The same check twice: with the kernel's events, and with scans alone. Both ways of finding processes must come to
/// the same result. `check` gets what starts a service with a configuration.
pub fn both_ways(test: &str, check: impl Fn(&dyn Fn(&str) -> Service)) {
    if !crate::need::service(test) {
        return;
    }
    let _turn = turn();
    check(&|yaml| Setup::new().config(yaml).start());
    check(&|yaml| {
        Setup::new().config(&format!("scan_interval: 200ms\n{yaml}")).flags(&["--poll-only"]).start()
    });
}

/// A test's turn on this machine: a service finds every target there is, so no two tests with one may run at a time.
/// Hold it for the whole test; it is also given back when the test's process ends.
#[derive(Debug)]
pub struct Turn {
    _lock: std::fs::File,
}

pub fn turn() -> Turn {
    let path = std::env::temp_dir().join("ffrtmp-tests.lock");
    let lock = std::fs::File::options().create(true).append(true).open(path).expect("the lock of the tests");
    lock.lock().expect("a turn");
    let began = Instant::now();
    while let Some(pid) = stranger() {
        assert!(
            began.elapsed() < patience(),
            "ffrtmp watch runs here already, as process {pid}: it takes our targets"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    Turn { _lock: lock }
}

/// A service that is not of the tests: none of theirs runs between two turns.
fn stranger() -> Option<i32> {
    let all = procfs::process::all_processes().expect("/proc");
    let is_service = |process: &procfs::process::Process| {
        let argv = process.cmdline().unwrap_or_default();
        argv.len() > 1 && argv[0].ends_with("ffrtmp") && argv[1] == "watch"
    };
    all.flatten().find(is_service).map(|process| process.pid)
}

/// The virtual machine we are in; `None` on the development host itself.
pub fn world() -> Option<String> {
    std::env::var("FFRTMP_WORLD").ok().filter(|w| !w.is_empty())
}

/// Whether this kernel has the cgroup v2 controllers that limits need: in the virtual machines yes, on a hybrid host no.
pub fn has_controllers() -> bool {
    std::fs::read_to_string(cgroup::mount().join("cgroup.controllers"))
        .is_ok_and(|c| c.contains("cpu") && c.contains("memory"))
}
