//! Units of others: whatever is stopped or restarted ends what it ended before, also where a job was moved out of it, and
//! what it left alone is left alone.

use super::{can_run, job};
use netlink_tests::bench::installed::{Installed, WATCH, property, run};
use netlink_tests::bench::{Stage, cgroup, eventually};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const UNIT: &str = "ffrtmp-test-web.service";

/// Somebody else's service: a shell that starts a transcoder beside itself.
struct Web {
    _stopped: Stopped,
    stage: Stage,
    settings: Vec<String>,
}

impl Web {
    fn new(settings: &[&str]) -> Web {
        Web {
            _stopped: Stopped,
            stage: Stage::new(),
            settings: settings.iter().map(|set| format!("-p{set}")).collect(),
        }
    }

    /// Runs `before` in the shell, then the transcoder; its pid.
    fn start(&self, before: &str) -> u32 {
        let ffmpeg = self.stage.copy("ffmpeg");
        let told = self.stage.path().join("pid");
        let _ = std::fs::remove_file(&told);
        let script = format!(
            "({before} ACTOR=sleep exec {}) & echo $! > {}.new; mv {1}.new {1}; trap - TERM; exec sleep 1000",
            ffmpeg.display(),
            told.display()
        );
        let mut start = Command::new("systemd-run");
        start.args(["--quiet", "--collect", "--unit", UNIT]).args(&self.settings).args(["sh", "-c", &script]);
        assert!(start.status().expect("systemd-run").success());
        let pid = || std::fs::read_to_string(&told).ok()?.trim().parse().ok();
        eventually("the transcoder has a pid", || pid().is_some());
        pid().expect("just seen")
    }
}

fn lives(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}

fn is_governed(pid: u32) {
    eventually(&format!("{pid} is governed"), || job(pid).is_some());
}

/// Whatever the unit of these tests is by then.
struct Stopped;

impl Drop for Stopped {
    fn drop(&mut self) {
        let _ = Command::new("systemctl").args(["stop", UNIT]).output();
    }
}

/// Of every half second: whatever one of them would do is done.
fn scans_pass() {
    std::thread::sleep(Duration::from_millis(2500));
}

fn kill(pid: u32) {
    let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
}

#[test]
fn stopping_a_unit_ends_what_was_moved_out_of_it() {
    if !can_run("stopping_a_unit_ends_what_was_moved_out_of_it") {
        return;
    }
    let installed = Installed::with("default_limits: { cpu_quota: 20 }").start();
    let web = Web::new(&["TimeoutStopSec=2"]);
    let pid = web.start("");
    is_governed(pid);
    installed.wait_for(
        "came from unit ffrtmp-test-web.service: when that stops it gets SIGTERM, and SIGKILL after 2",
    );
    run("systemctl", &["daemon-reload"]);
    assert!(lives(pid) && job(pid).is_some());
    run("systemctl", &["stop", UNIT]);
    eventually("it ends", || !lives(pid));
    installed.wait_for("Unit ffrtmp-test-web.service was stopped");
    assert_eq!(installed.count("has outlived unit"), 0);

    // One that does not heed its signal.
    let deaf = web.start("trap '' TERM;");
    is_governed(deaf);
    installed.wait_for(&format!("Job auto-ffmpeg-{deaf} came from unit"));
    run("systemctl", &["stop", UNIT]);
    installed.wait_for(&format!("Job auto-ffmpeg-{deaf} has outlived unit"));
    eventually("it is killed", || !lives(deaf));
}

#[test]
fn what_stops_while_the_service_is_down_is_followed_by_the_next_start() {
    if !can_run("what_stops_while_the_service_is_down_is_followed_by_the_next_start") {
        return;
    }
    let installed = Installed::with("scan_interval: 2s").start();
    let web = Web::new(&["KillMode=mixed"]);
    let pid = web.start("");
    is_governed(pid);
    installed.wait_for("when that stops it gets SIGKILL");
    installed.systemctl("stop");
    run("systemctl", &["stop", UNIT]);
    assert!(lives(pid), "nobody was there to end it");
    installed.systemctl("start");
    eventually("it ends", || !lives(pid));
}

#[test]
fn a_unit_that_leaves_its_processes_alone_leaves_its_job_alone() {
    if !can_run("a_unit_that_leaves_its_processes_alone_leaves_its_job_alone") {
        return;
    }
    let installed = Installed::with("scan_interval: 1s").start();
    let web = Web::new(&["KillMode=process"]);
    let pid = web.start("");
    is_governed(pid);
    run("systemctl", &["stop", UNIT]);
    eventually("the unit is gone", || property(UNIT, "ActiveState") == "inactive");
    installed.wait_for("Scan complete");
    assert!(lives(pid) && job(pid).is_some());
    assert_eq!(installed.count("came from unit"), 0);
    kill(pid);
}

