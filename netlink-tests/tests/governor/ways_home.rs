//! A release finds a way out for everybody, whatever has become of the group they came from and of their own.

use super::lives::release;
use super::world::{Started, World, cgroup, members, put, shown, wait_for};
use ffrtmp::model::Pid;
use netlink_tests::bench::{Actor, Stage, has_controllers};
use netlink_tests::need;
use std::fs;
use std::path::{Path, PathBuf};

fn write(group: &Path, file: &str, text: &str) {
    fs::write(group.join(file), text).unwrap_or_else(|error| panic!("{file}: {error}"));
}

/// A process in a job, and the group it came from, one below another.
fn taken(world: &mut World) -> (Started, ffrtmp::model::JobId, PathBuf, PathBuf) {
    let above = world.other_group();
    let origin = above.join("origin");
    fs::create_dir(&origin).expect("made");
    let main = Started::sleep();
    put(main.pid(), &origin);
    let job = world.hold(main.identity());
    (main, job, origin, above)
}

#[test]
fn an_origin_that_became_invalid_is_passed_by() {
    let Some(mut world) = World::new("an_origin_that_became_invalid_is_passed_by") else { return };
    let (main, job, origin, above) = taken(&mut world);
    let beside = above.join("threaded");
    fs::create_dir(&beside).expect("made");
    write(&beside, "cgroup.type", "threaded");
    assert_eq!(fs::read_to_string(origin.join("cgroup.type")).expect("read"), "domain invalid\n");
    assert_eq!(release(&mut world, &job).to, shown(&world, &above));
    assert_eq!(cgroup(main.pid()), shown(&world, &above));
}

#[test]
fn an_origin_that_hands_controllers_down_is_passed_by() {
    let name = "an_origin_that_hands_controllers_down_is_passed_by";
    let Some(mut world) = World::new(name) else { return };
    if !need::have_in_a_world(name, has_controllers()) {
        return;
    }
    let (main, job, origin, above) = taken(&mut world);
    for group in [&above, &origin] {
        write(group, "cgroup.subtree_control", "+memory");
    }
    assert_eq!(release(&mut world, &job).to, "/");
    assert_eq!(cgroup(main.pid()), "/");
}

#[test]
fn a_frozen_origin_takes_its_own_back_and_a_frozen_job_is_left_alive() {
    let Some(mut world) = World::new("a_frozen_origin_takes_its_own_back_and_a_frozen_job_is_left_alive")
    else {
        return;
    };
    let (main, job, origin, _) = taken(&mut world);
    write(&origin, "cgroup.freeze", "1");
    write(&world.group(&job), "cgroup.freeze", "1");
    assert_eq!(release(&mut world, &job).processes, 1);
    assert_eq!(members(&origin), [main.pid()]);
    write(&origin, "cgroup.freeze", "0");

    let job = world.hold(main.identity());
    write(&world.group(&job), "cgroup.freeze", "1");
    release(&mut world, &job);
    let events = || fs::read_to_string(origin.join("cgroup.events")).expect("read");
    wait_for("it runs on", || events().contains("frozen 0"));
    assert_eq!(members(&origin), [main.pid()]);
}

#[test]
fn groups_that_a_job_made_inside_its_own_go_with_it() {
    let Some(mut world) = World::new("groups_that_a_job_made_inside_its_own_go_with_it") else { return };
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("transcoder"), "children 2 threads 2 sleep");
    let main = Pid(actor.pid());
    wait_for("its family", || super::tree::descendants(main).len() == 2);
    let job = world.hold(super::world::identity(main).expect("it lives"));
    let group = world.group(&job);
    // One deep below, and the threads of the main one spread over a threaded group.
    let deep = group.join("a/b/c");
    fs::create_dir_all(&deep).expect("made");
    put(*super::tree::descendants(main).first().expect("just met"), &deep);
    let threaded = group.join("threads");
    fs::create_dir(&threaded).expect("made");
    if fs::write(threaded.join("cgroup.type"), "threaded").is_ok() {
        let task = fs::read_dir(format!("/proc/{main}/task")).expect("it lives");
        let last = task.last().expect("a thread").expect("read").file_name();
        write(&threaded, "cgroup.threads", last.to_str().expect("a number"));
    }
    let released = release(&mut world, &job);
    assert_eq!(released.processes, 3, "{released:?}");
    assert!(!group.exists());
}

#[test]
fn who_has_ended_and_is_not_waited_for_is_no_obstacle() {
    let Some(mut world) = World::new("who_has_ended_and_is_not_waited_for_is_no_obstacle") else { return };
    let main = Started::shell("sleep 1000 & exec sleep 1000");
    let child = || super::tree::descendants(main.pid()).first().copied();
    wait_for("its child", || child().is_some());
    let job = world.hold(main.identity());
    let child = child().expect("it sleeps");
    let raw = rustix::process::Pid::from_raw(child.0.cast_signed()).expect("a pid");
    rustix::process::kill_process(raw, rustix::process::Signal::KILL).expect("it is ours");
    let line = || fs::read_to_string(format!("/proc/{child}/stat")).expect("nobody waits for it");
    wait_for("its end", || line().contains(") Z "));
    assert_eq!(release(&mut world, &job).processes, 1);
    assert!(!world.group(&job).exists());
}

#[test]
fn who_forks_all_the_while_is_out_in_the_end() {
    let Some(mut world) = World::new("who_forks_all_the_while_is_out_in_the_end") else { return };
    let stage = Stage::new();
    for round in 0..5 {
        let actor = Actor::start(&stage.copy("transcoder"), "churn 100000");
        let main = super::world::identity(Pid(actor.pid())).expect("it lives");
        let job = world.hold(main);
        assert!(release(&mut world, &job).processes > 0, "round {round}");
        assert!(!world.group(&job).exists());
        assert!(!cgroup(main.pid).contains(job.as_str()));
    }
}
