//! Beside a service: it takes over what commands have made, whenever it comes to know of it, and makes no second job of it.

use super::{Ground, Under, is_gone, number_in, output, text, typed};
use netlink_tests::bench::{
    Actor, Service, Setup, Stage, both_ways, cgroup, eventually, has_controllers, service, turn,
};
use netlink_tests::need;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};

const SCANS: &str = "scan_interval: 100ms\n";

/// A command that asks this service.
fn ask(service: &Service, words: &str) -> Command {
    let mut command = Command::new(service::program());
    let (first, rest) = words.split_once(' ').unwrap_or((words, ""));
    command.arg(first).arg("--control-socket").arg(service.control_socket());
    command.args(rest.split(' ').filter(|word| !word.is_empty()));
    command
}

/// A target that waits; the pid of `ffrtmp run`, and its own.
fn start(command: &mut Command, program: &Path) -> (Under, u32) {
    let running = Under::start(command.arg("--").arg(program).arg("sleep").stdin(Stdio::null()));
    let mut pid = None;
    eventually("the command has begun", || {
        pid = netlink_tests::bench::actor::children_of(running.pid()).first().copied();
        pid.is_some_and(|pid| std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe == program))
    });
    (running, pid.expect("just seen"))
}

fn jobs(service: &Service) -> Vec<Value> {
    service.control().ask(json!({ "ask": "ps" }))["jobs"].as_array().expect("a list").clone()
}

fn scanned(service: &Service) {
    service.wait_for_nth("Scan complete", service.count("Scan complete") + 3);
}

#[test]
fn a_target_that_run_starts_is_one_job_with_the_limits_of_run() {
    both_ways("a_target_that_run_starts_is_one_job_with_the_limits_of_run", |begin| {
        let service = begin("default_limits: {cpu_quota: 80}");
        let stage = Stage::new();
        let (mut running, pid) = start(&mut ask(&service, "run --cpu-quota 30"), &stage.copy("ffmpeg"));
        let job = format!("run-ffmpeg-{}", running.pid());
        service.wait_for(&format!("Adopted PID {pid} (job {job}): ffrtmp run has started it"));
        service.reload("target_commands: [x264]\nscan_interval: 100ms\n");
        service.wait_for("Configuration reloaded");
        scanned(&service);
        assert_eq!((cgroup::job_of(pid), service.count("Attaching to")), (Some(job.clone()), 0));
        let jobs = jobs(&service);
        assert_eq!(jobs.len(), 1, "{jobs:?}");
        let told = ["job", "made_by", "state", "pid"].map(|key| jobs[0][key].clone());
        assert_eq!(told, [json!(job), json!("run"), json!("governed"), json!(pid)]);
        assert_eq!(jobs[0]["limits"]["cpu_quota"], 30);
        if has_controllers() {
            assert_eq!(cgroup::read(&service.group(&job), "cpu.max"), "30000 100000");
        }
        running.signal(libc::SIGTERM);
        running.ended();
        service.wait_for(&format!("Process {pid} exited (job {job}"));
        eventually("its group is gone", || service.jobs().is_empty());
    });
}

#[test]
fn a_service_that_starts_later_takes_it_over_and_one_that_is_killed_changes_nothing() {
    if !need::service("a_service_that_starts_later_takes_it_over_and_one_that_is_killed_changes_nothing") {
        return;
    }
    let _turn = turn();
    let setup = Setup::new();
    let mut ground = Ground::new();
    ground.root = setup.root().into();
    let stage = Stage::new();
    let (mut running, pid) = start(&mut ground.ffrtmp("run"), &stage.copy("ffmpeg"));
    let job = format!("run-ffmpeg-{}", running.pid());
    let mut service = setup.start();
    service.wait_for(&format!("Adopted PID {pid} (job {job}): ffrtmp run has started it"));
    service.kill();
    assert_eq!(cgroup::job_of(pid).as_ref(), Some(&job));
    let mut service = service.start_again();
    service.wait_for(&format!("Adopted PID {pid}"));
    assert!(service.stop().success());
    assert_eq!((cgroup::job_of(pid).as_ref(), service.count("Attaching to")), (Some(&job), 0));
    running.signal(libc::SIGTERM);
    running.ended();
    assert_eq!(ground.jobs(), [""; 0], "nobody else is there to clear away");
}