#[test]
fn the_policy_leaves_the_units_that_it_names_and_moves_the_others() {
    if !can_run("the_policy_leaves_the_units_that_it_names_and_moves_the_others") {
        return;
    }
    let installed = Installed::with("foreign: { units: { \"ffrtmp-test-*.service\": leave } }").start();
    let web = Web::new(&[]);
    let pid = web.start("");
    installed.wait_for(&format!("Left PID {pid} (ffmpeg) where it is: it belongs to {UNIT}"));
    assert_eq!(cgroup::of(pid).as_deref(), Some("/system.slice/ffrtmp-test-web.service"));
    installed.reload("foreign: auto");
    is_governed(pid);
    installed.wait_for("came from unit");
    installed.reload("foreign: leave");
    installed.wait_for(&format!("Left PID {pid} (ffmpeg) where it is"));
    run("systemctl", &["stop", UNIT]);
    eventually("it ends", || !lives(pid));
    assert_eq!(property(WATCH, "ActiveState"), "active");
}

#[test]
fn a_main_process_is_moved_and_ends_with_its_unit() {
    if !can_run("a_main_process_is_moved_and_ends_with_its_unit") {
        return;
    }
    let _installed = Installed::with("foreign: leave").start();
    let stage = Stage::new();
    let ffmpeg = stage.copy("ffmpeg");
    let ffmpeg = ffmpeg.to_str().expect("text");
    run("systemd-run", &["--quiet", "--collect", "--setenv=ACTOR=sleep", "--unit", UNIT, ffmpeg]);
    let pid: u32 = property(UNIT, "MainPID").parse().expect("a pid");
    is_governed(pid);
    run("systemctl", &["restart", UNIT]);
    eventually("it ends", || !lives(pid));
    let next: u32 = property(UNIT, "MainPID").parse().expect("a pid");
    is_governed(next);
    run("systemctl", &["stop", UNIT]);
    eventually("the next ends, too", || !lives(next));
}

/// Its main process ends, its group is empty and goes, and it is active all the same: nobody has stopped it.
#[test]
fn a_unit_that_remains_after_its_exit_is_not_taken_for_stopped() {
    if !can_run("a_unit_that_remains_after_its_exit_is_not_taken_for_stopped") {
        return;
    }
    let installed = Installed::with("scan_interval: 500ms").start();
    let (stage, _stopped) = (Stage::new(), Stopped);
    let told = stage.path().join("pid");
    let script = format!(
        "ACTOR=sleep {} & echo $! > {}.new; mv {1}.new {1}; sleep 4",
        stage.copy("ffmpeg").display(),
        told.display()
    );
    let start =
        ["--quiet", "--no-block", "--unit", UNIT, "-pType=oneshot", "-pRemainAfterExit=yes", "sh", "-c"];
    run("systemd-run", &[&start[..], &[&script]].concat());
    let pid = || std::fs::read_to_string(&told).ok()?.trim().parse::<u32>().ok();
    eventually("the transcoder has a pid", || pid().is_some());
    let pid = pid().expect("just seen");
    is_governed(pid);
    eventually("the unit remains", || property(UNIT, "SubState") == "exited");
    scans_pass();
    assert!(lives(pid) && job(pid).is_some());
    assert_eq!(installed.count("was stopped"), 0);
    run("systemctl", &["stop", UNIT]);
    eventually("it ends", || !lives(pid));
}

/// systemd knows no main process of it, and stops it when its group is empty.
#[test]
fn a_service_that_lives_by_its_group_is_not_emptied() {
    if !can_run("a_service_that_lives_by_its_group_is_not_emptied") {
        return;
    }
    let installed = Installed::with("scan_interval: 500ms\ndefault_limits: { cpu_quota: 20 }").start();
    let (stage, _stopped) = (Stage::new(), Stopped);
    let ffmpeg = stage.copy("ffmpeg");
    let alone = format!("ACTOR=sleep {} & exit 0", ffmpeg.display());
    let two = format!("ACTOR=sleep {0} & ACTOR=sleep {0} & exit 0", ffmpeg.display());
    for (script, in_place) in [(alone, true), (two, false)] {
        let settings = ["-pType=forking", "-pGuessMainPID=no"];
        run(
            "systemd-run",
            &[&["--quiet", "--collect", "--unit", UNIT][..], &settings, &["sh", "-c", &script]].concat(),
        );
        match in_place {
            true => drop(installed.wait_for("is governed in place: its limits stand on")),
            false => drop(installed.wait_for("has no main process and lives by it")),
        }
        scans_pass();
        assert_eq!(property(UNIT, "ActiveState"), "active");
        let quota = cgroup::read(&cgroup::mount().join("system.slice").join(UNIT), "cpu.max");
        assert_eq!(quota.starts_with("20000 "), in_place, "{quota}");
        run("systemctl", &["stop", UNIT]);
        eventually("it is gone", || property(UNIT, "ActiveState") == "inactive");
    }
}
