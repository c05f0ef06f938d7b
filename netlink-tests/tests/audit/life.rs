//! The life of a job, as somebody reads it who was not there.

use crate::lines::{Place, assert_as_in_the_log, assert_complete, event, lines};
use netlink_tests::bench::{Actor, Setup, Stage, both_ways, cgroup, eventually, turn};
use netlink_tests::need;
use serde_json::{Value, json};
use std::process::Command;

/// The events of one job, or of the process it was made for, in their order.
fn about<'a>(lines: &'a [Value], pid: u32, job: &str) -> Vec<&'a Value> {
    lines.iter().filter(|line| line["job"] == job || line["pid"] == pid).collect()
}

fn start_time(pid: u32) -> u64 {
    procfs::process::Process::new(pid as i32).and_then(|p| p.stat()).expect("it runs").starttime
}

#[test]
fn every_step_is_told_with_what_was_before_and_after() {
    both_ways("every_step_is_told_with_what_was_before_and_after", |start| {
        let (place, home, stage) = (Place::new(), cgroup::Home::new("audit"), Stage::new());
        let yaml = |rest: &str| format!("{}{rest}", place.yaml(""));
        let mut actor = home.start(&stage.copy("ffmpeg"), "sleep");
        let (pid, born) = (actor.pid(), start_time(actor.pid()));
        let mut service = start(&yaml("default_limits: {cpu_quota: 20}"));
        let job = actor.caught_as("ffmpeg");

        service.reload(&yaml("default_limits: {cpu_quota: 80}"));
        place.wait_for("limits change", |line| event(line) == "limits_changed");
        service.reload(&yaml("target_commands: [gst-launch-1.0]"));
        place.wait_for("it is released", |line| event(line) == "released");
        service.reload(&yaml("no_such_key: 1"));
        place.wait_for("a bad file changed nothing", |line| event(line) == "reload_failed");
        service.reload(&yaml(""));
        place.wait_for("it is taken again", |line| event(line) == "attached" && line["limits"] == "none");
        actor.kill();
        place.wait_for("the job is over", |line| event(line) == "job_ended");
        assert!(service.stop().success());

        let lines = place.lines();
        assert_eq!(assert_complete(&lines), 0);
        assert_as_in_the_log(&lines, &service);
        let story = about(&lines, pid, &job);
        let names: Vec<&str> = story.iter().map(|line| event(line)).collect();
        assert_eq!(
            names,
            [
                "discovered",
                "attached",
                "limits_changed",
                "released",
                "discovered",
                "attached",
                "exited",
                "job_ended"
            ]
        );
        for line in story.iter().filter(|line| !line["pid"].is_null()) {
            assert_eq!((&line["pid"], &line["start_time"]), (&json!(pid), &json!(born)), "{line}");
        }
        for (nth, key, value) in [
            (1, "origin", home.shown()),
            (1, "limits", "cpu_quota=20".into()),
            (2, "from", "cpu_quota=20".into()),
            (2, "to", "cpu_quota=80".into()),
            (3, "to", home.shown()),
            (5, "origin", home.shown()),
        ] {
            assert_eq!(story[nth][key], json!(value), "{}", story[nth]);
        }
        let reloads: Vec<_> = lines.iter().filter(|line| event(line) == "reloaded").collect();
        assert_eq!(reloads[1]["targets_before"], "ffmpeg,gst-launch-1.0");
        assert_eq!(reloads[1]["targets"], "gst-launch-1.0");
        assert_eq!((event(&lines[0]), event(&lines[lines.len() - 1])), ("starting", "stopped"));
    });
}

#[test]
fn the_next_run_goes_on_where_the_last_one_ended_however_it_did() {
    if !need::service("the_next_run_goes_on_where_the_last_one_ended_however_it_did") {
        return;
    }
    let (_turn, place, stage) = (turn(), Place::new(), Stage::new());
    let mut service = Setup::new().config(&place.yaml("")).start();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let job = actor.caught_as("ffmpeg");
    place.wait_for("it is attached", |line| event(line) == "attached");
    service.kill();
    let mut service = service.start_again();
    assert!(service.stop().success());
    let lines = place.lines();
    assert_eq!(assert_complete(&lines), 0);
    let adopted = lines.iter().find(|line| event(line) == "adopted").expect("adopted");
    assert_eq!((&adopted["job"], &adopted["pid"]), (&json!(job), &json!(actor.pid())));
    let starts: Vec<_> = lines.iter().filter(|line| event(line) == "starting").collect();
    assert_eq!(starts.len(), 2);
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    assert!(starts.iter().all(|line| line["boot_id"] == boot.trim()));
}

/// What a filter keeps out, what is too young, and what would be done are decisions, too.
#[test]
fn what_is_not_governed_is_told_with_the_reason() {
    if !need::service("what_is_not_governed_is_told_with_the_reason") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let pid = actor.pid();
    for (filters, flags, expected) in [
        ("filters: {blocked_uids: [0]}", &[][..], "ignored"),
        ("filters: {min_runtime: 1h}", &[], "waiting"),
        ("default_limits: {cpu_quota: 20}", &["--dry-run"], "would_attach"),
    ] {
        let place = Place::new();
        let service = Setup::new().config(&format!("{}{filters}", place.yaml(""))).flags(flags).start();
        let line = place.wait_for(expected, |line| event(line) == expected && line["pid"] == pid);
        assert_eq!(line["start_time"], start_time(pid));
        assert_eq!(line["command"], "ffmpeg");
        drop(service);
        assert_complete(&lines(&place.path()));
    }
}

#[test]
fn what_processes_call_themselves_breaks_no_line_and_tells_no_key() {
    if !need::service("what_processes_call_themselves_breaks_no_line_and_tells_no_key") {
        return;
    }
    let (_turn, place, stage) = (turn(), Place::new(), Stage::new());
    let mut service = Setup::new().config(&place.yaml("")).start();
    let ffmpeg = stage.copy("ffmpeg");
    let hostile =
        ["a\nb", "\",\"seq\":0,\"event\":\"gap\",\"lost\":9,\"x\":\"", "\u{1b}[2J\u{202e}", "\\", "\u{7f}"];
    for (n, name) in hostile.iter().enumerate() {
        let folder = stage.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        let key = format!("rtmp://live.example/app/sesame{n}");
        let actor = Actor::of(
            Command::new(&ffmpeg).args(["pause", "600000", name, &key]).current_dir(&folder).env("ACTOR", ""),
        );
        actor.caught_as("ffmpeg");
        let pid = actor.pid();
        place.wait_for("it is discovered", |line| event(line) == "discovered" && line["pid"] == pid);
    }
    eventually("all have ended", || service.jobs().is_empty());
    assert!(service.stop().success());
    let text = std::fs::read_to_string(place.path()).unwrap();
    assert!(!text.contains("sesame") && !text.contains(|c: char| c != '\n' && c.is_control()));
    assert!(!text.contains('\u{202e}'));
    assert_eq!(assert_complete(&place.lines()), 0);
    assert_as_in_the_log(&place.lines(), &service);
}
