//! A job that forks faster than anybody can look: whenever the bomb goes off, before, while or after its first process is
//! moved, all of it ends inside the job's group and nobody outside, by the kernel's own word.
//!
//! `make bomb`: a hundred rounds, of which `make test` does three; SEED repeats the moments.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::chance::Chance;
use netlink_tests::bench::{Family, Service, Setup, Stage, cgroup, eventually, turn};
use netlink_tests::need;
use std::time::Instant;

/// A target is taken at this age: a bomb that goes off sooner or later than that is hit at any moment of its growth.
const AGE: u64 = 200;

/// Descendants of a bomb.
const SIZE: usize = 5000;

/// Where each is found by looking at all of them.
const FEWER: usize = 500;

fn rounds() -> u64 {
    let said = std::env::var("ROUNDS").ok().filter(|word| !word.is_empty());
    said.map_or(3, |word| word.parse().unwrap_or_else(|e| panic!("ROUNDS: {e}")))
}

/// What the group lists, and what each process says of itself, are the whole family and nobody else.
#[track_caller]
fn all_are_inside(service: &Service, family: &Family, size: usize) {
    family.grows_to(size + 1);
    let job = format!("auto-ffmpeg-{}", family.head());
    let group = service.group(&job);
    let listed = || -> Vec<u32> {
        let text = std::fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
        let mut pids: Vec<u32> = text.lines().map(|pid| pid.parse().expect("a pid")).collect();
        pids.sort_unstable();
        pids
    };
    let shown = format!("/{}", group.strip_prefix(cgroup::mount()).expect("below the mount").display());
    let began = Instant::now();
    // Whoever forks twice and ends is one of so many for a moment: who there is, is asked anew.
    let mut born = family.members();
    while born.len() != size + 1 || listed() != born || !family.outside(&shown).is_empty() {
        let outside = family.outside(&shown);
        assert!(
            began.elapsed() < netlink_tests::bench::patience(),
            "{} of {} are listed, {} live outside: {outside:?}",
            listed().len(),
            born.len(),
            outside.len()
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
        born = family.members();
    }
    assert_eq!(family.members(), born, "nobody came or went meanwhile");
}

/// Nobody was moved out and in again, nobody refused, and nobody was told to have joined twice.
#[track_caller]
fn moved_once(service: &Service) {
    let records = service.take_records();
    let said = |part: &str| {
        records.iter().filter_map(|r| r["msg"].as_str()).filter(|line| line.contains(part)).count()
    };
    for never in ["could not be moved", "moved out", "Failed", "Released"] {
        assert_eq!(said(never), 0, "{never}: {records:#?}");
    }
    let mut joined: Vec<&str> =
        records.iter().filter_map(|r| r["msg"].as_str()).filter(|line| line.contains("joined job")).collect();
    let times = joined.len();
    joined.sort_unstable();
    joined.dedup();
    assert_eq!(joined.len(), times, "somebody joined twice");
}

fn round(service: &Service, words: &str, size: usize) {
    let stage = Stage::new();
    let mut family = Family::start(&stage.copy("ffmpeg"), words);
    all_are_inside(service, &family, size);
    family.end();
    eventually("its group is gone with it", || service.jobs().is_empty());
    moved_once(service);
}

#[test]
fn all_of_a_fork_bomb_is_inside_whenever_it_goes_off() {
    if !need::service("all_of_a_fork_bomb_is_inside_whenever_it_goes_off") {
        return;
    }
    let _turn = turn();
    let (rounds, mut chance) = (rounds(), Chance::seeded());
    let service =
        Setup::new().config(&format!("filters: {{min_runtime: {AGE}ms}}\nscan_interval: 10ms")).start();
    let mut took = Vec::new();
    for number in 1..=rounds {
        let began = Instant::now();
        let pause = chance.of(0..AGE + 20);
        round(&service, &format!("pause {pause} orphans {SIZE} sleep"), SIZE);
        took.push(began.elapsed());
        println!("round {number} of {rounds}: {SIZE} descendants, all inside, none outside");
    }
    let longest = took.iter().max().copied().unwrap_or_default();
    println!("fork bomb: {rounds} of {rounds} rounds of {SIZE} descendants, the longest in {longest:?}");
}

/// What nobody was told of is found by its ancestors. Who has none any more cannot be, and is not among these.
#[test]
fn all_of_a_fork_bomb_is_inside_though_no_event_told_of_it() {
    if !need::service("all_of_a_fork_bomb_is_inside_though_no_event_told_of_it") {
        return;
    }
    let _turn = turn();
    let mut chance = Chance::seeded();
    let few = "events: {buffer: 64KiB}\nscan_interval: 200ms";
    for (yaml, flags) in [("scan_interval: 100ms", &["--poll-only"][..]), (few, &[])] {
        let service = Setup::new().config(yaml).flags(flags).start();
        round(&service, &format!("pause {} bomb {FEWER} sleep", chance.of(0..150)), FEWER);
    }
    // Born in the middle of it.
    for flags in [&["--poll-only"][..], &[]] {
        let stage = Stage::new();
        let mut family = Family::start(&stage.copy("ffmpeg"), &format!("bomb {FEWER} sleep"));
        let service = Setup::new().config("scan_interval: 200ms").flags(flags).start();
        all_are_inside(&service, &family, FEWER);
        family.end();
    }
}
