//! Limits hold, or it is told which cannot and why.

use super::world::{Started, World};
use ffrtmp::engine::effect::Task;
use ffrtmp::engine::input::{Outcome, Reply};
use ffrtmp::model::record::{Failure, LimitDrift, Step};
use ffrtmp::model::{JobId, LimitKey, Limits, Overrides};
use ffrtmp::sys::governor::Governor;
use netlink_tests::bench::has_controllers;
use netlink_tests::need;
use std::fs;
use std::path::Path;

const ALL: Limits = Limits { cpu_quota: Some(150), cpu_weight: Some(50), memory_limit: Some((64 << 20) + 1) };

fn read(group: &Path) -> [String; 3] {
    ["cpu.max", "cpu.weight", "memory.max"]
        .map(|file| fs::read_to_string(group.join(file)).unwrap_or_default().trim_end().to_owned())
}

fn set(world: &mut World, job: &JobId, limits: Limits) -> Result<(), Failure> {
    told(world, job, limits, Overrides::default(), None).map(drop)
}

fn told(
    world: &mut World,
    job: &JobId,
    limits: Limits,
    set: Overrides,
    order: Option<u64>,
) -> Result<Limits, Failure> {
    match world.reply(&Task::SetLimits { job: job.clone(), limits, set, order }) {
        Reply::LimitsSet { limits: answered, order: of, result, .. } => {
            assert_eq!((answered, of), (limits, order));
            result
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_cannot_hold_is_named_once_with_its_cause() {
    let Some(world) = World::new("what_cannot_hold_is_named_once_with_its_cause") else { return };
    let told = &world.prepared.cannot_hold;
    if has_controllers() {
        assert!(told.is_empty(), "{told:?}");
        return;
    }
    assert_eq!(told.iter().map(|(key, _)| *key).collect::<Vec<_>>(), LimitKey::ALL);
    for (key, cause) in told {
        assert_eq!(cause, &format!("the {} controller is bound to cgroup v1", key.controller()));
    }
}

#[test]
fn limits_stand_in_the_group_before_anybody_is_moved() {
    let Some(mut world) = World::new("limits_stand_in_the_group_before_anybody_is_moved") else { return };
    let child = Started::sleep();
    let (outcome, _) = world.attach_with(child.identity(), ALL);
    let Outcome::Held { job, refused, .. } = outcome else { panic!("{outcome:?}") };
    // What cannot hold was named at the start and is not named again with every job.
    assert!(refused.is_empty(), "{refused:?}");
    if has_controllers() {
        assert_eq!(read(&world.group(&job)), ["150000 100000", "50", "67108864"]);
    }
}

#[test]
fn changed_limits_are_written_and_noted() {
    let Some(mut world) = World::new("changed_limits_are_written_and_noted") else { return };
    let child = Started::sleep();
    let job = world.hold(child.identity());
    for limits in [ALL, Limits { cpu_weight: None, ..ALL }, Limits::default()] {
        assert_eq!(set(&mut world, &job, limits), Ok(()), "{limits}");
        let mut next = Governor::new(Default::default()).expect("a governor");
        let found = super::world::prepare(&mut next, &world.root).expect("prepared").found;
        assert_eq!(found[0].limits, limits);
    }
    if has_controllers() {
        assert_eq!(read(&world.group(&job)), ["max 100000", "100", "max"]);
    }
}

fn inspect(governor: &mut Governor, job: &JobId) -> Vec<LimitDrift> {
    match governor.carry_out(&Task::Inspect { job: job.clone(), members: Vec::new() }).0 {
        Reply::Inspected { result, .. } => result.expect("inspected").limits,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_limit_that_somebody_changed_is_found_by_this_run_and_by_the_next() {
    let test = "a_limit_that_somebody_changed_is_found_by_this_run_and_by_the_next";
    if !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let Some(mut world) = World::new(test) else { return };
    // Tighter limits of where it came from stand in the job's files and are nobody else's doing.
    let origin = world.other_group();
    fs::write(origin.join("memory.max"), "33554432").expect("written");
    let child = Started::sleep();
    super::world::put(child.pid(), &origin);
    let (outcome, _) = world.attach_with(child.identity(), ALL);
    let Outcome::Held { job, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(inspect(&mut world.governor, &job), []);
    fs::write(world.group(&job).join("cpu.max"), "max").expect("written");
    let drift =
        LimitDrift { limit: LimitKey::CpuQuota, found: "max 100000".into(), wanted: "150000 100000".into() };
    let mut next = Governor::new(Default::default()).expect("a governor");
    let found = super::world::prepare(&mut next, &world.root).expect("prepared").found;
    assert_eq!(found[0].limits, ALL);
    for governor in [&mut world.governor, &mut next] {
        assert_eq!(inspect(governor, &job), std::slice::from_ref(&drift));
    }
    assert_eq!(set(&mut world, &job, ALL), Ok(()));
    assert_eq!(read(&world.group(&job)), ["150000 100000", "50", "33554432"]);
    assert_eq!(inspect(&mut next, &job), []);
    // What the kernel refuses is told once and is no drift.
    assert!(set(&mut world, &job, Limits { cpu_weight: Some(20_000), ..ALL }).is_err());
    assert_eq!(inspect(&mut world.governor, &job), []);
}

#[test]
fn one_refused_limit_is_named_and_the_others_stand() {
    let test = "one_refused_limit_is_named_and_the_others_stand";
    if !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let Some(mut world) = World::new(test) else { return };
    let child = Started::sleep();
    let wrong = Limits { cpu_weight: Some(20_000), ..ALL };
    let (outcome, _) = world.attach_with(child.identity(), wrong);
    let Outcome::Held { job, refused, .. } = outcome else { panic!("{outcome:?}") };
    let [(LimitKey::CpuWeight, why)] = &refused[..] else { panic!("{refused:?}") };
    assert_eq!((why.step, why.errno), (Step::LimitWrite, rustix::io::Errno::RANGE.raw_os_error()));
    assert!(why.path.ends_with("/cpu.weight") && why.detail.contains("20000"), "{why:?}");
    assert_eq!(read(&world.group(&job)), ["150000 100000", "100", "67108864"]);
}

#[test]
fn a_move_never_loosens() {
    let test = "a_move_never_loosens";
    if !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let Some(mut world) = World::new(test) else { return };
    // One limit stands on the group it sits in, the other above that; a wider one in between does not count.
    let above = world.other_group();
    fs::write(above.join("cgroup.subtree_control"), "+cpu +memory").expect("enabled");
    let origin = above.join("unit");
    fs::create_dir(&origin).expect("made");
    fs::write(above.join("memory.max"), "33554432").expect("written");
    fs::write(origin.join("memory.max"), "50331648").expect("written");
    fs::write(origin.join("cpu.max"), "25000 50000").expect("written");
    let child = Started::sleep();
    super::world::put(child.pid(), &origin);

    let (outcome, _) = world.attach_with(child.identity(), ALL);
    let Outcome::Held { job, kept, .. } = outcome else { panic!("{outcome:?}") };
    let tighter = Limits { cpu_quota: Some(50), cpu_weight: None, memory_limit: Some(32 << 20) };
    assert_eq!(kept, tighter);
    assert_eq!(read(&world.group(&job)), ["50000 100000", "50", "33554432"]);
    // What is set later is bound by them, too, and a later start knows it.
    let wider = Limits { memory_limit: Some(16 << 20), ..Limits::default() };
    assert_eq!(set(&mut world, &job, wider), Ok(()));
    assert_eq!(read(&world.group(&job)), ["50000 100000", "100", "16777216"]);
    assert_eq!(found_limits(&world), [wider]);
    assert_eq!(set(&mut world, &job, ALL), Ok(()));
    assert_eq!(read(&world.group(&job)), ["50000 100000", "50", "33554432"]);
    assert_eq!(found_limits(&world), [ALL]);
}

/// As a later start finds them.
fn found_limits(world: &World) -> Vec<Limits> {
    let mut next = Governor::new(Default::default()).expect("a governor");
    let prepared = super::world::prepare(&mut next, &world.root).expect("prepared");
    prepared.found.into_iter().map(|job| job.limits).collect()
}

#[test]
fn an_order_is_carried_out_whole_or_not_at_all_and_is_noted() {
    let test = "an_order_is_carried_out_whole_or_not_at_all_and_is_noted";
    if !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let Some(mut world) = World::new(test) else { return };
    let child = Started::sleep();
    let (outcome, _) = world.attach_with(child.identity(), ALL);
    let Outcome::Held { job, .. } = outcome else { panic!("{outcome:?}") };
    let set = Overrides { cpu_quota: Some(20), ..Overrides::default() };
    let wanted = Limits { cpu_quota: Some(20), ..ALL };
    assert_eq!(told(&mut world, &job, wanted, set, Some(7)), Ok(Limits::default()));
    let stands = ["20000 100000", "50", "67108864"];
    assert_eq!(read(&world.group(&job)), stands);

    let wrong = Limits { cpu_quota: Some(90), cpu_weight: Some(20_000), memory_limit: Some(32 << 20) };
    let more = Overrides { cpu_quota: Some(90), cpu_weight: Some(20_000), memory_limit: Some(32 << 20) };
    let why = told(&mut world, &job, wrong, more, Some(8)).expect_err("no such weight");
    assert!(why.path.ends_with("/cpu.weight"), "{why:?}");
    assert_eq!(read(&world.group(&job)), stands);
    assert_eq!(inspect(&mut world.governor, &job), []);
    let mut next = Governor::new(Default::default()).expect("a governor");
    let found = super::world::prepare(&mut next, &world.root).expect("prepared").found;
    assert_eq!((found[0].limits, found[0].set), (wanted, set));
}

#[test]
fn limits_of_a_job_that_is_gone_are_a_failure() {
    let Some(mut world) = World::new("limits_of_a_job_that_is_gone_are_a_failure") else { return };
    let why = set(&mut world, &JobId::found("auto-sleep-1"), ALL).expect_err("there is no such job");
    assert_eq!((why.step, why.errno), (Step::LimitWrite, rustix::io::Errno::NOENT.raw_os_error()));
}
