//! From what the scanner sees to a consumer's callback, with 3000 processes: from the kernel's own timestamp of a fork, and
//! from the last reading of a sampling pass. With quick consumers alone, and in turns with one more that sleeps a second at
//! every notice.

use super::figures::{median, micros, quantile};
use super::sampling::processes;
use ffrtmp::feed::{Filter, Notice, Registration};
use ffrtmp::model::Mono;
use ffrtmp::model::lifecycle::What;
use ffrtmp::scanner::{Scanner, Settings};
use ffrtmp::sys::clock;
use netlink_tests::bench::{Actor, Stage, eventually};
use std::process::Command;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::sleep;
use std::time::Duration;

const RUNS: usize = 11;
const PROCESSES: usize = 3000;
const FORKS: usize = 400;
const PACE: Duration = Duration::from_millis(5);
const INTERVAL: Duration = Duration::from_millis(100);

/// p50 and p99 of each run.
#[derive(Default)]
struct Quantiles(Vec<f64>, Vec<f64>);

pub(crate) fn run() {
    println!("\n| consumer, {PROCESSES} processes, µs | beside it | p50 | p99 | worst p99 of {RUNS} |");
    println!("| --- | --- | --- | --- | --- |");
    let stage = Stage::new();
    let _sleepers = Actor::start(&stage.copy("sleeper"), &format!("children {PROCESSES} sleep"));
    eventually("they are there", || processes() >= PROCESSES);
    let scanner = Scanner::start(&Settings { interval: INTERVAL, ..Settings::default() }).expect("a scanner");
    let (events, heard) = channel();
    scanner.register("events", Filter::changes(), 4096, forks(events)).expect("registered");
    let (rounds, sampled) = channel();
    scanner.register("rounds", Filter::rounds(), 8, passes(rounds)).expect("registered");

    let beside = ["nobody", "one that sleeps 1 s per notice"];
    let mut figures = beside.map(|_| [Quantiles::default(), Quantiles::default()]);
    for _ in 0..RUNS {
        for (sleeps, figures) in figures.iter_mut().enumerate() {
            let sleeper = (sleeps == 1).then(|| sleeper(&scanner));
            block(&heard, &sampled, figures);
            sleeper.into_iter().for_each(Registration::unregister);
        }
    }
    for (what, row) in ["kernel's event → callback", "end of a pass → callback"].iter().zip(0..) {
        for (beside, figures) in beside.iter().zip(&figures) {
            let Quantiles(p50, p99) = &figures[row];
            let worst = quantile(p99, 1.0);
            println!("| {what} | {beside} | {:.0} | {:.0} | {worst:.0} |", median(p50), median(p99));
        }
    }
    let lost: Vec<_> = scanner.standings().iter().map(|one| (one.name.to_string(), one.lost)).collect();
    println!("lost: {lost:?}");
}

fn forks(out: Sender<f64>) -> impl FnMut(&Notice) + Send {
    let own = std::process::id();
    move |notice| {
        if let Notice::Change(change) = notice
            && change.what == What::Created
            && change.process.ppid.0 == own
        {
            let _ = out.send(since(change.at));
        }
    }
}

/// From when the last process of the pass began to be read.
fn passes(out: Sender<f64>) -> impl FnMut(&Notice) + Send {
    move |notice| {
        if let Notice::Round(round) = notice
            && let Some(last) = round.samples.iter().map(|sample| sample.read_at).max()
        {
            let _ = out.send(since(last));
        }
    }
}

fn since(at: Mono) -> f64 {
    micros(clock::mono() - at)
}

fn sleeper(scanner: &Scanner) -> Registration {
    let sleeps = |_: &Notice| sleep(Duration::from_secs(1));
    scanner.register("sleeper", Filter::everything(), 64, sleeps).expect("registered")
}

fn block(heard: &Receiver<f64>, sampled: &Receiver<f64>, figures: &mut [Quantiles; 2]) {
    sleep(Duration::from_millis(300)); // what the block before has left is over
    let _ = (heard.try_iter().count(), sampled.try_iter().count());
    for _ in 0..FORKS {
        Command::new("true").status().expect("true");
        sleep(PACE);
    }
    sleep(Duration::from_millis(100));
    for (times, Quantiles(p50, p99)) in [heard, sampled].into_iter().zip(figures) {
        let times: Vec<f64> = times.try_iter().collect();
        p50.push(median(&times));
        p99.push(quantile(&times, 0.99));
    }
}
