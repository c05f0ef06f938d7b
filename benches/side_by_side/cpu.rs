//! What a process that is nobody's target costs: the service and cgrulesengd see the same ones at the same time.

use super::contestant::Contestant;
use super::figures::{cpu_of, forks, median, micros};
use super::rules_daemon;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

struct Pace {
    name: &'static str,
    every: Duration,
    count: u32,
}

const PACES: [Pace; 3] = [
    Pace { name: "back to back", every: Duration::ZERO, count: 2500 },
    Pace { name: "200/s", every: Duration::from_millis(5), count: 500 },
    Pace { name: "20/s", every: Duration::from_millis(50), count: 100 },
];

const ROUNDS: usize = 4;

pub(crate) fn run() {
    let ours = Contestant::service("no-such-target");
    let theirs = rules_daemon::start();
    if let Err(why) = &theirs {
        println!("cgrulesengd cannot be compared with: {why}");
    }
    println!("\n| CPU per `true` started, µs | processes | cgrulesengd | ffrtmp | ratio | other forks |");
    println!("| --- | --- | --- | --- | --- | --- |");
    for pace in &PACES {
        let mut rounds = (Vec::new(), Vec::new());
        let mut others = 0;
        for _ in 0..ROUNDS {
            let cpu = || {
                (cpu_of(ours.pid()), theirs.as_ref().map_or(Duration::ZERO, |theirs| cpu_of(theirs.pid())))
            };
            let (before, forked) = (cpu(), forks());
            start_many(pace);
            sleep(Duration::from_millis(100));
            let after = cpu();
            others += forks() - forked - u64::from(pace.count);
            rounds.0.push(micros(after.0 - before.0) / f64::from(pace.count));
            rounds.1.push(micros(after.1 - before.1) / f64::from(pace.count));
        }
        let (ours, theirs) = (median(&rounds.0), median(&rounds.1));
        let count = pace.count as usize * ROUNDS;
        println!("| {} | {count} | {theirs:.1} | {ours:.1} | {:.2} | {others} |", pace.name, ours / theirs);
    }
}

fn start_many(pace: &Pace) {
    let mut next = Instant::now();
    for _ in 0..pace.count {
        sleep(next.saturating_duration_since(Instant::now()));
        next += pace.every;
        assert!(Command::new("/bin/true").status().expect("true").success());
    }
}
