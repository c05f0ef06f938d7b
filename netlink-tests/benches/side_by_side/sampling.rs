//! Passes over /proc in turns: what the service makes of one, beside the bare floor and two crates. Processor time of one
//! thread, so whatever else the machine does widens the spread and not the ratio.

use super::figures::{median, micros, own_cpu};
use super::{floor, passes};
use netlink_tests::bench::{Actor, Stage, eventually};
use std::time::Instant;
use sysinfo::System;

const ROUNDS: usize = 21;

pub(crate) fn run() {
    println!("\n| a pass over /proc, ms of CPU | processes | median | ratio to bare | bar |");
    println!("| --- | --- | --- | --- | --- |");
    let stage = Stage::new();
    let sleeper = stage.copy("sleeper");
    let mut walls = Vec::new();
    for count in [1000_usize, 3000] {
        let there = processes();
        let mut sleepers = Actor::start(&sleeper, &format!("children {count} sleep"));
        eventually("they are there", || processes() > count);
        walls.push((count, measure(count)));
        sleepers.kill();
        eventually("they are gone", || processes() < there + count / 2);
    }
    for (count, wall) in walls {
        println!("\nA sample of {count} processes took {:.1} ms on the clock (median).", wall / 1000.0);
    }
}

pub(crate) fn processes() -> usize {
    procfs::process::all_processes().expect("/proc").count()
}

/// The rows for so many processes; the wall time of a sampling pass, in µs.
fn measure(count: usize) -> f64 {
    let (mut steady, mut sampling, mut told) =
        (passes::engine(false), passes::engine(true), passes::engine(true));
    sampling.proc = sampling.proc.alone();
    let (details, mut system) = (passes::Details::new(), System::new());
    let mut walls = Vec::new();
    let mut rows: [(&str, &str, &mut dyn FnMut()); 9] = [
        ("bare: list, then open, read, close and parse each stat", "", &mut floor::stats_read_and_parsed),
        ("bare: the list alone", "", &mut floor::listed),
        ("ffrtmp, steady reconciliation", "0.20", &mut || assert!(passes::pass(&mut steady).is_none())),
        ("ffrtmp, sampling pass, told by the kernel where it can", "", &mut || {
            assert!(passes::pass(&mut told).is_some());
        }),
        ("ffrtmp, sampling pass, all through /proc", "1.25", &mut || {
            let began = Instant::now();
            let round = passes::pass(&mut sampling).expect("a round");
            walls.push(micros(began.elapsed()));
            assert!(round.samples.len() > count);
        }),
        ("procfs crate, stat and owner", "", &mut passes::procfs_stat),
        ("sysinfo crate, CPU and memory", "", &mut || passes::sysinfo_sample(&mut system)),
        ("ffrtmp, stat, owner, exe, cwd, cgroup, cmdline", "3.60", &mut || details.read()),
        ("procfs crate, the same", "", &mut passes::procfs_details),
    ];
    let mut times = [const { Vec::new() }; 9];
    for _ in 0..ROUNDS {
        for ((.., pass), times) in rows.iter_mut().zip(&mut times) {
            let before = own_cpu();
            pass();
            times.push(micros(own_cpu() - before));
        }
    }
    let bare = median(&times[0]);
    for ((name, bar, _), times) in rows.iter().zip(&times) {
        let median = median(times);
        println!("| {name} | {count} | {:.2} | {:.2} | {bar} |", median / 1000.0, median / bare);
    }
    median(&walls)
}