#[test]
fn nobody_need_tell_the_service_and_it_leaves_what_it_is_to_leave() {
    if !need::service("nobody_need_tell_the_service_and_it_leaves_what_it_is_to_leave") {
        return;
    }
    let _turn = turn();
    for (on_made, adopted) in [("adopt", 1), ("leave", 0)] {
        let service = Setup::new().config(&format!("{SCANS}cgroup: {{on_made: {on_made}}}")).start();
        let mut ground = Ground::new();
        ground.root = service.root().into();
        let stage = Stage::new();
        let (mut running, pid) = start(&mut ground.ffrtmp("run"), &stage.copy("ffmpeg"));
        service.wait_for(&format!("PID {pid} already tracked"));
        scanned(&service);
        let job = format!("run-ffmpeg-{}", running.pid());
        assert_eq!((cgroup::job_of(pid), jobs(&service).len()), (Some(job), adopted), "{on_made}");
        assert_eq!(service.count("Adopted PID"), adopted);
        running.signal(libc::SIGTERM);
        running.ended();
        eventually("its group is gone", || service.jobs().is_empty());
    }
}

#[test]
fn started_within_a_job_it_is_fetched_back_by_nobody() {
    if !need::service("started_within_a_job_it_is_fetched_back_by_nobody") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("scan_interval: 100ms\ntarget_commands: [batch]").start();
    let (ground, stage) = (Ground::new(), Stage::new());
    let told = ground.file("told");
    let inner = typed(ask(&service, "run -- sh -c").arg(format!("echo $$ > {}; sleep 1000", told.display())));
    let batch = stage.script("batch", &format!("#!/bin/sh\n{inner}\n"));
    let outer = Actor::of(&mut Command::new(batch));
    let pid = number_in(&told);
    outer.caught_as("batch");
    scanned(&service);
    let job = cgroup::job_of(pid).expect("a job");
    assert!(job.starts_with("run-sh-"), "{job}");
    assert_eq!((jobs(&service).len(), service.count("Drift")), (2, 0));
}

#[test]
fn attached_by_an_order_it_stays_so_over_reloads_and_restarts() {
    both_ways("attached_by_an_order_it_stays_so_over_reloads_and_restarts", |begin| {
        let service = begin("");
        service.reload(SCANS);
        service.wait_for("Configuration reloaded");
        let stage = Stage::new();
        let actor = Actor::start(&stage.copy("encoder"), "children 1 sleep");
        scanned(&service);
        let done = output(&mut ask(&service, &format!("attach --pid {} --cpu-quota 30", actor.pid())));
        let job = format!("auto-encoder-{}", actor.pid());
        let told = format!("process {} is job {job}, with 1 process(es) besides: cpu_quota=30", actor.pid());
        assert!(text(&done.stdout).starts_with(&told), "{done:?}");
        let child = netlink_tests::bench::actor::children_of(actor.pid())[0];
        let both = || [actor.pid(), child].iter().all(|&pid| cgroup::job_of(pid).as_ref() == Some(&job));
        assert!(both());
        service.wait_for(&format!("attach process {} with cpu_quota=30", actor.pid()));
        service.reload("scan_interval: 100ms\ntarget_commands: [x264]");
        service.wait_for_nth("Configuration reloaded", 2);
        let mut service = service;
        assert!(service.stop().success());
        let service = service.start_again();
        scanned(&service);
        assert!(both());
        let view = jobs(&service)[0].clone();
        assert_eq!([&view["made_by"], &view["limits"]["cpu_quota"]], [&json!("attach"), &json!(30)]);

        let done = output(&mut ask(&service, &format!("release {job}")));
        assert!(text(&done.stdout).contains("2 process(es) moved to "), "{done:?}");
        assert_eq!(cgroup::job_of(actor.pid()), None);
        let done = output(&mut ask(&service, "attach --pid 4194305"));
        assert_eq!(
            (done.status.code(), text(&done.stderr).as_str()),
            (Some(1), "there is no process 4194305\n")
        );
    });
}

#[test]
fn it_runs_while_the_service_comes_and_goes() {
    if !need::service("it_runs_while_the_service_comes_and_goes") {
        return;
    }
    let _turn = turn();
    let mut service = Setup::new().start();
    for n in 0..4 {
        let told = service.folder().join(format!("told-{n}"));
        let script = format!("echo $$ > {}; exec sleep 1000", told.display());
        let mut command = ask(&service, "run");
        command.arg("--cgroup-root").arg(service.root()).args(["--", "sh", "-c", &script]);
        let mut running = Under::start(command.stdin(Stdio::null()));
        // In the middle of whatever `run` has just asked for.
        service.kill();
        let pid = number_in(&told);
        let job = format!("run-sh-{}", running.pid());
        assert_eq!(cgroup::job_of(pid).as_ref(), Some(&job));
        service = service.start_again();
        assert_eq!((cgroup::job_of(pid).as_ref(), jobs(&service).len()), (Some(&job), 1));
        running.signal(libc::SIGTERM);
        running.ended();
        assert!(is_gone(pid));
        eventually("its group is gone", || service.jobs().is_empty());
    }
}
