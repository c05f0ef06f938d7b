//! The shipped units under a real systemd: what an operator relies on when he installs, starts, stops, kills, reloads
//! and upgrades the service. Needs a machine of its own.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

mod checked;
mod disks;
mod containers;
mod held;
mod lives;
mod neighbours;
mod seen;
mod shipped;

use netlink_tests::bench::{self, Actor, cgroup, installed};
use netlink_tests::need;

/// Only this world may be installed into.
fn can_run(test: &str) -> bool {
    need::have(test, "the systemd world", bench::world().as_deref() == Some("systemd"))
}

/// The job of a transcoder, when it is where the shipped units put it.
fn job(pid: u32) -> Option<String> {
    let group = cgroup::of(pid)?;
    group.strip_prefix("/system.slice/ffrtmp-jobs.service/jobs/").map(str::to_owned)
}

fn is_caught(actor: &Actor) -> String {
    let expected = format!("auto-ffmpeg-{}", actor.pid());
    bench::eventually(&format!("{expected} is a job of the unit"), || {
        job(actor.pid()).as_ref() == Some(&expected)
    });
    expected
}

fn quota(job: &str) -> String {
    cgroup::read(&installed::group(job), "cpu.max")
}
