//! Whatever befalls the service, those it governs run on under their limits, and the next start takes them over without
//! a second move.

use super::{can_run, is_caught, job, quota};
use netlink_tests::bench::installed::{Installed, JOBS, WATCH, group, property, run};
use netlink_tests::bench::{Actor, Stage, cpu, eventually};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

const LIMITS: &str = "default_limits: { cpu_quota: 20 }";

/// One that works and one that sleeps, governed, and the service.
struct Governed {
    actors: [Actor; 2],
    groups: [u64; 2],
    installed: Installed,
}

impl Governed {
    fn start(installed: Installed) -> Governed {
        let installed = installed.start();
        let stage = Stage::new();
        let ffmpeg = stage.copy("ffmpeg");
        let actors = ["busy", "sleep"].map(|word| Actor::start(&ffmpeg, word));
        let groups = [&actors[0], &actors[1]].map(|actor| {
            let job = is_caught(actor);
            installed.wait_for(&format!("Attached PID {} ", actor.pid()));
            inode(&job)
        });
        Governed { actors, groups, installed }
    }

    /// Still in the same groups under the same limits, by the files and by what they get.
    fn holds(&mut self, when: &str) {
        for (actor, inode_before) in self.actors.iter_mut().zip(self.groups) {
            assert!(actor.is_running(), "{when}: {} has ended", actor.pid());
            let job = job(actor.pid()).unwrap_or_else(|| panic!("{when}: {} has left its job", actor.pid()));
            assert_eq!(inode(&job), inode_before, "{when}: another group");
            assert_eq!(quota(&job), "20000 100000", "{when}");
        }
        gets(&self.actors[0], 0.2, when);
    }

    /// The service that runs now has taken both over, and none has attached one again.
    fn is_adopted(&self, times: usize) {
        for actor in &self.actors {
            let pid = actor.pid();
            self.installed.wait_for(&format!("Adopted PID {pid} "));
            assert_eq!(self.installed.count(&format!("Adopted PID {pid} ")), times);
            assert_eq!(self.installed.count(&format!("Attached PID {pid} ")), 1);
        }
    }
}

fn gets(actor: &Actor, quota: f64, when: &str) {
    let expected = |[share]: [f64; 1]| (quota - 0.05..=quota + 0.05).contains(&share);
    let share = cpu::shares_as([actor.pid()], Duration::from_secs(2), expected);
    assert!(expected(share), "{when}: {share:?}");
}

fn inode(job: &str) -> u64 {
    std::fs::metadata(group(job)).expect("the group").ino()
}

fn sigkill(pid: u32) {
    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGKILL).expect("a signal");
}

#[test]
fn a_restart() {
    if !can_run("a_restart") {
        return;
    }
    let mut governed = Governed::start(Installed::with(LIMITS));
    for time in 1..=3 {
        governed.installed.systemctl("restart");
        governed.is_adopted(time);
    }
    governed.holds("after three restarts");
    assert_eq!(governed.installed.count("Service stopped gracefully"), 3);
}

#[test]
fn a_stop_and_a_start() {
    if !can_run("a_stop_and_a_start") {
        return;
    }
    let mut governed = Governed::start(Installed::with(LIMITS));
    governed.installed.systemctl("stop");
    assert_eq!(property(WATCH, "ActiveState"), "inactive");
    assert_eq!(property(WATCH, "Result"), "success");
    governed.holds("while stopped");
    let stage = Stage::new();
    let meanwhile = Actor::start(&stage.copy("ffmpeg"), "sleep");
    governed.installed.systemctl("start");
    governed.is_adopted(1);
    assert_eq!(job(meanwhile.pid()), Some(format!("auto-ffmpeg-{}", meanwhile.pid())));
    governed.holds("after the start");
}

