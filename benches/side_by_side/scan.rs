//! One pass over /proc: the service's own beside the least that could be read, one thread's processor time each.

use super::figures::{median, micros, own_cpu};
use ffrtmp::config::Flags;
use ffrtmp::engine::Engine;
use ffrtmp::engine::effect::{Effect, Effects};
use ffrtmp::engine::input::Input;
use ffrtmp::model::Pid;
use ffrtmp::model::state::Statistics;
use ffrtmp::sys::proc::Proc;
use ffrtmp::sys::{clock, host};
use netlink_tests::bench::{Actor, Stage};
use rustix::fs::{CWD, Mode, OFlags, RawDir, openat};
use std::hint::black_box;
use std::mem::MaybeUninit;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const ROUNDS: usize = 21;

pub(crate) fn run() {
    println!("\n| a pass over /proc, ms of CPU | processes | median | ratio to bare |");
    println!("| --- | --- | --- | --- |");
    for count in [1000, 3000] {
        let stage = Stage::new();
        let there = procfs::process::all_processes().expect("/proc").count();
        let mut sleepers = Actor::start(&stage.copy("sleeper"), &format!("children {} sleep", count - there));
        netlink_tests::bench::eventually("they are there", || {
            procfs::process::all_processes().expect("/proc").count() >= count - 2
        });
        measure(count);
        sleepers.kill();
        netlink_tests::bench::eventually("they are gone", || {
            procfs::process::all_processes().expect("/proc").count() < count / 2
        });
    }
}

fn measure(count: usize) {
    let proc = Proc::open(Path::new("/proc")).expect("/proc");
    let mut engine = engine(&proc);
    let mut fx = Effects::default();
    let passes: [(&str, &mut dyn FnMut()); 4] = [
        ("bare: getdents, stat read and parsed", &mut bare),
        ("ffrtmp, full pass", &mut || pass(&proc, &mut engine, &mut fx, true)),
        ("procfs crate, stat and uid", &mut procfs_pass),
        ("getdents alone", &mut || drop(black_box(names()))),
    ];
    let mut times = [const { Vec::new() }; 5];
    for _ in 0..ROUNDS {}
    let mut passes = passes;
    for _ in 0..ROUNDS {
        for (n, (_, pass)) in passes.iter_mut().enumerate() {
            times[n].push(timed(pass));
        }
    }
    let names = passes.map(|(name, _)| name);
    for _ in 0..ROUNDS {
        times[4].push(timed(&mut || pass(&proc, &mut engine, &mut fx, false)));
    }
    let bare = median(&times[0]);
    for (name, times) in names.into_iter().chain(["ffrtmp, steady pass"]).zip(&times) {
        let median = median(times);
        println!("| {name} | {count} | {:.2} | {:.2} |", median / 1000.0, median / bare);
    }
}

fn timed(pass: &mut dyn FnMut()) -> f64 {
    let before = own_cpu();
    pass();
    micros(own_cpu() - before)
}

/// An engine that knows every process there is and has nobody to govern.
fn engine(proc: &Proc) -> Engine {
    let policy = host::configure(None, &Flags::default()).expect("the defaults").policy;
    let mut engine =
        Engine::new(Pid(std::process::id()), host::boot_id(), Arc::new(policy), Statistics::default());
    let mut fx = Effects::default();
    pass(proc, &mut engine, &mut fx, true);
    settle(&mut engine, proc, &mut fx);
    engine
}

/// The pass as the reactor makes it: a slice at a time, each process handed to the engine, which compares.
fn pass(proc: &Proc, engine: &mut Engine, fx: &mut Effects, full: bool) {
    let mut walk = proc.walk(full).expect("a walk");
    let mut visit = |pid| {
        if !full && engine.knows(pid) {
            engine.handle(clock::now(), Input::Listed(pid), fx);
        } else if let Some(seen) = proc.sight(pid) {
            engine.handle(clock::now(), Input::Scanned(seen), fx);
        }
    };
    while walk.slice(&mut visit).expect("a slice") {}
    fx.wanted.clear();
    fx.records.clear();
}

/// Answers what the first pass made the engine ask.
fn settle(engine: &mut Engine, proc: &Proc, fx: &mut Effects) {
    engine.handle(clock::now(), Input::ScanEnded(Ok(Duration::ZERO)), fx);
    while let Some(effect) = fx.wanted.pop_front() {
        match effect {
            Effect::Look { pid, wants } => {
                let look = proc.look(pid, wants);
                engine.handle(clock::now(), Input::Looked { pid, look: look.as_ref() }, fx);
            }
            Effect::ReadName { pid } => {
                engine.handle(clock::now(), Input::Named { pid, read_at: clock::mono(), name: None }, fx);
            }
            _ => {}
        }
    }
    fx.records.clear();
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

fn names() -> usize {
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
