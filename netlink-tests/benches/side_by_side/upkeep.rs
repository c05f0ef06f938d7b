//! What the service takes while nothing happens to it: among many sleepers, with sampling and without, at the same time.

use super::contestant::Contestant;
use super::figures::{cpu_of, forks, in_memory};
use netlink_tests::bench::{Actor, Stage, eventually};
use std::thread::sleep;
use std::time::Duration;

/// Four scans.
const SPAN: Duration = Duration::from_secs(40);

pub(crate) fn run() {
    let seconds = SPAN.as_secs();
    println!(
        "\n| {seconds} s, an interval of 10 s | processes | CPU, % of a core | RSS MiB | peak RSS | other forks |"
    );
    println!("| --- | --- | --- | --- | --- | --- |");
    let stage = Stage::new();
    let sleeper = stage.copy("sleeper");
    let processes = || procfs::process::all_processes().expect("/proc").count();
    for count in [3000_usize, 10_000] {
        let there = processes();
        let mut sleepers = Actor::start(&sleeper, &format!("children {count} sleep"));
        eventually("they are there", || processes() > count);
        let contestants = [("discovery alone", "false"), ("with sampling", "true")].map(|(name, samples)| {
            let yaml = format!("scanner: {{ enabled: {samples} }}\n");
            (name, Contestant::configured("no-such-target", &yaml))
        });
        sleep(Duration::from_secs(11)); // the first scans are made of everything
        let before = (contestants.each_ref().map(|(_, one)| cpu_of(one.pid())), forks());
        sleep(SPAN);
        let others = forks() - before.1;
        for ((name, one), before) in contestants.iter().zip(before.0) {
            let share = (cpu_of(one.pid()) - before).as_secs_f64() / SPAN.as_secs_f64() * 100.0;
            let (rss, peak) = in_memory(one.pid());
            println!("| {name} | {count} | {share:.3} | {rss:.1} | {peak:.1} | {others} |");
        }
        drop(contestants);
        sleepers.kill();
        eventually("they are gone", || processes() < there + count / 2);
    }
}
