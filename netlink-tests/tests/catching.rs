//! Whatever way a target starts, it ends in exactly one job: with the kernel's events, and with scans alone.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::actor::{children_of, program};
use netlink_tests::bench::service::{descriptors, watches};
use netlink_tests::bench::{Actor, Setup, Stage, both_ways, cgroup, eventually, turn, world};
use netlink_tests::need;
use std::process::Command;

#[test]
fn a_copy_a_link_a_renamed_and_a_borrowed_name() {
    both_ways("a_copy_a_link_a_renamed_and_a_borrowed_name", |start| {
        let service = start("");
        let stage = Stage::new();
        let actors = [
            Actor::start(&stage.copy("ffmpeg"), "sleep"),
            Actor::start(&stage.copy("gst-launch-1.0"), "sleep"),
            Actor::named(&program(), "ffmpeg", "sleep"),
            Actor::start(&program(), "rename ffmpeg sleep"),
        ];
        let link = Stage::new();
        let linked = Actor::start(&link.link("ffmpeg"), "sleep");
        let bystander = Actor::start(&stage.copy("ffprobe"), "sleep");
        actors[0].caught_as("ffmpeg");
        let gst = format!("auto-gst-launch-1.0-{}", actors[1].pid());
        eventually("the second default target is caught too", || actors[1].job().as_deref() == Some(&gst));
        actors[2].caught_as("ffmpeg");
        actors[3].caught_as("ffmpeg");
        linked.caught_as("ffmpeg");
        eventually("five jobs stand", || service.jobs().len() == 5);
        assert_eq!(bystander.job(), None);
        eventually("five are said to be attached", || service.count("Attached PID") == 5);
    });
}

#[test]
fn what_has_ended_is_watched_no_more() {
    both_ways("what_has_ended_is_watched_no_more", |start| {
        let service = start("");
        let ffmpeg = Stage::new();
        let ffmpeg = ffmpeg.copy("ffmpeg");
        let watched = || (watches(service.pid()), descriptors(service.pid()));
        let before = watched();
        let mut actors: Vec<Actor> = (0..5).map(|_| Actor::start(&ffmpeg, "sleep")).collect();
        actors.iter().for_each(|actor| drop(actor.caught_as("ffmpeg")));
        // Where there are controllers, what they count against a job is watched as well.
        let all = |(watches, descriptors)| watches >= before.0 + 5 && descriptors == before.1 + 5;
        eventually("all are watched", || all(watched()));
        actors.clear();
        eventually("nobody is watched", || watched() == before);
    });
}

#[test]
fn a_script_and_the_program_it_starts_are_one_job() {
    both_ways("a_script_and_the_program_it_starts_are_one_job", |start| {
        let service = start("");
        let stage = Stage::new();
        let real = Stage::new().keep_copy("ffmpeg");
        let script = stage.script("ffmpeg", &format!("#!/bin/sh\n{} sleep\ntrue\n", real.display()));
        let actor = Actor::start(&script, "");
        actor.caught_as("ffmpeg");
        let child = || children_of(actor.pid()).first().copied();
        eventually("the script has started the program", || child().is_some());
        let child = child().unwrap();
        eventually("its child is in the same job", || cgroup::job_of(child) == actor.job());
        assert_eq!(service.jobs().len(), 1, "{:?}", service.jobs());
        service.wait_for("Attached PID");
        assert_eq!(service.count("Attached PID"), 1);
        std::fs::remove_dir_all(real.parent().unwrap()).unwrap();
    });
}

#[test]
fn a_target_that_forks_without_exec_is_one_job_with_all_its_children() {
    both_ways("a_target_that_forks_without_exec_is_one_job_with_all_its_children", |start| {
        let service = start("");
        let stage = Stage::new();
        let actor = Actor::start(&stage.copy("ffmpeg"), "children 20 sleep");
        actor.caught_as("ffmpeg");
        let group = service.group(&actor.job().unwrap());
        eventually("all 21 processes are in it", || {
            cgroup::read(&group, "cgroup.procs").lines().count() == 21
        });
        assert_eq!(service.jobs().len(), 1, "{:?}", service.jobs());
    });
}

/// Only events tell whose child it was: by the time of a scan it is init's.
#[test]
fn a_grandchild_whose_parent_is_gone_belongs_to_the_job() {
    if !need::service("a_grandchild_whose_parent_is_gone_belongs_to_the_job") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "orphan sleep");
    actor.caught_as("ffmpeg");
    let group = service.group(&actor.job().unwrap());
    eventually("both are in it", || cgroup::read(&group, "cgroup.procs").lines().count() == 2);
    assert_eq!(service.jobs().len(), 1, "{:?}", service.jobs());
}

/// Targets amid a crowd: every one of them in its own job, and attached exactly once.
#[test]
fn every_target_in_a_crowd() {
    if !need::service("every_target_in_a_crowd") {
        return;
    }
    let _turn = turn();
    let (targets, crowd) = if world().is_some() { (60, 300) } else { (2000, 20_000) };
    let service = Setup::new().start();
    let stage = Stage::new();
    let (ffmpeg, other) = (stage.copy("ffmpeg"), stage.copy("bystander"));
    let noise = std::thread::spawn(move || {
        for _ in 0..crowd {
            assert!(Command::new(&other).arg("exit").status().expect("a bystander").success());
        }
    });
    let began = std::time::Instant::now();
    let actors: Vec<Actor> = (0..targets)
        .map(|n| {
            let due = std::time::Duration::from_millis(2) * n;
            std::thread::sleep(due.saturating_sub(began.elapsed()));
            Actor::start(&ffmpeg, "sleep")
        })
        .collect();
    noise.join().expect("the crowd");
    for actor in &actors {
        actor.caught_as("ffmpeg");
    }
    assert_eq!(service.jobs().len(), actors.len());
    for line in ["Attached PID", "Discovered new process: PID"] {
        eventually(&format!("{line} is said {} times", actors.len()), || service.count(line) >= actors.len());
        assert_eq!(service.count(line), actors.len());
    }
    drop(actors);
    eventually("all groups are removed when their processes have ended", || service.jobs().is_empty());
}
