//! What the service holds in memory: idle, and with many processes and jobs.

use super::contestant::Contestant;
use super::figures::in_memory;
use netlink_tests::bench::{Actor, Stage, eventually};
use std::thread::sleep;
use std::time::Duration;

const PROCESSES: usize = 3000;
const JOBS: usize = 200;

pub(crate) fn run() {
    let stage = Stage::new();
    let (sleeper, target) = (stage.copy("sleeper"), stage.copy("side-service"));
    println!("\n| memory of the service, MiB | RSS | PSS | peak RSS |");
    println!("| --- | --- | --- | --- |");
    let service = Contestant::service("side-service");
    sleep(Duration::from_secs(1));
    row("idle", service.pid());
    let sleepers = Actor::start(&sleeper, &format!("children {PROCESSES} sleep"));
    let jobs: Vec<Actor> = (0..JOBS).map(|_| Actor::start(&target, "sleep")).collect();
    eventually("all are attached", || jobs.iter().all(|job| job.job().is_some()));
    sleep(Duration::from_secs(11)); // a scan has passed
    row(&format!("{PROCESSES} processes, {JOBS} jobs"), service.pid());
    drop(service);
    // Started among them: the first scan meets all at once.
    let service = Contestant::service("side-service");
    sleep(Duration::from_secs(1));
    row(&format!("started among {PROCESSES} processes, {JOBS} jobs"), service.pid());
    drop((jobs, sleepers));
    sleep(Duration::from_secs(3));
    row("the same, after they have ended", service.pid());
}

fn row(name: &str, pid: u32) {
    let ((rss, peak), pss) = (in_memory(pid), shared_fairly(pid));
    println!("| {name} | {rss:.1} | {pss:.1} | {peak:.1} |");
}

/// MiB, of what is shared only its part.
fn shared_fairly(pid: u32) -> f64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).expect("a living service");
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).expect("a line");
    line.trim().trim_end_matches(" kB").parse::<f64>().expect("a number") / 1024.0
}
