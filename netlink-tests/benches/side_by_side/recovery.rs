//! How soon after it goes on a service that stood still has governed everybody who started meanwhile: when its buffer held
//! all, and when the kernel had to drop events, so that a scan must find them.

use super::contestant::Contestant;
use super::figures::{median, quantile};
use netlink_tests::bench::{Actor, Stage, eventually};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

const ROUNDS: usize = 20;
const TARGETS: usize = 200;
const TARGET: &str = "side-stopped";

/// Short processes before the targets; the usual buffer holds the events of half as many as these.
const CROWDS: [usize; 2] = [0, 10_000];

pub(crate) fn run() {
    let stage = Stage::new();
    let (crowd, target) = (stage.copy("side-crowd"), stage.copy(TARGET));
    println!("\n| from SIGCONT to all of {TARGETS} governed, ms | rounds | overruns | median | longest |");
    println!("| --- | --- | --- | --- | --- |");
    for short in CROWDS {
        let (mut times, mut overruns) = (Vec::new(), 0);
        for _ in 0..ROUNDS {
            let service = Contestant::service(TARGET);
            times.push(recovery(&service, &crowd, &target, short).as_secs_f64() * 1e3);
            overruns += service.log().matches("the kernel dropped some").count();
        }
        let (middle, longest) = (median(&times), quantile(&times, 1.0));
        println!("| after {short} short processes | {ROUNDS} | {overruns} | {middle:.1} | {longest:.1} |");
    }
}

fn recovery(service: &Contestant, crowd: &Path, target: &Path, short: usize) -> Duration {
    service.hold_still();
    assert!(Actor::start(crowd, &format!("short {short}")).wait().success());
    let targets: Vec<Actor> = (0..TARGETS).map(|_| Actor::start(target, "sleep")).collect();
    let began = Instant::now();
    service.go_on();
    let mut left: Vec<&Actor> = targets.iter().collect();
    while !left.is_empty() {
        left.retain(|target| target.job().is_none());
        sleep(Duration::from_micros(200));
    }
    let took = began.elapsed();
    drop(targets);
    eventually("the groups of ended targets are gone", || {
        !std::fs::read_dir(service.jobs()).expect("the jobs").flatten().any(|group| group.path().is_dir())
    });
    took
}
