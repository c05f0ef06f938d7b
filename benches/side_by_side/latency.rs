//! exec → seen and exec → attached, of the service and of the bare loop in turns. The kernel's tracepoints are the clock
//! for both: the exec, the first call that the event thread makes about a process, the move into a group of the jobs.

use super::contestant::Contestant;
use super::figures::quantile;
use super::tracer::{Trace, Tracer};
use netlink_tests::bench::{Actor, Stage, eventually};
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// One way of starting targets: so many a block, so far apart, so many blocks for each contestant.
struct Pace {
    name: &'static str,
    every: Duration,
    block: usize,
    blocks: usize,
}

/// Isolated: an RCU grace period, which a move may have to wait for, has long passed.
const PACES: [Pace; 2] = [
    Pace { name: "isolated", every: Duration::from_millis(250), block: 15, blocks: 8 },
    Pace { name: "200/s", every: Duration::from_millis(5), block: 200, blocks: 8 },
];

#[derive(Default)]
struct Times {
    seen: Vec<f64>,
    attached: Vec<f64>,
    missed: usize,
}

struct Side {
    contestant: Contestant,
    program: PathBuf,
}

pub(crate) fn run() {
    let stage = Stage::new();
    let tracer = match Tracer::new(stage.path()) {
        Ok(tracer) => tracer,
        Err(why) => return println!("SKIPPED latency: needs tracefs ({why})"),
    };
    let sides = [
        Side { contestant: Contestant::bare("side-bare"), program: stage.copy("side-bare") },
        Side { contestant: Contestant::service("side-service"), program: stage.copy("side-service") },
    ];
    sides.iter().for_each(|side| side.contestant.hold_still());
    println!(
        "\n| exec → … (µs) | n | bare p50 | bare p99 | ffrtmp p50 | ffrtmp p99 | p50 ratio | p99 ratio |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for pace in &PACES {
        let mut times = [Times::default(), Times::default()];
        for _ in 0..pace.blocks {
            for (side, times) in sides.iter().zip(&mut times) {
                block(pace, side, &tracer, times);
            }
        }
        let [bare, ours] = &times;
        row(&format!("seen, {}", pace.name), &bare.seen, &ours.seen);
        row(&format!("attached, {}", pace.name), &bare.attached, &ours.attached);
        for (side, times) in ["bare", "ffrtmp"].iter().zip(&times) {
            if times.missed > 0 {
                println!("{side} missed {} targets", times.missed);
            }
        }
    }
}

fn row(name: &str, bare: &[f64], ours: &[f64]) {
    let [b50, b99, o50, o99] =
        [(bare, 0.5), (bare, 0.99), (ours, 0.5), (ours, 0.99)].map(|(values, q)| quantile(values, q));
    let n = ours.len();
    println!(
        "| {name} | {n} | {b50:.0} | {b99:.0} | {o50:.0} | {o99:.0} | {:.2} | {:.2} |",
        o50 / b50,
        o99 / b99
    );
}

fn block(pace: &Pace, side: &Side, tracer: &Tracer, times: &mut Times) {
    side.contestant.go_on();
    sleep(Duration::from_millis(300)); // what was queued while it stood still is worked off
    tracer.follow(side.contestant.pid());
    tracer.clear();
    let mut targets = Vec::with_capacity(pace.block);
    let mut next = Instant::now();
    for _ in 0..pace.block {
        sleep(next.saturating_duration_since(Instant::now()));
        next += pace.every;
        targets.push(Actor::start(&side.program, "sleep"));
    }
    sleep(Duration::from_millis(200));
    let trace = tracer.read();
    let jobs = side.contestant.jobs_shown();
    targets.iter().for_each(|target| times.add(&trace, target.pid(), &jobs));
    drop(targets);
    tidy(&side.contestant);
    side.contestant.hold_still();
}

impl Times {
    fn add(&mut self, trace: &Trace, pid: u32, jobs: &str) {
        let exec = trace.execs.iter().find(|(execed, _)| *execed == pid).expect("its exec was traced").1;
        let of_it =
            |(moved, at, to): &&(u32, f64, String)| *moved == pid && *at >= exec && to.starts_with(jobs);
        match trace.moves.iter().find(of_it) {
            Some((_, at, _)) => self.attached.push(at - exec),
            None => self.missed += 1,
        }
        self.seen.extend(trace.calls.iter().find(|at| **at >= exec).map(|at| at - exec));
    }
}

/// The service removes its groups itself; those of the bare loop are removed here.
fn tidy(contestant: &Contestant) {
    eventually("the groups of ended targets are gone", || {
        let groups = std::fs::read_dir(contestant.jobs()).expect("the jobs").flatten();
        let left: Vec<_> = groups.filter(|group| group.path().is_dir()).collect();
        left.iter().filter(|group| group.file_name().to_string_lossy().starts_with("bare-")).for_each(
            |group| {
                let _ = std::fs::remove_dir(group.path());
            },
        );
        left.is_empty()
    });
}
