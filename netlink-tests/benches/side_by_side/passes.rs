//! Ways to learn of all processes, each as its users would take it: our engine on the real /proc, our readers one process
//! after the other, and what the procfs and sysinfo crates offer.

use ffrtmp::engine::effect::{Depth, Wants};
use ffrtmp::model::sample::Round;
use ffrtmp::sys::proc::{PidPath, Proc};
use netlink_tests::driven::Driven;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System};

/// Always due when it is this one's turn again.
const OFTEN: Duration = Duration::from_millis(1);

/// An engine whose passes follow upon each other, sampling or not.
pub(crate) fn engine(samples: bool) -> Driven {
    Driven::under(|policy| {
        policy.scan_interval = if samples { Duration::from_secs(3600) } else { OFTEN };
        match &mut policy.scanner {
            Some(scanner) if samples => scanner.interval = OFTEN,
            scanner => *scanner = None,
        }
    })
}

/// One pass, from the deadline to the end of the round that it ends in; what it sampled, if that was wanted.
pub(crate) fn pass(driven: &mut Driven) -> Option<Arc<Round>> {
    let before = driven.passes;
    driven.tick();
    assert_eq!(driven.passes, before + 1);
    driven.fx.round.take()
}

/// Everything that this program can ask of a process, of every process.
#[derive(Debug)]
pub(crate) struct Details(Proc);

impl Details {
    pub(crate) fn new() -> Details {
        Details(Proc::open(Path::new("/proc")).expect("/proc"))
    }

    /// stat, owner, exe, cwd, cgroup, cmdline.
    pub(crate) fn read(&self) {
        let (mut file, wants) = ([0; 4096], Wants { cwd: true, parent_exe: false });
        let mut walk = self.0.walk(Depth::Full).expect("/proc");
        let mut visit = |pid, _| {
            black_box(self.0.look(pid, wants));
            for name in ["/cgroup", "/cmdline"] {
                black_box(self.0.read(&PidPath::of(pid, name), &mut file));
            }
        };
        while walk.slice(&mut visit).expect("a slice") {}
    }
}

pub(crate) fn procfs_stat() {
    for process in procfs::process::all_processes().expect("/proc").flatten() {
        black_box((process.stat().ok(), process.uid().ok()));
    }
}

pub(crate) fn procfs_details() {
    for process in procfs::process::all_processes().expect("/proc").flatten() {
        black_box((process.stat().ok(), process.uid().ok(), process.exe().ok(), process.cwd().ok()));
        black_box((process.cgroups().ok(), process.cmdline().ok()));
    }
}

/// Processor time and memory, of processes only: threads would be another question.
pub(crate) fn sysinfo_sample(system: &mut System) {
    let wanted = ProcessRefreshKind::nothing().without_tasks().with_cpu().with_memory();
    black_box(system.refresh_processes_specifics(ProcessesToUpdate::All, true, wanted));
}
