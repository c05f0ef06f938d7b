//! What an attachment waits for the kernel: nothing while a burst of them lasts, nor where the mount option says so, which
//! is switched on and off as the operator asks, and no other with it. That in virtual machines alone: some kernels never
//! take the option back.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::{
    Actor, Checked, Service, Setup, Stage, cgroup, eventually, has_controllers, turn, world,
};
use netlink_tests::need;
use std::collections::BTreeSet;
use std::time::Duration;

const TIMES: usize = 8;

/// Long enough for the kernel to forget the last move, and for the service to take it for no burst.
const LULL: Duration = Duration::from_millis(400);

fn options() -> BTreeSet<String> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").expect("mounts");
    let of_groups =
        |line: &str| line.split(' ').nth(1).map(std::path::PathBuf::from) == Some(cgroup::mount());
    let line = mounts.lines().rfind(|line| of_groups(line)).expect("the cgroup2 mount");
    line.split(' ').nth(3).expect("options").split(',').map(str::to_owned).collect()
}

/// What the attachments of processes took that came one by one with a pause between, in seconds.
fn one_by_one(service: &Service, stage: &Stage, pause: Duration) -> Vec<f64> {
    let (before, mut actors) = (service.count("Attached PID"), Vec::new());
    for _ in 0..TIMES {
        std::thread::sleep(pause);
        let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
        service.wait_for(&format!("Attached PID {} ", actor.pid()));
        actors.push(actor);
    }
    drop(actors);
    eventually("their groups are gone", || service.jobs().is_empty());
    let records = service.records();
    let took = records.iter().filter(|record| record["event"] == "attached").skip(before);
    took.filter_map(|record| record["duration_seconds"].as_f64()).collect()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

#[test]
fn moves_get_cheap_where_the_operator_asks_for_it_and_dear_again_where_not() {
    let test = "moves_get_cheap_where_the_operator_asks_for_it_and_dear_again_where_not";
    if !(need::service(test) && need::have_in_a_world(test, world().is_some() && has_controllers())) {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let before = options();
    let favored = || options().contains("favordynmods");
    assert!(!favored());
    let mut times: [Vec<f64>; 2] = Default::default();
    for round in 0..4 {
        let on = round % 2 == 0;
        let word = if on { "on" } else { "off" };
        let service = Setup::new().config(&format!("cgroup: {{ favor_dynmods: {word} }}")).start();
        let with = if on { "with" } else { "without" };
        service.wait_for(&format!("is mounted {with} favordynmods now"));
        assert_eq!(favored(), on);
        let others: BTreeSet<String> = options().into_iter().filter(|one| one != "favordynmods").collect();
        assert_eq!(others, before);
        times[usize::from(on)].extend(one_by_one(&service, &stage, LULL));
    }
    let [dear, cheap] = times.map(median);
    println!("an attachment alone takes {dear:.6} s, with favordynmods {cheap:.6} s");
    assert!(cheap < dear * 0.7, "{cheap} s with it, {dear} s without");

    // Nobody asked: it is left as it is, and the check tells what it would bring.
    Checked::run(&[], &[]).tells("favordynmods", "note", "as each would be with it");
    assert_eq!(options(), before);
}

#[test]
fn whoever_comes_soon_after_another_waits_for_nothing() {
    let test = "whoever_comes_soon_after_another_waits_for_nothing";
    if world().is_some() {
        return println!("SKIPPED {test}: on an emulated machine nobody comes as soon as that");
    }
    if !need::service(test) {
        return;
    }
    let (_turn, stage, service) = (turn(), Stage::new(), Setup::new().start());
    let mut times: [Vec<f64>; 2] = Default::default();
    for _ in 0..3 {
        times[0].extend(one_by_one(&service, &stage, LULL));
        // More than the kernel remembers by itself. The first two are what makes it a burst.
        times[1].extend(one_by_one(&service, &stage, Duration::from_millis(60)).split_off(2));
    }
    let [alone, following] = times.map(median);
    println!("an attachment alone takes {alone:.6} s, soon after another {following:.6} s");
    assert!(following < alone * 0.5, "{following} s soon after another, {alone} s alone");
}
