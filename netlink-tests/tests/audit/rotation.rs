//! Files that make way, by size or because somebody renames them: no line falls between two of them.

use crate::lines::{Place, assert_as_in_the_log, assert_complete, event, lines};
use netlink_tests::bench::{Actor, Setup, Stage, eventually, turn};
use netlink_tests::need;
use nix::sys::signal::Signal;
use std::os::unix::fs::PermissionsExt;

const SIZE: u64 = 8 << 10;

#[test]
fn rotation_by_size_under_load_loses_no_line() {
    if !need::service("rotation_by_size_under_load_loses_no_line") {
        return;
    }
    let (_turn, place, stage) = (turn(), Place::new(), Stage::new());
    let mut service = Setup::new().config(&place.yaml(", max_size: 8KiB, keep: 1000, mode: 0640")).start();
    let ffmpeg = stage.copy("ffmpeg");
    let mut caught = Vec::new();
    for _ in 0..10 {
        // Half of them end when they like, perhaps before anybody has looked.
        let quick: Vec<_> = (0..10).map(|n| Actor::start(&ffmpeg, &format!("pause {}", n * 5))).collect();
        let crowd: Vec<_> = (0..10).map(|_| Actor::start(&ffmpeg, "sleep")).collect();
        caught.extend(crowd.iter().map(|actor| actor.caught_as("ffmpeg")));
        // Who ends before its attachment has been proved is told to have vanished.
        crowd.iter().for_each(|actor| drop(service.wait_for(&format!("Attached PID {} ", actor.pid()))));
        drop((quick, crowd));
        eventually("they have come and gone", || service.jobs().is_empty());
    }
    caught.iter().for_each(|job| drop(service.wait_for(&format!("Job {job} ended"))));
    assert!(service.stop().success());
    let lines = place.lines();
    assert_eq!(assert_complete(&lines), 0);
    assert_as_in_the_log(&lines, &service);
    for job in caught {
        let told = |what| lines.iter().any(|line| event(line) == what && line["job"] == *job);
        assert!(told("attached") && told("exited") && told("job_ended"), "{job}");
    }
    let files: Vec<_> = std::fs::read_dir(place.folder()).unwrap().map(|entry| entry.unwrap()).collect();
    assert!(files.len() > 10, "{} files", files.len());
    for file in files {
        let about = file.metadata().unwrap();
        assert!(about.len() <= SIZE, "{:?} has {} bytes", file.file_name(), about.len());
        assert_eq!(about.permissions().mode() & 0o7777, 0o640);
    }
}

/// As logrotate does it: rename, then SIGHUP.
#[test]
fn a_renamed_file_is_let_go_of_on_sighup() {
    if !need::service("a_renamed_file_is_let_go_of_on_sighup") {
        return;
    }
    let (_turn, place, stage) = (turn(), Place::new(), Stage::new());
    let mut service = Setup::new().config(&place.yaml("")).start();
    let ffmpeg = stage.copy("ffmpeg");
    let aside = place.folder().join("audit.jsonl-20260801");
    let first = Actor::start(&ffmpeg, "sleep");
    let pid = first.pid();
    place.wait_for("it is attached", |line| event(line) == "attached" && line["pid"] == pid);
    std::fs::rename(place.path(), &aside).unwrap();
    service.signal(Signal::SIGHUP);
    place.wait_for("it is reloaded", |line| event(line) == "reloaded");
    let open: Vec<_> = std::fs::read_dir(format!("/proc/{}/fd", service.own_pid()))
        .unwrap()
        .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
        .collect();
    assert!(open.contains(&place.path()) && !open.contains(&aside), "{open:?}");
    let second = Actor::start(&ffmpeg, "sleep");
    let pid = second.pid();
    place.wait_for("the next one is attached", |line| event(line) == "attached" && line["pid"] == pid);
    assert!(service.stop().success());
    let all = [lines(&aside), place.lines()].concat();
    assert_eq!(assert_complete(&all), 0);
    assert_as_in_the_log(&all, &service);
}
