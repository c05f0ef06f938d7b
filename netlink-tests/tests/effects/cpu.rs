//! Quota and its burst, the processors that are allowed, and utilisation clamps.

use crate::{can_run, caught};
use netlink_tests::bench::disk::rates_as;
use netlink_tests::bench::{Actor, Setup, Stage, cgroup, cpu, eventually, turn};
use procfs::process::Process;
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const SPAN: Duration = Duration::from_secs(4);

/// The processors its threads were last seen on, looked at again and again over a span.
fn places(actor: &Actor, span: Duration) -> BTreeSet<i32> {
    let process = Process::new(actor.pid().cast_signed()).expect("a process");
    let (began, mut places) = (Instant::now(), BTreeSet::new());
    while began.elapsed() < span {
        let threads = process.tasks().expect("its threads").flatten();
        places.extend(threads.filter_map(|thread| thread.stat().ok()?.processor));
        std::thread::sleep(Duration::from_millis(20));
    }
    places
}

#[test]
fn a_burst_makes_up_for_what_was_not_used_and_processors_are_those_that_are_allowed() {
    let test = "a_burst_makes_up_for_what_was_not_used_and_processors_are_those_that_are_allowed";
    if !can_run(test) {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let service = Setup::new()
        .config(
            "target_commands: [even, saving, placed]\n\
             commands:\n\
             \x20 even: { limits: { cpu_quota: 30, cpus: '0' } }\n\
             \x20 saving: { limits: { cpu_quota: 30, cpu_burst: 30, cpus: '0' } }\n\
             \x20 placed: { limits: { cpus: '1' } }",
        )
        .start();
    // Half as much again as a period allows, and then rest enough to save it up.
    let (_even, even) = caught(&service, &stage, "even", "bursts 45 455");
    let (_saving, saving) = caught(&service, &stage, "saving", "bursts 45 455");
    // Its first thread only sleeps: where it was last tells nothing before it has been woken in the job.
    let go = stage.path().join("go");
    let (placed, _) = caught(&service, &stage, "placed", &format!("await {} burners 2", go.display()));
    std::fs::write(&go, "").expect("the word to go");
    let free = Actor::start(&stage.copy("bystander"), "sleep");

    assert_eq!(places(&placed, SPAN), BTreeSet::from([1]));
    let allowed = |actor: &Actor| {
        let status = Process::new(actor.pid().cast_signed()).and_then(|process| process.status());
        status.expect("a status").cpus_allowed_list.expect("a list")
    };
    assert_eq!(allowed(&placed), [(1, 1)]);
    assert!(allowed(&free).iter().any(|range| range.0 == 0), "nobody else is kept off a processor");
    let [share] = cpu::shares_as([placed.pid()], Duration::from_secs(2), |[share]| share > 0.8);
    assert!((0.8..1.1).contains(&share), "two busy threads have one processor: {share}");

    eventually("a burst is used", || cgroup::counter(&saving, "cpu.stat", "nr_bursts") > 0);
    assert!(cgroup::counter(&saving, "cpu.stat", "burst_usec") > 0);
    assert_eq!(cgroup::counter(&even, "cpu.stat", "nr_bursts"), 0);
    let throttled = |group| move || cgroup::counter(group, "cpu.stat", "nr_throttled");
    let seldomer = |[plain, saving]: [f64; 2]| plain > 2.0 * saving;
    let times = rates_as([&throttled(&even), &throttled(&saving)], seldomer);
    assert!(seldomer(times), "throttled so often in a second, without a burst and with one: {times:?}");
}

#[test]
fn clamps_are_read_back_or_refused_with_their_cause() {
    if !can_run("clamps_are_read_back_or_refused_with_their_cause") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let service = Setup::new().config("default_limits: { uclamp_min: 12.5, uclamp_max: 50% }").start();
    let (_actor, group) = caught(&service, &stage, "ffmpeg", "sleep");
    if group.join("cpu.uclamp.min").exists() {
        assert_eq!(cgroup::read(&group, "cpu.uclamp.min"), "12.50");
        return assert_eq!(cgroup::read(&group, "cpu.uclamp.max"), "50.00");
    }
    for (limit, file) in [("uclamp_min", "cpu.uclamp.min"), ("uclamp_max", "cpu.uclamp.max")] {
        let cause = format!("this kernel's cpu controller has no {file}");
        let said = service.wait_for(limit);
        assert!(said.contains(&cause), "{said}");
        assert_eq!(service.count(&cause), 1, "said once");
    }
}
