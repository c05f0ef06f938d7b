//! One pass over /proc: the service's own beside the least that could be read, one thread's processor time each.

use super::figures::{median, micros, own_cpu};
use ffrtmp::engine::effect::Depth;
use netlink_tests::bench::{Actor, Stage, eventually};
use netlink_tests::driven::Driven;
use rustix::fs::{CWD, Mode, OFlags, RawDir, openat};
use std::hint::black_box;
use std::mem::MaybeUninit;

const ROUNDS: usize = 21;

pub(crate) fn run() {
    println!("\n| a pass over /proc, ms of CPU | processes | median | ratio to bare |");
    println!("| --- | --- | --- | --- |");
    let stage = Stage::new();
    let sleeper = stage.copy("sleeper");
    for count in [1000, 3000] {
        let there = processes();
        let mut sleepers = Actor::start(&sleeper, &format!("children {} sleep", count - there));
        eventually("they are there", || processes() >= count - count / 50);
        measure(count);
        sleepers.kill();
        eventually("they are gone", || processes() < there + there / 2);
    }
}

pub(crate) fn processes() -> usize {
    procfs::process::all_processes().expect("/proc").count()
}

fn measure(count: usize) {
    let (mut driven, mut alone) = (Driven::running(), Driven::running());
    alone.proc = alone.proc.alone();
    let names = [
        "bare: getdents, stat read and parsed",
        "ffrtmp, full pass",
        "ffrtmp, steady pass",
        "ffrtmp, full pass, told by the kernel",
        "the same, all read from /proc",
        "procfs crate, stat and uid",
        "getdents alone",
    ];
    let mut times = names.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        times[0].push(timed(&mut bare));
        times[1].push(timed(&mut || driven.pass(Depth::Full)));
        times[2].push(timed(&mut || driven.pass(Depth::Steady)));
        times[3].push(timed(&mut || driven.pass(Depth::Sampling)));
        times[4].push(timed(&mut || alone.pass(Depth::Sampling)));
        times[5].push(timed(&mut procfs_pass));
        times[6].push(timed(&mut || assert!(listed() > 0)));
        driven.settle();
        alone.settle();
    }
    let bare = median(&times[0]);
    for (name, times) in names.iter().zip(&times) {
        let median = median(times);
        println!("| {name} | {count} | {:.2} | {:.2} |", median / 1000.0, median / bare);
    }
}

fn timed(pass: &mut dyn FnMut()) -> f64 {
    let before = own_cpu();
    pass();
    micros(own_cpu() - before)
}

fn bare() {
    let mut line = [0; 1024];
    let root = openat(CWD, "/proc", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).expect("/proc");
    let mut buffer = [MaybeUninit::uninit(); 32 << 10];
    let mut entries = RawDir::new(&root, &mut buffer);
    while let Some(Ok(entry)) = entries.next() {
        let name = entry.file_name().to_bytes();
        if name[0].is_ascii_digit() {
            let mut path = [0; 24];
            path[..name.len()].copy_from_slice(name);
            path[name.len()..name.len() + 5].copy_from_slice(b"/stat");
            let Ok(file) = openat(&root, &path[..name.len() + 5], OFlags::RDONLY, Mode::empty()) else {
                continue;
            };
            let length = rustix::io::read(&file, &mut line).unwrap_or(0);
            black_box(start_time(&line[..length]));
        }
    }
}

/// State, parent and start time: every number on the way is parsed.
fn start_time(line: &[u8]) -> Option<(u8, u64, u64)> {
    let behind = line.iter().rposition(|&b| b == b')')? + 2;
    let state = *line.get(behind)?;
    let mut numbers = line[behind + 2..].split(|&b| b == b' ').map(|digits| {
        digits
            .iter()
            .fold(0_u64, |n, digit| n.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0'))))
    });
    let parent = numbers.next()?;
    Some((state, parent, numbers.nth(17)?))
}

fn listed() -> usize {
    let root = openat(CWD, "/proc", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).expect("/proc");
    let mut buffer = [MaybeUninit::uninit(); 32 << 10];
    let mut entries = RawDir::new(&root, &mut buffer);
    let mut count = 0;
    while let Some(Ok(entry)) = entries.next() {
        count += usize::from(black_box(entry.file_name()).to_bytes()[0].is_ascii_digit());
    }
    count
}

fn procfs_pass() {
    for process in procfs::process::all_processes().expect("/proc").flatten() {
        black_box((process.stat().ok(), process.uid().ok()));
    }
}
