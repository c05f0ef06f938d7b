//! A later start finds what an earlier one left.

use super::world::{Started, World, cgroup, prepare, shown, wait_for};
use ffrtmp::engine::input::{FoundJob, Outcome};
use ffrtmp::model::{LimitKey, Limits, Pid};
use ffrtmp::sys::governor::Governor;
use std::fs;

/// What another governor, as after a restart, finds below the same root.
fn found(world: &World) -> Vec<FoundJob> {
    let mut next = Governor::new(Default::default()).expect("a governor");
    prepare(&mut next, &world.root).expect("prepared").found
}

#[test]
fn a_job_is_recognised_by_its_note() {
    let Some(mut world) = World::new("a_job_is_recognised_by_its_note") else { return };
    let main = Started::shell("sleep 1000 & wait");
    wait_for("its child", || super::tree::descendants(main.pid()).len() == 1);
    let before = cgroup(main.pid());
    let limits = Limits::from([(LimitKey::CpuQuota, 150), (LimitKey::MemoryLimit, 1 << 30)]);
    let (outcome, _) = world.attach_with(main.identity(), limits.clone());
    let Outcome::Held { job, members, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(members.len(), 1);

    let jobs = found(&world);
    let [one] = &jobs[..] else { panic!("{jobs:?}") };
    assert_eq!((&one.job, one.identity, one.main_alive), (&job, main.identity(), true));
    assert_eq!(
        (&*one.command, one.parent, one.parent_name.as_bytes()),
        ("sleep", Pid(std::process::id()), &b"test bench"[..])
    );
    assert_eq!((&one.limits, &one.members), (&limits, &members));
    assert_eq!(one.origin, before);
    assert!(one.age < std::time::Duration::from_secs(60));
    assert!(one.attached_at.0 > 1_600_000_000_000_000_000);
    assert_eq!(cgroup(main.pid()), shown(&world, &world.group(&job)));
}

#[test]
fn a_job_whose_main_process_ended_is_recognised_too() {
    let Some(mut world) = World::new("a_job_whose_main_process_ended_is_recognised_too") else { return };
    let mut main = Started::shell("sleep 1000 & wait");
    wait_for("its child", || super::tree::descendants(main.pid()).len() == 1);
    let child = super::tree::descendants(main.pid());
    world.hold(main.identity());
    main.0.kill().expect("killed");
    main.0.wait().expect("ended");
    let jobs = found(&world);
    assert_eq!(jobs.len(), 1);
    assert!(!jobs[0].main_alive);
    assert_eq!(jobs[0].members, child.into_iter().collect::<Vec<_>>());
}

#[test]
fn an_empty_job_is_removed_and_foreign_groups_are_left() {
    let Some(mut world) = World::new("an_empty_job_is_removed_and_foreign_groups_are_left") else { return };
    let (mut main, other) = (Started::sleep(), Started::sleep());
    let job = world.hold(main.identity());
    main.end();
    for name in ["theirs", "theirs-lived-in"] {
        fs::create_dir(world.root.join("jobs").join(name)).expect("made");
    }
    super::world::put(other.pid(), &world.root.join("jobs/theirs-lived-in"));
    assert!(found(&world).is_empty());
    assert!(!world.group(&job).exists());
    let mut left = world.jobs();
    left.sort();
    assert_eq!(left, ["theirs", "theirs-lived-in"]);
}

#[test]
fn a_group_that_was_made_and_not_noted_is_removed() {
    let Some(world) = World::new("a_group_that_was_made_and_not_noted_is_removed") else { return };
    let other = Started::sleep();
    for name in ["auto-sleep-7", "auto-sleep-7-4242", "auto-lived-in-7", "auto-7", "auto-nested-7"] {
        fs::create_dir(world.root.join("jobs").join(name)).expect("made");
    }
    fs::create_dir(world.root.join("jobs/auto-nested-7/inside")).expect("made");
    super::world::put(other.pid(), &world.root.join("jobs/auto-lived-in-7"));
    assert!(found(&world).is_empty());
    let mut left = world.jobs();
    left.sort();
    assert_eq!(left, ["auto-7", "auto-lived-in-7", "auto-nested-7"]);
}

#[test]
fn a_note_of_another_boot_or_a_damaged_one_is_not_believed() {
    let Some(mut world) = World::new("a_note_of_another_boot_or_a_damaged_one_is_not_believed") else {
        return;
    };
    let main = Started::sleep();
    let job = world.hold(main.identity());
    let group = world.group(&job);
    let mut note = vec![0; 4096];
    let length = rustix::fs::getxattr(&group, "user.ffrtmp.job", &mut note[..]).expect("a note");
    let note = String::from_utf8_lossy(&note[..length]).into_owned();
    let set = |text: &str| {
        let flags = rustix::fs::XattrFlags::empty();
        rustix::fs::setxattr(&group, "user.ffrtmp.job", text.as_bytes(), flags).expect("written");
    };
    set(&note.replace("boot=", "boot=x"));
    assert!(found(&world).is_empty());
    set(&note[..note.len() / 2]);
    assert!(found(&world).is_empty());
    assert_eq!(cgroup(main.pid()), shown(&world, &group));
    set(&note);
    assert_eq!(found(&world).len(), 1);
}

#[test]
fn an_adopted_job_is_released_to_where_it_came_from() {
    let Some(mut world) = World::new("an_adopted_job_is_released_to_where_it_came_from") else { return };
    let origin = world.other_group();
    let main = Started::sleep();
    super::world::put(main.pid(), &origin);
    let job = world.hold(main.identity());
    world.governor = Governor::new(Default::default()).expect("a governor");
    prepare(&mut world.governor, &world.root.clone()).expect("prepared");
    let release = super::lives::release(&mut world, &job);
    assert_eq!(release.to, shown(&world, &origin));
    assert_eq!(cgroup(main.pid()), shown(&world, &origin));
}
