//! Two hundred trees run on while the service is stopped, replaced by another program file and killed at any moment: nobody
//! is moved a second time, no limit is lost, and whatever was started meanwhile is governed, too.
//!
//! TREES=20 for fewer; SEED repeats the moments.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::chance::Chance;
use netlink_tests::bench::{
    Actor, Service, Setup, Stage, cgroup, eventually, has_controllers, service::program, turn,
};
use netlink_tests::need;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;

const LIMITS: &str = "default_limits: {cpu_quota: 20, cpu_weight: 50, memory_limit: 300, pids_max: 100}";
/// Processes of a tree: one is there for its own, one is orphaned.
const SIZE: usize = 4;

fn trees() -> usize {
    let said = std::env::var("TREES").ok().filter(|word| !word.is_empty());
    said.map_or(200, |word| word.parse().expect("TREES is a number"))
}

/// Who lives in each job, and the number of its group: one that was made anew has another.
fn census(service: &Service) -> BTreeMap<String, (u64, Vec<u32>)> {
    let of = |job: String| {
        let group = service.group(&job);
        let number = std::fs::metadata(&group).ok()?.ino();
        let text = std::fs::read_to_string(group.join("cgroup.procs")).ok()?;
        let mut members: Vec<u32> = text.lines().map(|pid| pid.parse().expect("a pid")).collect();
        members.sort_unstable();
        Some((job, (number, members)))
    };
    service.jobs().into_iter().filter_map(of).collect()
}

fn limits_hold(service: &Service) {
    if !has_controllers() {
        return;
    }
    let memory = (300_u64 << 20).to_string();
    for job in service.jobs() {
        let group = service.group(&job);
        for (file, text) in
            [("cpu.max", "20000 100000"), ("cpu.weight", "50"), ("memory.max", &memory), ("pids.max", "100")]
        {
            assert_eq!(cgroup::read(&group, file), text, "{job} {file}");
        }
    }
}

#[track_caller]
fn nobody_was_moved(service: &Service) {
    for never in ["Attached PID", "joined job", "Could not", "Drift", "Released", "Limits of job"] {
        assert_eq!(service.count(never), 0, "{never}: {:#?}", service.said());
    }
}

#[test]
fn two_hundred_trees_outlive_stops_upgrades_and_kills() {
    let test = "two_hundred_trees_outlive_stops_upgrades_and_kills";
    if !need::service(test) {
        return;
    }
    let _turn = turn();
    let (count, mut chance) = (trees(), Chance::seeded());
    let (stage, programs) = (Stage::new(), tempfile::tempdir().expect("a folder for the program"));
    let installed = programs.path().join("ffrtmp");
    std::fs::copy(program(), &installed).expect("a copy of the product");
    let mut service =
        Setup::new().config(&format!("scan_interval: 1s\n{LIMITS}")).program(&installed).start();
    let ffmpeg = stage.copy("ffmpeg");
    let actors: Vec<Actor> = (0..count).map(|_| Actor::start(&ffmpeg, "children 2 orphan sleep")).collect();
    let all_inside = |service: &Service| {
        let census = census(service);
        census.len() == count && census.values().all(|(_, members)| members.len() == SIZE)
    };
    eventually("all trees are inside", || all_inside(&service));
    eventually("all is told", || service.count("Attached PID") == count);
    let before = census(&service);
    assert!(actors.iter().all(|actor| before.contains_key(&format!("auto-ffmpeg-{}", actor.pid()))));
    limits_hold(&service);

    // In order; and the program's file is another one at the next start.
    assert!(service.stop().success());
    let newer = programs.path().join("newer");
    std::fs::copy(program(), &newer).expect("a copy of the product");
    std::fs::rename(&newer, &installed).expect("an upgrade");
    assert_eq!(census(&service), before, "all stays while nobody looks after it");
    limits_hold(&service);
    service = service.start_again();
    assert_eq!(service.count("an earlier run attached it"), count);
    nobody_was_moved(&service);
    assert_eq!(census(&service), before);

    // Killed at any moment, of its start, too.
    for _ in 0..5 {
        std::thread::sleep(chance.millis(0..400));
        service.kill();
        nobody_was_moved(&service);
        service = service.launch_again();
    }
    service.wait_for("Auto-attach service started");
    nobody_was_moved(&service);
    assert_eq!(census(&service), before);
    limits_hold(&service);

    // Killed while another tree is being attached: it is there once, in the end. Whose child its orphan is nobody may know.
    let late = Actor::start(&ffmpeg, "children 2 orphan sleep");
    std::thread::sleep(chance.millis(0..20));
    service.kill();
    service = service.start_again();
    late.caught_as("ffmpeg");
    let name = format!("auto-ffmpeg-{}", late.pid());
    assert!(service.count(&format!("(job {name})")) > 0 || service.count("Attached PID") <= 1);
    let mut after = census(&service);
    after.retain(|job, _| before.contains_key(job));
    assert_eq!(after, before);
    limits_hold(&service);
}
