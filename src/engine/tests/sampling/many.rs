//! Thousands of processes, and more than samples may be kept of.

use super::*;
use crate::config::policy::{Policy, ScannerPolicy};

fn at_most(max_processes: usize) -> Policy {
    let scanner = ScannerPolicy { interval: SCAN_INTERVAL, max_processes, ..ScannerPolicy::default() };
    Policy { scanner: Some(scanner), ..sampling() }
}

fn crowd(sim: &mut Sim, size: u64) -> Vec<u32> {
    let crowd: Vec<u32> = (0..size).map(|_| sim.host.fork(SHELL)).collect();
    for (n, &pid) in (1..).zip(&crowd) {
        sim.host.proc(pid).used.resident = n;
    }
    crowd
}

#[test]
fn of_twelve_thousand_every_one_is_told_right() {
    let mut sim = Sim::running(at_most(20_000));
    let crowd = crowd(&mut sim, 12_000);
    sim.run(SCAN_INTERVAL);
    for (n, &pid) in crowd.iter().enumerate() {
        sim.host.run(pid, Duration::from_millis(n as u64 % 100));
    }
    sim.run(SCAN_INTERVAL);
    assert_eq!((last(&sim).samples.len(), last(&sim).left_out), (sim.host.procs.len(), 0));
    for (n, &pid) in crowd.iter().enumerate() {
        assert_told(&sim, pid, (n % 100) as f64 / 1000.0, 0.0);
    }
}

#[test]
fn beyond_the_most_there_may_be_the_busiest_are_kept_then_the_largest_and_jobs_always() {
    let mut sim = Sim::running(at_most(1000));
    let job = sim.spawn(SHELL, "ffmpeg");
    let crowd = crowd(&mut sim, 12_000);
    sim.run(SCAN_INTERVAL);
    let (busy, dull) = (&crowd[..100], &crowd[crowd.len() - 899..]);
    for &pid in busy {
        sim.host.run(pid, seconds(0.1));
    }
    sim.run(SCAN_INTERVAL);
    let round = last(&sim);
    assert_eq!((round.samples.len(), round.left_out), (1000, sim.host.procs.len() - 1000));
    assert!(round.samples.is_sorted_by_key(|sample| sample.identity.pid));
    assert!(busy.iter().chain(dull).chain([&job]).all(|&kept| round.of(pid(kept)).is_some()));
}

#[test]
fn one_of_which_no_sample_was_kept_is_told_right_as_soon_as_one_is() {
    let mut sim = Sim::running(at_most(100));
    let crowd = crowd(&mut sim, 3000);
    let small = crowd[0];
    sim.host.run(small, seconds(1000.0));
    sim.run(SCAN_INTERVAL * 2);
    assert!(last(&sim).of(pid(small)).is_none(), "it has done nothing for long");
    sim.host.run(small, seconds(2.0));
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, small, 2.0, 0.0);
    sim.host.exit(small);
    sim.run(SCAN_INTERVAL);
    assert!(recent(&sim, SHELL).is_none_or(|recent| recent.children == 0.0));
}

#[test]
fn another_most_counts_from_the_next_round_on() {
    let mut sim = Sim::running(at_most(100));
    crowd(&mut sim, 1000);
    sim.run(SCAN_INTERVAL);
    assert_eq!(last(&sim).samples.len(), 100);
    sim.reload(at_most(500));
    sim.run(SCAN_INTERVAL);
    assert_eq!((last(&sim).samples.len(), last(&sim).left_out), (500, sim.host.procs.len() - 500));
    assert!(last(&sim).samples.iter().all(|sample| sample.recent.is_some()));
}