#[test]
fn a_kill_9() {
    if !can_run("a_kill_9") {
        return;
    }
    let mut governed = Governed::start(Installed::with(LIMITS));
    for time in 1..=2 {
        let pid = governed.installed.pid();
        sigkill(pid);
        governed.installed.started_again(pid);
        governed.is_adopted(time);
    }
    governed.holds("after the kills");
    assert_eq!(property(WATCH, "NRestarts"), "2");
}

#[test]
fn a_daemon_reload_and_a_reexec_of_systemd() {
    if !can_run("a_daemon_reload_and_a_reexec_of_systemd") {
        return;
    }
    let mut governed = Governed::start(Installed::with(LIMITS));
    let pid = governed.installed.pid();
    run("systemctl", &["daemon-reload"]);
    governed.holds("after daemon-reload");
    run("systemctl", &["daemon-reexec"]);
    governed.holds("after daemon-reexec");
    assert_eq!(governed.installed.pid(), pid);
    governed.installed.systemctl("restart");
    governed.is_adopted(1);
    governed.holds("after a restart");
}

/// The kernel's facts: its unit cannot start again while jobs live, and nothing but that may come of it.
#[test]
fn the_holder_is_killed() {
    if !can_run("the_holder_is_killed") {
        return;
    }
    let mut governed = Governed::start(Installed::with(LIMITS));
    let (pid, holder) = (governed.installed.pid(), property(JOBS, "MainPID"));
    sigkill(holder.parse().expect("a pid"));
    eventually("systemd has noticed", || property(JOBS, "MainPID") != holder);
    governed.holds("without a holder");
    assert_eq!(governed.installed.pid(), pid, "the service itself ran on");
    let stage = Stage::new();
    let later = Actor::start(&stage.copy("ffmpeg"), "sleep");
    is_caught(&later);
    run("systemctl", &["daemon-reload"]);
    governed.installed.systemctl("restart");
    governed.is_adopted(1);
    governed.holds("after a restart without a holder");
    // Once the last job has ended it comes back, and the service that runs goes on below it.
    drop(later);
    governed.actors.iter_mut().for_each(Actor::kill);
    eventually("the holder is back", || property(JOBS, "ActiveState") == "active");
    let last = Actor::start(&stage.copy("ffmpeg"), "sleep");
    is_caught(&last);
}

#[test]
fn a_reload_reaches_those_who_are_governed() {
    if !can_run("a_reload_reaches_those_who_are_governed") {
        return;
    }
    let mut governed = Governed::start(Installed::with(LIMITS));
    let pid = governed.installed.pid();
    let job = job(governed.actors[0].pid()).expect("a job");
    governed.installed.reload("default_limits: { cpu_quota: 50 }");
    eventually("the new quota stands", || quota(&job) == "50000 100000");
    gets(&governed.actors[0], 0.5, "under another quota");
    governed.installed.reload("default_limits: { cpu_qota: 20 }");
    governed.installed.wait_for("Configuration not reloaded");
    assert_eq!(quota(&job), "50000 100000");
    governed.installed.reload(LIMITS);
    let held = |actor: &Actor| quota(&super::job(actor.pid()).expect("a job")) == "20000 100000";
    eventually("the old quota stands again", || governed.actors.iter().all(held));
    governed.holds("after the reloads");
    assert_eq!((governed.installed.pid(), property(WATCH, "ActiveState")), (pid, "active".to_owned()));
}

#[test]
fn the_watchdog_is_fed_and_ends_a_service_that_hangs() {
    if !can_run("the_watchdog_is_fed_and_ends_a_service_that_hangs") {
        return;
    }
    let mut governed = Governed::start(Installed::with(LIMITS).unit("[Service]\nWatchdogSec=10\n"));
    let pid = governed.installed.pid();
    std::thread::sleep(Duration::from_secs(15));
    assert_eq!((governed.installed.pid(), property(WATCH, "NRestarts")), (pid, "0".to_owned()));
    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGSTOP).expect("a signal");
    governed.installed.started_again(pid);
    governed.is_adopted(1);
    governed.holds("after the watchdog");
}
