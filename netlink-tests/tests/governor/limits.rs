//! Limits hold, or it is told which cannot and why.

use super::world::{Started, World};
use ffrtmp::engine::effect::Task;
use ffrtmp::engine::input::{LimitsSet, Outcome, Reply};
use ffrtmp::model::LimitKey::{self, *};
use ffrtmp::model::record::{Failure, LimitDrift, Step};
use ffrtmp::model::{Amount, Holder, JobId, Limits, Overrides};
use ffrtmp::sys::governor::Governor;
use netlink_tests::bench::has_controllers;
use netlink_tests::need;
use std::fs;
use std::path::Path;

fn all() -> Limits {
    Limits::from([(CpuQuota, 150), (CpuWeight, 50), (MemoryLimit, (64 << 20) + 1)])
}

fn read(group: &Path) -> [String; 3] {
    ["cpu.max", "cpu.weight", "memory.max"]
        .map(|file| fs::read_to_string(group.join(file)).unwrap_or_default().trim_end().to_owned())
}

/// By the policy: what of it can be had; the first refusal is the error.
fn set(world: &mut World, job: &JobId, limits: Limits) -> Result<(), Failure> {
    let refused = answer(world, job, limits, Overrides::default(), None)?.refused;
    refused.into_iter().next().map_or(Ok(()), |(_, why)| Err(why))
}

fn told(
    world: &mut World,
    job: &JobId,
    limits: Limits,
    set: Overrides,
    order: Option<u64>,
) -> Result<Limits, Failure> {
    answer(world, job, limits, set, order).map(|set| set.kept)
}

fn answer(
    world: &mut World,
    job: &JobId,
    limits: Limits,
    set: Overrides,
    order: Option<u64>,
) -> Result<LimitsSet, Failure> {
    match world.reply(&Task::SetLimits {
        job: job.clone(),
        limits: limits.clone(),
        set,
        names_users: false,
        order,
    }) {
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
        // The kernels of the worlds are built without the first two, and no disk of theirs is shared by weight.
        for (key, why) in told {
            let known = match key {
                UclampMin | UclampMax => {
                    format!("this kernel's cpu controller has no cpu.{}", key.name().replace('_', "."))
                }
                IoWeight => "no disk is shared by weight: choose bfq as its scheduler or enable iocost, \
                             and start the service again"
                    .into(),
                _ => String::new(),
            };
            assert_eq!(*why, known, "{key}");
        }
        return;
    }
    let controlled = LimitKey::ALL.into_iter().filter_map(|key| match key.holder() {
        Holder::Group(controller) => {
            Some((key, format!("the {controller} controller is bound to cgroup v1")))
        }
        Holder::Network | Holder::Process => None,
    });
    assert_eq!(*told, controlled.collect::<Vec<_>>());
}

#[test]
fn limits_stand_in_the_group_before_anybody_is_moved() {
    let Some(mut world) = World::new("limits_stand_in_the_group_before_anybody_is_moved") else { return };
    let child = Started::sleep();
    let (outcome, _) = world.attach_with(child.identity(), all());
    let Outcome::Held { job, refused, .. } = outcome else { panic!("{outcome:?}") };
    // What cannot hold was named at the start and is not named again with every job.
    assert!(refused.is_empty(), "{refused:?}");
    if has_controllers() {
        assert_eq!(read(&world.group(&job)), ["150000 100000", "50", "67108864"]);
    }
}

