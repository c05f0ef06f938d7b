//! Limits hold below the delegated unit, for processes that ran before the service and for real transcoders.

use super::{can_run, is_caught, job, quota};
use netlink_tests::bench::installed::{Installed, group};
use netlink_tests::bench::{Actor, Stage, cpu, eventually};
use std::process::{Command, Stdio};
use std::time::Duration;

#[test]
fn ready_means_that_all_who_ran_before_are_governed() {
    if !can_run("ready_means_that_all_who_ran_before_are_governed") {
        return;
    }
    let stage = Stage::new();
    let ffmpeg = stage.copy("ffmpeg");
    let actors: Vec<Actor> = (0..40).map(|_| Actor::start(&ffmpeg, "sleep")).collect();
    let _installed = Installed::with("default_limits: { cpu_quota: 20 }").start();
    // From here on nothing waits.
    for actor in &actors {
        let job = job(actor.pid()).unwrap_or_else(|| panic!("{} is not governed", actor.pid()));
        assert_eq!(job, format!("auto-ffmpeg-{}", actor.pid()));
        assert_eq!(quota(&job), "20000 100000");
    }
}

#[test]
fn debians_ffmpeg_is_caught_and_held_to_its_quota() {
    if !can_run("debians_ffmpeg_is_caught_and_held_to_its_quota") {
        return;
    }
    let mut command = Command::new("ffmpeg");
    command.args(["-nostdin", "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=640x360:rate=30"]);
    let ffmpeg = Actor::of(command.args(["-threads", "1", "-f", "null", "-"]).stdout(Stdio::null()));
    let [free] = cpu::shares([ffmpeg.pid()], Duration::from_secs(3));
    let installed = Installed::with("default_limits: { cpu_quota: 20 }").start();
    is_caught(&ffmpeg);
    let expected = |[held]: [f64; 1]| (0.17..=0.23).contains(&held);
    let held = cpu::shares_as([ffmpeg.pid()], Duration::from_secs(5), expected);
    assert!(free > 0.5, "{free}: it has too little to do to be held");
    assert!(expected(held), "{held:?}");
    installed.wait_for("argv=ffmpeg -nostdin");
}

#[test]
fn an_ended_job_leaves_no_group() {
    if !can_run("an_ended_job_leaves_no_group") {
        return;
    }
    let installed = Installed::with("").start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let (pid, job) = (actor.pid(), is_caught(&actor));
    installed.wait_for(&format!("Attached PID {pid} "));
    drop(actor);
    eventually("its group is removed", || !group(&job).exists());
    installed.wait_for(&format!("Process {pid} exited (job {job}, duration "));
}
