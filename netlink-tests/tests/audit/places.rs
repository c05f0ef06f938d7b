//! Where it is kept, and where it is not: what a reload changes, and what is no place for it.

use crate::lines::{Place, assert_complete, event, lines};
use netlink_tests::bench::{Actor, Setup, Stage, eventually, turn};
use netlink_tests::need;
use nix::sys::stat::{Mode, SFlag, makedev, mknod};
use nix::unistd::mkfifo;
use std::os::unix::fs::symlink;

#[test]
fn a_reload_switches_it_on_moves_it_and_switches_it_off() {
    if !need::service("a_reload_switches_it_on_moves_it_and_switches_it_off") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let (first, second) = (Place::new(), Place::new());
    let service = Setup::new().config("").start();
    let reload = |yaml: &str| {
        let before = service.count("Configuration reloaded");
        service.reload(yaml);
        service.wait_for_nth("Configuration reloaded", before + 1);
    };
    reload(&first.yaml(""));
    first.wait_for("why it begins", |line| event(line) == "reloaded");
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    actor.caught_as("ffmpeg");
    first.wait_for("it is attached", |line| event(line) == "attached");
    reload(&second.yaml(""));
    second.wait_for("why it begins", |line| event(line) == "reloaded");
    drop(actor);
    second.wait_for("the job is over", |line| event(line) == "job_ended");
    reload("");
    let ends = |line: &serde_json::Value| event(line) == "reloaded" && line["seq"] != 1;
    second.wait_for("why it ends", ends);
    eventually("the file is let go of", || {
        let fds = std::fs::read_dir(format!("/proc/{}/fd", service.own_pid())).unwrap();
        !fds.flatten().any(|fd| std::fs::read_link(fd.path()).is_ok_and(|to| to == second.path()))
    });
    let written = second.lines();
    Actor::start(&stage.copy("ffmpeg"), "sleep").caught_as("ffmpeg");
    assert_eq!(second.lines(), written);
    for place in [first, second] {
        assert_eq!(assert_complete(&place.lines()), 0);
    }
}

/// None of these is opened, waited for or written to; the service does its work, and takes the first good place.
#[test]
fn what_is_no_plain_file_is_refused_and_the_service_goes_on() {
    if !need::service("what_is_no_plain_file_is_refused_and_the_service_goes_on") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    for what in ["a FIFO", "a symbolic link", "a device"] {
        let place = Place::new();
        let victim = place.folder().join("victim");
        std::fs::write(&victim, "untouched").unwrap();
        match what {
            "a FIFO" => mkfifo(&place.path(), Mode::S_IRWXU).unwrap(),
            "a symbolic link" => symlink(&victim, place.path()).unwrap(),
            _ => mknod(&place.path(), SFlag::S_IFCHR, Mode::S_IRWXU, makedev(1, 3)).unwrap(),
        }
        let mut service = Setup::new().config(&place.yaml("")).start();
        let said = service.wait_for("Audit log: ");
        assert!(said.contains(&format!("is {what} and is left alone")), "{said}");
        let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
        actor.caught_as("ffmpeg");
        service.wait_for("Attached PID");
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
        std::fs::remove_file(place.path()).unwrap();
        drop(actor);
        place.wait_for("how many lines are missing", |line| event(line) == "gap");
        service.wait_for("line(s) are missing, and it says where");
        assert!(service.stop().success());
        assert_eq!(service.count("Audit log: "), 2, "{:?}", service.said());
        assert!(assert_complete(&lines(&place.path())) >= 4);
    }
}