#[test]
fn every_limit_stands_in_its_file_and_is_taken_away_again() {
    let test = "every_limit_stands_in_its_file_and_is_taken_away_again";
    if !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let Some(mut world) = World::new(test) else { return };
    let child = Started::sleep();
    let words = |text: &str| Amount::Words(text.into());
    let wanted = [
        (CpuQuota, Amount::Number(150), "cpu.max", "150000 100000", "max 100000"),
        (CpuBurst, Amount::Number(50), "cpu.max.burst", "50000", "0"),
        (Cpus, words("0"), "cpuset.cpus", "0", "all"),
        (MemoryHigh, Amount::Number(48 << 20), "memory.high", "50331648", "max"),
        (MemoryLow, Amount::Number(1 << 20), "memory.low", "1048576", "0"),
        (MemorySwapMax, Amount::Number(0), "memory.swap.max", "0", "max"),
        (OomGroup, Amount::Number(1), "memory.oom.group", "1", "0"),
        (PidsMax, Amount::Number(7), "pids.max", "7", "max"),
    ];
    let limits: Limits = wanted.iter().map(|(key, amount, ..)| (*key, amount.clone())).collect();
    let (outcome, _) = world.attach_with(child.identity(), limits.clone());
    let Outcome::Held { job, refused, .. } = outcome else { panic!("{outcome:?}") };
    assert!(refused.is_empty(), "{refused:?}");
    let stands = |world: &World, file: &str| {
        fs::read_to_string(world.group(&job).join(file)).expect("it is there").trim_end().to_owned()
    };
    for (_, _, file, text, _) in &wanted {
        assert_eq!(stands(&world, file), *text, "{file}");
    }
    assert_eq!(found_limits(&world), std::slice::from_ref(&limits));
    // A burst that stands does not keep the quota from being lowered beneath it.
    let lower = limits.with(CpuQuota, Some(Amount::Number(30))).with(CpuBurst, Some(Amount::Number(10)));
    assert_eq!(set(&mut world, &job, lower), Ok(()));
    assert_eq!(
        (stands(&world, "cpu.max"), stands(&world, "cpu.max.burst")),
        ("30000 100000".into(), "10000".into())
    );
    // Processors that nobody has cannot be had.
    let why = set(&mut world, &job, Limits::from([]).with(Cpus, Some(words("4000"))))
        .expect_err("no such processor");
    assert!(why.path.ends_with("/cpuset.cpus"), "{why:?}");
    assert_eq!(set(&mut world, &job, Limits::default()), Ok(()));
    // In a group where somebody lives a list of processors can only be replaced by one of all.
    for (_, _, file, _, none) in wanted.iter().filter(|(key, ..)| *key != Cpus) {
        assert_eq!(stands(&world, file), *none, "{file}");
    }
    let all = fs::read_to_string(world.root.join("cpuset.cpus.effective")).expect("it is there");
    assert_eq!(stands(&world, "cpuset.cpus.effective"), all.trim_end());
    assert_eq!(inspect(&mut world.governor, &job), []);
}

