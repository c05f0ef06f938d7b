//! Limits hold by their effect: what a governed process gets, not what its files say. Only where the version 2
//! hierarchy has the controllers, which is in the virtual machines.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::{Actor, Service, Setup, Stage, cgroup, cpu, eventually, has_controllers, turn};
use netlink_tests::need;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

const SPAN: Duration = Duration::from_secs(5);

fn can_run(test: &str) -> bool {
    need::service(test) && need::have(test, "the cpu and memory controllers", has_controllers())
}

/// Started under a service, and in its job with the limits written.
fn caught(service: &Service, stage: &Stage, name: &str, words: &str) -> Actor {
    let actor = Actor::start(&stage.copy(name), words);
    service.wait_for(&format!("Attached PID {} ", actor.pid()));
    assert_eq!(actor.job(), Some(format!("auto-{name}-{}", actor.pid())));
    actor
}

fn read(service: &Service, actor: &Actor) -> [String; 3] {
    let group = service.group(&actor.job().expect("a job"));
    ["cpu.max", "cpu.weight", "memory.max"].map(|file| cgroup::read(&group, file))
}

#[test]
fn every_limit_stands_in_its_file_and_an_absent_one_leaves_the_kernels_default() {
    if !can_run("every_limit_stands_in_its_file_and_an_absent_one_leaves_the_kernels_default") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let service = Setup::new()
        .config(
            "default_limits: { cpu_quota: 150, cpu_weight: 300, memory_limit: 64 }\n\
             commands: { gst-launch-1.0: { limits: { cpu_quota: 0, cpu_weight: 50, memory_limit: 1GiB } } }",
        )
        .start();
    let ffmpeg = caught(&service, &stage, "ffmpeg", "sleep");
    let gst = caught(&service, &stage, "gst-launch-1.0", "sleep");
    assert_eq!(read(&service, &ffmpeg), ["150000 100000", "300", "67108864"]);
    assert_eq!(read(&service, &gst), ["max 100000", "50", "1073741824"]);
    drop((service, ffmpeg, gst));
    let service = Setup::new().start();
    let ffmpeg = caught(&service, &stage, "ffmpeg", "sleep");
    assert_eq!(read(&service, &ffmpeg), ["max 100000", "100", "max"]);
}

#[test]
fn a_quota_is_what_a_busy_process_gets_and_another_stays_free() {
    if !can_run("a_quota_is_what_a_busy_process_gets_and_another_stays_free") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let service = Setup::new().config("default_limits: { cpu_quota: 20 }").start();
    let held = caught(&service, &stage, "ffmpeg", "busy");
    let free = Actor::start(&stage.copy("bystander"), "busy");
    cpu::pin(held.pid(), 0);
    cpu::pin(free.pid(), 1);
    let expected = |[held, free]: [f64; 2]| (0.17..=0.23).contains(&held) && free > 0.8;
    let shares = cpu::shares_as([held.pid(), free.pid()], SPAN, expected);
    assert!(expected(shares), "{shares:?}");
    assert_eq!(free.job(), None);
    let throttled = cgroup::counter(&service.group(&held.job().unwrap()), "cpu.stat", "nr_throttled");
    assert!(throttled >= 40, "{throttled} of some 50 periods");
}

#[test]
fn weights_share_a_cpu_in_their_ratio() {
    if !can_run("weights_share_a_cpu_in_their_ratio") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let service = Setup::new()
        .config(
            "default_limits: { cpu_weight: 100 }\n\
             commands: { gst-launch-1.0: { limits: { cpu_weight: 300 } } }",
        )
        .start();
    let light = caught(&service, &stage, "ffmpeg", "busy");
    let heavy = caught(&service, &stage, "gst-launch-1.0", "busy");
    cpu::pin(light.pid(), 1);
    cpu::pin(heavy.pid(), 1);
    let ratio = |[light, heavy]: [f64; 2]| (3.0 * 0.85..=3.0 * 1.15).contains(&(heavy / light));
    let shares = cpu::shares_as([light.pid(), heavy.pid()], SPAN, ratio);
    assert!(ratio(shares), "{shares:?}");
    assert!(shares.iter().sum::<f64>() > 0.8, "{shares:?} are not one CPU");
}

#[test]
fn who_grows_past_its_memory_is_killed_and_nobody_else() {
    if !can_run("who_grows_past_its_memory_is_killed_and_nobody_else") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let service = Setup::new().config("default_limits: { memory_limit: 64 }").start();
    let go = stage.path().join("go");
    let grow = format!("await {} grow 200", go.display());
    // A child that stays keeps the group, and with it the kernel's count of kills.
    let mut greedy = caught(&service, &stage, "ffmpeg", &format!("children 1 {grow}"));
    let mut modest = caught(&service, &stage, "ffmpeg", "grow 20");
    let mut free = Actor::start(&stage.copy("bystander"), &grow);
    let (mine, other) = (service.group(&greedy.job().unwrap()), service.group(&modest.job().unwrap()));
    let before = killed_on_this_machine();
    std::fs::write(&go, "").expect("the word to go");

    eventually("who grew past its limit is ended", || !greedy.is_running());
    assert_eq!(greedy.wait().signal(), Some(9));
    assert_eq!(cgroup::counter(&mine, "memory.events", "oom_kill"), 1);
    service.wait_for(&format!("Process {} exited (job ", greedy.pid()));
    assert_eq!(cgroup::read(&mine, "cgroup.procs").lines().count(), 1, "its child lives");

    let resident =
        |pid: u32| procfs::process::Process::new(pid.cast_signed()).unwrap().statm().unwrap().resident;
    eventually("who is not governed has grown as it likes", || resident(free.pid()) * 4096 > 200 << 20);
    assert!(modest.is_running() && free.is_running());
    assert_eq!(cgroup::counter(&other, "memory.events", "oom_kill"), 0);
    assert_eq!(killed_on_this_machine(), before + 1);

    greedy.kill();
    eventually("the group goes with the last process in it", || !mine.exists());
}

fn killed_on_this_machine() -> u64 {
    let text = std::fs::read_to_string("/proc/vmstat").expect("vmstat");
    let line = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
    line.and_then(|number| number.parse().ok()).expect("a count of kills")
}
