//! What all jobs have together, and that a job which protects its memory keeps it when others press.

use crate::{MIB, can_run, caught, signal};
use netlink_tests::bench::swap::Swap;
use netlink_tests::bench::{Setup, Stage, cgroup, cpu, eventually, turn};
use serde_json::{Value, json};
use std::time::Duration;

const SPAN: Duration = Duration::from_secs(4);

#[test]
fn two_jobs_have_together_what_all_may_have_and_a_change_has_its_effect_at_once() {
    if !can_run("two_jobs_have_together_what_all_may_have_and_a_change_has_its_effect_at_once") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let config = |total: &str| format!("scan_interval: 1s\ntotal_limits: {total}");
    let service = Setup::new().config(&config("{ cpu_quota: 40, pids_max: 12, memory_limit: 1GiB }")).start();
    let above = service.root().join("jobs");
    let stand = || ["cpu.max", "pids.max", "memory.max"].map(|file| cgroup::read(&above, file));
    assert_eq!(stand(), ["40000 100000", "12", "1073741824"]);
    let answer = service.control().ask(json!({ "ask": "status" }));
    let told = &answer["status"]["total_limits"];
    assert_eq!((&told["cpu_quota"], &told["cpus"]), (&json!(40), &Value::Null), "{answer}");

    let (one, _) = caught(&service, &stage, "ffmpeg", "busy");
    let (other, _) = caught(&service, &stage, "ffmpeg", "busy");
    cpu::pin(one.pid(), 0);
    cpu::pin(other.pid(), 1);
    let expected = |shares: [f64; 2]| (0.34..=0.46).contains(&shares.iter().sum::<f64>());
    let shares = cpu::shares_as([one.pid(), other.pid()], SPAN, expected);
    assert!(expected(shares), "{shares:?}");

    let (path, go) = signal(&stage, "go");
    let words = format!("await {} children 20", path.display());
    let (mut forking, group) = caught(&service, &stage, "gst-launch-1.0", &words);
    go();
    assert!(!forking.wait().success());
    // Three jobs of one process each, and nine more until there were twelve.
    assert_eq!(cgroup::read(&above, "pids.current"), "11");
    assert_eq!(cgroup::read(&group, "pids.max"), "max");

    std::fs::write(above.join("cpu.max"), "max").expect("written");
    service.wait_for("Drift: somebody else changed cpu_quota of all jobs together to \"max 100000\"");
    eventually("it is put right", || stand()[0] == "40000 100000");
    std::fs::write(above.join("memory.high"), "512M").expect("written");

    let mut service = service;
    service.reload(&config("{ cpu_quota: 80 }"));
    service.wait_for("Limits of all jobs together changed from cpu_quota=40 memory_limit=1073741824 pids_max=12 to cpu_quota=80");
    assert_eq!(stand(), ["80000 100000", "max", "max"]);
    service.kill();
    assert_eq!(stand()[0], "80000 100000", "it holds while the service is away");
    std::fs::write(service.folder().join("watch-config.yaml"), "").expect("a configuration");
    let service = service.start_again();
    eventually("what an earlier run had limited is taken away", || stand() == ["max 100000", "max", "max"]);
    assert_eq!(cgroup::read(&above, "memory.high"), (512 * MIB).to_string(), "what is somebody else's stays");
    assert_eq!(service.count("Drift"), 0);
}

#[test]
fn memory_that_is_protected_stays_where_others_press() {
    let test = "memory_that_is_protected_stays_where_others_press";
    if !can_run(test) {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let Some(_swap) = Swap::on(test) else { return };
    let service = Setup::new()
        .config(
            "target_commands: [kept, plain, pressing]\n\
             total_limits: { memory_limit: 96 }\n\
             commands: { kept: { limits: { memory_low: 40 } } }",
        )
        .start();
    let number = |group: &std::path::Path, file| cgroup::read(group, file).parse::<u64>().expect("a number");
    let (path, go) = signal(&stage, "go");
    // What they have before they are attached would not be their groups'.
    let (first, begin) = signal(&stage, "begin");
    let grows = format!("await {} grow 32", first.display());
    let (_kept, kept) = caught(&service, &stage, "kept", &grows);
    let (_plain, plain) = caught(&service, &stage, "plain", &grows);
    begin();
    let words = format!("await {} grow 64", path.display());
    let (mut pressing, third) = caught(&service, &stage, "pressing", &words);
    for group in [&kept, &plain] {
        eventually("it has grown", || number(group, "memory.current") > 32 * MIB);
    }
    go();
    eventually("the third has grown, too", || {
        number(&third, "memory.current") + number(&third, "memory.swap.current") > 64 * MIB
    });
    let swapped = [&kept, &plain].map(|group| number(group, "memory.swap.current"));
    assert!(swapped[0] < 2 * MIB && swapped[1] > 8 * MIB, "swapped out: {swapped:?}");
    assert!(pressing.is_running());
}
