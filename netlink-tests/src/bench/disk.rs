//! The disks that an emulated machine has to try limits on, and what processes really get of them.

use super::{cgroup, world};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// One of `vm::qemu`'s scratch disks: `free` is as fast as the machine, `slow` has 20 MB/s for all.
#[derive(Debug)]
pub struct Disk {
    /// `vda`, say.
    name: String,
    was_scheduled_by: String,
}

impl Disk {
    /// `None` on any machine but an emulated one.
    pub fn named(serial: &str) -> Option<Disk> {
        world().filter(|world| world.starts_with('6'))?;
        modprobe("virtio_pci");
        modprobe("virtio_blk");
        let names = fs::read_dir("/sys/block").ok()?.flatten().map(|entry| entry.file_name());
        let mut names = names.filter_map(|name| name.into_string().ok());
        let name = names.find(|name| {
            fs::read_to_string(format!("/sys/block/{name}/serial")).is_ok_and(|told| told.trim() == serial)
        })?;
        let schedulers = fs::read_to_string(scheduler(&name)).expect("its schedulers");
        let chosen = schedulers.split_whitespace().find_map(|name| name.strip_prefix('[')?.strip_suffix(']'));
        Some(Disk { was_scheduled_by: chosen.expect("one is chosen").into(), name })
    }

    pub fn path(&self) -> String {
        format!("/dev/{}", self.name)
    }

    /// As groups name it.
    pub fn number(&self) -> String {
        let text = fs::read_to_string(format!("/sys/block/{}/dev", self.name)).expect("its number");
        text.trim().to_owned()
    }

    /// Until this is dropped. Without bfq's favours for whoever has just begun, which for seconds count for more than weights.
    pub fn schedule_by_bfq(&self) {
        fs::write(scheduler(&self.name), "bfq").expect("a scheduler");
        fs::write(format!("/sys/block/{}/queue/iosched/low_latency", self.name), "0").expect("a setting");
    }

    /// A count of this disk's in `io.stat` of a group: `rbytes`, `wios`.
    pub fn counter(&self, group: &Path, count: &str) -> u64 {
        let text = cgroup::read(group, "io.stat");
        let line = text.lines().find_map(|line| line.strip_prefix(&self.number()));
        let mut words = line.unwrap_or_default().split(' ');
        let number = words.find_map(|word| word.strip_prefix(count)?.strip_prefix('=')?.parse().ok());
        number.unwrap_or_default()
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = fs::write(scheduler(&self.name), &self.was_scheduled_by);
    }
}

fn scheduler(name: &str) -> PathBuf {
    format!("/sys/block/{name}/queue/scheduler").into()
}

pub fn modprobe(module: &str) {
    let status = Command::new("modprobe").arg(module).status().expect("modprobe");
    assert!(status.success(), "{module}");
}

/// What each of these counters gains in a second, over some.
pub fn rates<const N: usize>(counters: [&dyn Fn() -> u64; N]) -> [f64; N] {
    let (began, before) = (Instant::now(), counters.map(|counter| counter()));
    std::thread::sleep(Duration::from_secs(3));
    let (took, after) = (began.elapsed(), counters.map(|counter| counter()));
    std::array::from_fn(|n| (after[n] - before[n]) as f64 / took.as_secs_f64())
}

/// The same, measured again while it is not as expected, three times at most: an emulated machine stands still while its
/// host is busy.
pub fn rates_as<const N: usize>(
    counters: [&dyn Fn() -> u64; N],
    expected: impl Fn([f64; N]) -> bool,
) -> [f64; N] {
    let mut measured = rates(counters);
    for _ in 0..2 {
        if expected(measured) {
            break;
        }
        println!("rates of {measured:.0?} are not as expected, measuring again");
        measured = rates(counters);
    }
    println!("rates of {measured:.0?}");
    measured
}

/// Within a tenth.
pub fn is_about(rate: f64, expected: f64) -> bool {
    (expected * 0.9..=expected * 1.1).contains(&rate)
}

/// Bytes that have come back to a process from what it has read, and that it has written.
pub fn read_by(pid: u32) -> u64 {
    told(pid).rchar
}

pub fn written_by(pid: u32) -> u64 {
    told(pid).wchar
}

fn told(pid: u32) -> procfs::process::Io {
    procfs::process::Process::new(pid.cast_signed()).and_then(|process| process.io()).expect("it runs")
}
