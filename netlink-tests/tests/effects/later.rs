//! Limits that are set, reset and kept while the job runs: each has its effect at once, also while the service is away.

use crate::{can_run, caught, signal};
use netlink_tests::bench::{Actor, Service, Setup, Stage, cgroup, cpu, eventually, turn};
use procfs::process::Process;
use serde_json::{Value, json};
use std::time::Duration;

fn set(service: &Service, actor: &Actor, limits: &Value) -> String {
    let answer = service.control().ask(json!({ "command": "set", "pid": actor.pid(), "limits": limits }));
    answer["done"].as_str().unwrap_or_else(|| panic!("{limits}: {answer}")).to_owned()
}

fn allowed(actor: &Actor) -> Vec<(u32, u32)> {
    let status = Process::new(actor.pid().cast_signed()).and_then(|process| process.status());
    status.expect("a status").cpus_allowed_list.expect("a list")
}

#[test]
fn what_is_set_has_its_effect_at_once_and_while_the_service_is_away() {
    if !can_run("what_is_set_has_its_effect_at_once_and_while_the_service_is_away") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let (path, go) = signal(&stage, "go");
    let config = "default_limits: { memory_limit: 64, memory_swap_max: 0 }";
    let mut service = Setup::new().config(config).start();
    let (busy, slow) = caught(&service, &stage, "ffmpeg", "busy");
    let words = format!("await {} children 9", path.display());
    let (mut forking, few) = caught(&service, &stage, "gst-launch-1.0", &words);
    let all = allowed(&busy);

    set(&service, &busy, &json!({ "cpus": "1", "cpu_quota": "20%", "cpu_burst": 5 }));
    assert_eq!(allowed(&busy), [(1, 1)]);
    set(&service, &forking, &json!({ "pids_max": 5, "memory_high": "48MiB", "memory_low": "8MiB" }));
    let high = |bytes: u64| assert_eq!(cgroup::read(&few, "memory.high"), bytes.to_string());
    high(48 << 20);

    service.kill();
    go();
    assert!(!forking.wait().success(), "a fork is refused while nobody looks after it");
    assert_eq!(cgroup::counter(&few, "pids.events", "max"), 1);
    let expected = |[share]: [f64; 1]| (0.17..=0.25).contains(&share);
    let shares = cpu::shares_as([busy.pid()], Duration::from_secs(4), expected);
    assert!(expected(shares), "{shares:?}");

    let service = service.start_again();
    let files = ["cpu.max", "cpu.max.burst", "cpuset.cpus"].map(|file| cgroup::read(&slow, file));
    assert_eq!(files, ["20000 100000", "5000", "1"]);
    high(48 << 20);
    assert_eq!(cgroup::read(&few, "pids.max"), "5");
    let answer = service.control().ask(json!({ "command": "set", "pid": busy.pid(), "reset": true }));
    assert!(answer["done"].is_string(), "{answer}");
    assert_eq!(allowed(&busy), all);
    let [share] = cpu::shares_as([busy.pid()], Duration::from_secs(2), |[share]| share > 0.8);
    assert!(share > 0.8, "free again: {share}");

    service.reload("default_limits: { memory_limit: 96, memory_swap_max: 0, pids_max: 3 }");
    eventually("a reload reaches those that run", || cgroup::read(&slow, "pids.max") == "3");
    assert_eq!(cgroup::read(&few, "pids.max"), "5", "what was set stands over it");
    assert_eq!(cgroup::read(&few, "memory.max"), (96 << 20).to_string());
}