#[test]
fn changed_limits_are_written_and_noted() {
    let Some(mut world) = World::new("changed_limits_are_written_and_noted") else { return };
    let child = Started::sleep();
    let job = world.hold(child.identity());
    for limits in [all(), all().with(CpuWeight, None), Limits::default()] {
        assert_eq!(set(&mut world, &job, limits.clone()), Ok(()), "{limits}");
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
    let (outcome, _) = world.attach_with(child.identity(), all());
    let Outcome::Held { job, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(inspect(&mut world.governor, &job), []);
    fs::write(world.group(&job).join("cpu.max"), "max").expect("written");
    let drift = LimitDrift { limit: CpuQuota, found: "max 100000".into(), wanted: "150000 100000".into() };
    let mut next = Governor::new(Default::default()).expect("a governor");
    let found = super::world::prepare(&mut next, &world.root).expect("prepared").found;
    assert_eq!(found[0].limits, all());
    for governor in [&mut world.governor, &mut next] {
        assert_eq!(inspect(governor, &job), std::slice::from_ref(&drift));
    }
    assert_eq!(set(&mut world, &job, all()), Ok(()));
    assert_eq!(read(&world.group(&job)), ["150000 100000", "50", "33554432"]);
    assert_eq!(inspect(&mut next, &job), []);
    // What the kernel refuses is told once and is no drift.
    assert!(set(&mut world, &job, all().with(CpuWeight, Some(Amount::Number(20_000)))).is_err());
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
    let wrong = all().with(CpuWeight, Some(Amount::Number(20_000)));
    let (outcome, _) = world.attach_with(child.identity(), wrong);
    let Outcome::Held { job, refused, .. } = outcome else { panic!("{outcome:?}") };
    let [(CpuWeight, why)] = &refused[..] else { panic!("{refused:?}") };
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

    let (outcome, _) = world.attach_with(child.identity(), all());
    let Outcome::Held { job, kept, .. } = outcome else { panic!("{outcome:?}") };
    let tighter = Limits::from([(CpuQuota, 50), (MemoryLimit, 32 << 20)]);
    assert_eq!(kept, tighter);
    assert_eq!(read(&world.group(&job)), ["50000 100000", "50", "33554432"]);
    // What is set later is bound by them, too, and a later start knows it.
    let wider = Limits::from([(MemoryLimit, 16 << 20)]);
    assert_eq!(set(&mut world, &job, wider.clone()), Ok(()));
    assert_eq!(read(&world.group(&job)), ["50000 100000", "100", "16777216"]);
    assert_eq!(found_limits(&world), [wider]);
    assert_eq!(set(&mut world, &job, all()), Ok(()));
    assert_eq!(read(&world.group(&job)), ["50000 100000", "50", "33554432"]);
    assert_eq!(found_limits(&world), [all()]);
}

#[test]
fn a_move_leaves_a_process_on_the_processors_it_had() {
    let test = "a_move_leaves_a_process_on_the_processors_it_had";
    if !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let Some(mut world) = World::new(test) else { return };
    let above = world.other_group();
    fs::write(above.join("cgroup.subtree_control"), "+cpuset").expect("enabled");
    let origin = above.join("unit");
    fs::create_dir(&origin).expect("made");
    fs::write(above.join("cpuset.cpus"), "0-1").expect("written");
    fs::write(origin.join("cpuset.cpus"), "1").expect("written");
    let child = Started::sleep();
    super::world::put(child.pid(), &origin);
    let wider = Limits::default().with(Cpus, Some(Amount::Words("0-1".into())));
    let (outcome, _) = world.attach_with(child.identity(), wider);
    let Outcome::Held { job, kept, refused, .. } = outcome else { panic!("{outcome:?}") };
    let one = Limits::default().with(Cpus, Some(Amount::Words("1".into())));
    assert_eq!((kept, refused.len()), (one, 0));
    let allowed = fs::read_to_string(world.group(&job).join("cpuset.cpus.effective")).expect("a list");
    assert_eq!(allowed.trim(), "1");
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
    let (outcome, _) = world.attach_with(child.identity(), all());
    let Outcome::Held { job, .. } = outcome else { panic!("{outcome:?}") };
    let set = Overrides::from([(CpuQuota, 20)]);
    let wanted = all().with(CpuQuota, Some(Amount::Number(20)));
    assert_eq!(told(&mut world, &job, wanted.clone(), set.clone(), Some(7)), Ok(Limits::default()));
    let stands = ["20000 100000", "50", "67108864"];
    assert_eq!(read(&world.group(&job)), stands);

    let wrong = Limits::from([(CpuQuota, 90), (CpuWeight, 20_000), (MemoryLimit, 32 << 20)]);
    let more = Overrides::from([(CpuQuota, 90), (CpuWeight, 20_000), (MemoryLimit, 32 << 20)]);
    let why = told(&mut world, &job, wrong, more, Some(8)).expect_err("no such weight");
    assert!(why.path.ends_with("/cpu.weight"), "{why:?}");
    assert_eq!(read(&world.group(&job)), stands);
    assert_eq!(inspect(&mut world.governor, &job), []);
    let mut next = Governor::new(Default::default()).expect("a governor");
    let found = super::world::prepare(&mut next, &world.root).expect("prepared").found;
    assert_eq!((&found[0].limits, &found[0].set), (&wanted, &set));
}

#[test]
fn limits_of_a_job_that_is_gone_are_a_failure() {
    let Some(mut world) = World::new("limits_of_a_job_that_is_gone_are_a_failure") else { return };
    let why = set(&mut world, &JobId::found("auto-sleep-1"), all()).expect_err("there is no such job");
    assert_eq!((why.step, why.errno), (Step::LimitWrite, rustix::io::Errno::NOENT.raw_os_error()));
}
