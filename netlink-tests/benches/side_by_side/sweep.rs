//! How often to sample: what a longer interval saves, and what it falsifies. Three kinds of load run in groups of their own,
//! and the kernel's account of each group, cpu.stat, is the truth. Real seconds: the seven intervals run at the same time,
//! each with an engine of its own.

use super::figures::{median, own_cpu};
use super::passes::pass;
use super::plot::{self, Line};
use ffrtmp::model::Pid;
use ffrtmp::model::sample::Round;
use netlink_tests::bench::cgroup::{Home, counter};
use netlink_tests::bench::{Actor, Stage, eventually};
use netlink_tests::driven::Driven;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

const INTERVALS: [u64; 7] = [1, 2, 5, 10, 20, 30, 60];
const SECONDS: u64 = 120;
const PROCESSES: usize = 3000;

/// What runs, and what it is told: a third of a core each.
const LOADS: [(&str, &str, &str); 3] = [
    ("busy all the time", "bursts 10 20", "#1f77b4"),
    ("bursts of 1.5 s", "bursts 1500 3000", "#d97706"),
    ("lives of 30 ms", "brief 30 60", "#2e8b57"),
];

#[derive(Debug)]
struct Load {
    actor: Actor,
    home: Home,
}

impl Load {
    /// In its group from its first instruction on: what it forks is there, too.
    fn start(stage: &Stage, number: usize, words: &str) -> Load {
        let (home, go) = (Home::new(&format!("sweep-{number}")), stage.path().join(format!("go-{number}")));
        let actor = Actor::start(&stage.copy("load"), &format!("await {} {words}", go.display()));
        home.put(actor.pid());
        std::fs::write(go, "").expect("a word");
        Load { actor, home }
    }

    /// Seconds that all of it has had on processors.
    fn had(&self) -> f64 {
        counter(self.home.path(), "cpu.stat", "usage_usec") as f64 / 1e6
    }

    /// The same since the round before, as the round tells it.
    fn told(&self, round: &Round) -> f64 {
        let root = Pid(self.actor.pid());
        let its = round.samples.iter().filter(|sample| sample.identity.pid == root || sample.ppid == root);
        let cores: f32 = its.filter_map(|sample| sample.recent).map(|r| r.cores + r.children).sum();
        f64::from(cores) * round.over.unwrap_or_default().as_secs_f64()
    }
}

/// One interval and what came of it.
struct Lane {
    every: u64,
    driven: Driven,
    before: Vec<f64>,
    errors: [Vec<f64>; 3],
    cpu: Duration,
}

impl Lane {
    /// It begins with a round.
    fn new(every: u64, loads: &[Load]) -> Lane {
        let driven = Driven::under(|policy| {
            policy.scan_interval = Duration::from_secs(3600);
            // Due long before its turn, however late the one before was.
            policy.scanner.as_mut().expect("it samples").interval = Duration::from_millis(every * 100);
        });
        let before = loads.iter().map(Load::had).collect();
        Lane { every, driven, before, errors: Default::default(), cpu: Duration::ZERO }
    }

    fn sample(&mut self, loads: &[Load]) {
        let before = own_cpu();
        let round = pass(&mut self.driven).expect("a round");
        self.cpu += own_cpu() - before;
        let had: Vec<f64> = loads.iter().map(Load::had).collect();
        for (n, load) in loads.iter().enumerate() {
            let truth = had[n] - self.before[n];
            if truth > 0.0 {
                self.errors[n].push((load.told(&round) - truth).abs() / truth * 100.0);
            }
        }
        self.before = had;
    }

    fn of_a_core(&self) -> f64 {
        self.cpu.as_secs_f64() / SECONDS as f64 * 100.0
    }
}

pub(crate) fn run() {
    let stage = Stage::new();
    let count = || procfs::process::all_processes().expect("/proc").count();
    let _sleepers = Actor::start(&stage.copy("sleeper"), &format!("children {PROCESSES} sleep"));
    eventually("they are there", || count() > PROCESSES);
    let start = |(number, &(_, words, _)): (usize, &(&str, &str, &str))| Load::start(&stage, number, words);
    let loads: Vec<Load> = LOADS.iter().enumerate().map(start).collect();
    let mut lanes = INTERVALS.map(|every| Lane::new(every, &loads));
    let began = Instant::now();
    for second in 1..=SECONDS {
        sleep((began + Duration::from_secs(second)).saturating_duration_since(Instant::now()));
        for lane in lanes.iter_mut().filter(|lane| second % lane.every == 0) {
            lane.sample(&loads);
        }
    }
    tell(&lanes);
}

fn tell(lanes: &[Lane]) {
    let [busy, bursty, brief] = LOADS.map(|(name, ..)| name);
    println!(
        "\n| sampled every | rounds | error, {busy} | {bursty} | {brief} | CPU of sampling {PROCESSES} processes |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    for lane in lanes {
        let [busy, bursty, brief] = [0, 1, 2].map(|n| median(&lane.errors[n]));
        let rounds = lane.errors[0].len();
        let cpu = lane.of_a_core();
        println!(
            "| {} s | {rounds} | {busy:.2} % | {bursty:.2} % | {brief:.2} % | {cpu:.3} % of a core |",
            lane.every
        );
    }
    let line = |name, colour, of: &dyn Fn(&Lane) -> f64| {
        let points = lanes.iter().map(|lane| (lane.every as f64, of(lane))).collect();
        Line { name, colour, points }
    };
    let mut lines: Vec<Line> =
        (0..LOADS.len()).map(|n| line(LOADS[n].0, LOADS[n].2, &|lane| median(&lane.errors[n]))).collect();
    lines.push(line("CPU it takes", "#777777", &Lane::of_a_core));
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/images/sampling.svg"));
    plot::write(
        &path,
        "Error of what a round tells of a load, and what sampling 3000 processes takes",
        &lines,
    );
}
