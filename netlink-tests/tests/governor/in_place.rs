//! Limits on somebody else's group: only where the target is alone, never looser than what stands, and gone without a trace.

use super::world::{Started, World, cgroup, prepare, put};
use ffrtmp::config::foreign::{Foreign, Manner};
use ffrtmp::engine::effect::{Born, Task};
use ffrtmp::engine::input::{Inspection, Outcome, Reply};
use ffrtmp::model::foreign::Bond;
use ffrtmp::model::{Amount, JobId, LimitKey, Limits};
use ffrtmp::sys::governor::{Governor, Roots};
use netlink_tests::bench::has_controllers;
use std::fs;
use std::path::{Path, PathBuf};

/// A container's group, and a process in it.
fn contained(world: &mut World) -> (PathBuf, Started) {
    let above = world.other_group();
    if has_controllers() {
        fs::write(above.join("cgroup.subtree_control"), "+cpu +memory +pids").expect("enabled");
    }
    let group = above.join("docker-0123.scope");
    fs::create_dir(&group).expect("made");
    let child = Started::sleep();
    put(child.pid(), &group);
    (group, child)
}

fn limits() -> Limits {
    Limits::from([
        (LimitKey::CpuQuota, 20),
        (LimitKey::CpuWeight, 50),
        (LimitKey::MemoryLimit, 64 << 20),
        (LimitKey::PidsMax, 100),
    ])
}

/// Attached in place; its job.
fn stays(world: &mut World, child: &Started, group: &Path) -> JobId {
    let before = cgroup(child.pid());
    let (outcome, pidfd) = world.attach_with(child.identity(), limits());
    let Outcome::Held { job, bond, refused, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(bond, Some(Bond::InPlace { group: group.to_string_lossy().into() }));
    assert_eq!((pidfd.is_some(), cgroup(child.pid())), (true, before));
    assert_eq!(refused.is_empty(), has_controllers(), "{refused:?}");
    job
}

fn inspect(world: &mut World, job: &JobId, child: &Started) -> Inspection {
    let members = vec![(child.pid(), Born::Started(child.identity().start))];
    match world.reply(&Task::Inspect { job: job.clone(), members }) {
        Reply::Inspected { result: Ok(inspection), .. } => inspection,
        other => panic!("{other:?}"),
    }
}

/// What the group's files say, where it has them.
fn says(group: &Path) -> [String; 4] {
    ["cpu.max", "cpu.weight", "memory.max", "pids.max"]
        .map(|file| fs::read_to_string(group.join(file)).unwrap_or_default().trim().to_owned())
}

fn expect(group: &Path, expected: [&str; 4]) {
    if has_controllers() {
        assert_eq!(says(group), expected);
    }
}

#[test]
fn who_is_alone_in_a_container_is_limited_there_and_all_is_as_it_was_afterwards() {
    let test = "who_is_alone_in_a_container_is_limited_there_and_all_is_as_it_was_afterwards";
    let Some(mut world) = World::new(test) else { return };
    let (group, child) = contained(&mut world);
    if has_controllers() {
        // Tighter than the policy, in a way of its own; and a weight of its owner's choice.
        fs::write(group.join("cpu.max"), "2500 25000").expect("written");
        fs::write(group.join("cpu.weight"), "77").expect("written");
    }
    let before = says(&group);
    let job = stays(&mut world, &child, &group);
    let standing = ["2500 25000", "77", "67108864", "100"];
    expect(&group, standing);
    assert_eq!(inspect(&mut world, &job, &child), Inspection::default());
    // A second time it is known.
    assert!(matches!(world.attach(child.identity()), Outcome::AlreadyIn { job: again } if again == job));
    let released = super::lives::release(&mut world, &job);
    assert_eq!((released.processes, says(&group)), (1, before));
    assert!(world.jobs().is_empty());
}

#[test]
fn who_is_not_alone_is_left_and_company_is_noticed() {
    let Some(mut world) = World::new("who_is_not_alone_is_left_and_company_is_noticed") else { return };
    let (group, child) = contained(&mut world);
    let job = stays(&mut world, &child, &group);
    let other = Started::sleep();
    put(other.pid(), &group);
    assert_eq!(inspect(&mut world, &job, &child).company, Some(other.pid()));
    super::lives::release(&mut world, &job);
    let outcome = world.attach(child.identity());
    let Outcome::Foreign { why } = &outcome else { panic!("{outcome:?}") };
    assert!(why.contains("Docker") && why.contains("not alone"), "{why}");
}

#[test]
fn descendants_are_no_company() {
    let Some(mut world) = World::new("descendants_are_no_company") else { return };
    let (group, _sleeping) = contained(&mut world);
    let parent = Started::run("sh", &["-c", "sleep 1000 & sleep 1000 & wait"]);
    drop(_sleeping);
    super::world::wait_for("both children", || super::tree::descendants(parent.pid()).len() == 2);
    put(parent.pid(), &group);
    let children = super::tree::descendants(parent.pid());
    children.iter().for_each(|&pid| put(pid, &group));
    let (outcome, _) = world.attach_with(parent.identity(), limits());
    let Outcome::Held { job, members, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(members.len(), 2);
    let inspection = inspect(&mut world, &job, &parent);
    assert_eq!(inspection, Inspection::default());
}

#[test]
fn the_next_start_finds_a_job_in_place_and_can_still_give_back() {
    let Some(mut world) = World::new("the_next_start_finds_a_job_in_place_and_can_still_give_back") else {
        return;
    };
    let (group, child) = contained(&mut world);
    if has_controllers() {
        fs::write(group.join("cpu.max"), "2500 25000").expect("written");
    }
    let before = says(&group);
    let job = stays(&mut world, &child, &group);
    world.governor = Governor::new(Roots::default()).expect("a governor");
    let prepared = prepare(&mut world.governor, &world.root.clone()).expect("prepared");
    let [found] = &prepared.found[..] else { panic!("{prepared:?}") };
    assert_eq!((&found.job, found.main_alive, found.members.len()), (&job, true, 0));
    assert_eq!(found.bond, Some(Bond::InPlace { group: group.to_string_lossy().into() }));
    assert_eq!(inspect(&mut world, &job, &child), Inspection::default());
    super::lives::release(&mut world, &job);
    assert_eq!(says(&group), before);
}

#[test]
fn what_its_owner_writes_later_is_a_drift_and_stands_in_the_end() {
    let Some(mut world) = World::new("what_its_owner_writes_later_is_a_drift_and_stands_in_the_end") else {
        return;
    };
    if !netlink_tests::need::have_in_a_world(
        "what_its_owner_writes_later_is_a_drift_and_stands_in_the_end",
        has_controllers(),
    ) {
        return;
    }
    let (group, child) = contained(&mut world);
    let job = stays(&mut world, &child, &group);
    let set = |world: &mut World, limits: &Limits| {
        let (job, set) = (job.clone(), Default::default());
        world.reply(&Task::SetLimits { job, limits: limits.clone(), set, names_users: false, order: None })
    };
    // Looser than the policy: put right. Tighter: kept.
    fs::write(group.join("memory.max"), (128 << 20).to_string()).expect("written");
    fs::write(group.join("cpu.max"), "5000 50000").expect("written");
    let drifted: Vec<_> = inspect(&mut world, &job, &child).limits.iter().map(|drift| drift.limit).collect();
    assert_eq!(drifted, [LimitKey::CpuQuota, LimitKey::MemoryLimit]);
    set(&mut world, &limits());
    expect(&group, ["5000 50000", "50", "67108864", "100"]);
    assert!(inspect(&mut world, &job, &child).limits.is_empty());
    // A limit that the policy no longer has is the owner's again.
    set(
        &mut world,
        &limits().with(LimitKey::PidsMax, None).with(LimitKey::MemoryLimit, Some(Amount::Number(1 << 30))),
    );
    expect(&group, ["5000 50000", "50", "134217728", "max"]);
    super::lives::release(&mut world, &job);
    expect(&group, ["5000 50000", "100", "134217728", "max"]);
}

/// Limits of disks, of the network and of processes themselves: the owner's group is not given them, and nobody says it is.
#[test]
fn what_a_job_in_place_is_not_given_is_refused() {
    let Some(mut world) = World::new("what_a_job_in_place_is_not_given_is_refused") else { return };
    let (_, child) = contained(&mut world);
    let asked = Limits::from([(LimitKey::NetworkTx, 5_000_000), (LimitKey::Nice, 5)]);
    let (outcome, _) = world.attach_with(child.identity(), asked.clone());
    let Outcome::Held { job, refused, .. } = outcome else { panic!("{outcome:?}") };
    let keys: Vec<_> = refused.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys, [LimitKey::NetworkTx, LimitKey::Nice]);
    // What was refused before is no reason to refuse an order; another value of it is.
    let order = |world: &mut World, limits: &Limits| {
        let (job, set) = (job.clone(), Default::default());
        let task = Task::SetLimits { job, limits: limits.clone(), set, names_users: true, order: Some(1) };
        let Reply::LimitsSet { result, .. } = world.reply(&task) else { panic!("another answer") };
        result
    };
    assert!(order(&mut world, &asked).is_ok());
    let why = order(&mut world, &asked.with(LimitKey::Nice, Some(Amount::Number(7)))).expect_err("another");
    assert!(why.detail.contains("in place is not given nice"), "{why:?}");
    assert!(inspect(&mut world, &job, &child).limits.is_empty());
}

#[test]
fn a_burst_that_stands_makes_room_and_what_is_refused_leaves_what_stood() {
    let test = "a_burst_that_stands_makes_room_and_what_is_refused_leaves_what_stood";
    if !netlink_tests::need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let Some(mut world) = World::new(test) else { return };
    let (group, child) = contained(&mut world);
    fs::write(group.parent().expect("above").join("cgroup.subtree_control"), "+cpuset").expect("enabled");
    let says = |file: &str| fs::read_to_string(group.join(file)).expect(file).trim().to_owned();
    let all = says("cpuset.cpus.effective");
    fs::write(group.join("cpu.max"), "400000 100000").expect("written");
    fs::write(group.join("cpu.max.burst"), "200000").expect("written");
    let on = |cpus: &str| limits().with(LimitKey::Cpus, Some(Amount::Words(cpus.into())));
    let (outcome, _) = world.attach_with(child.identity(), on("0"));
    let Outcome::Held { job, refused, .. } = outcome else { panic!("{outcome:?}") };
    assert!(refused.is_empty(), "{refused:?}");
    let stands = || [says("cpu.max"), says("cpu.max.burst"), says("cpuset.cpus")];
    assert_eq!(stands(), ["20000 100000", "0", "0"]);
    let mut set = |limits: &Limits, order| {
        let (job, set) = (job.clone(), Default::default());
        let task = Task::SetLimits { job, limits: limits.clone(), set, names_users: false, order };
        let Reply::LimitsSet { result, .. } = world.reply(&task) else { panic!("another answer") };
        result
    };
    let wide = on("0").with(LimitKey::CpuQuota, Some(Amount::Number(300)));
    assert!(set(&wide, Some(1)).is_ok());
    assert_eq!(stands(), ["300000 100000", "200000", "0"]);
    // An order that is refused has not been.
    assert!(set(&on("0").with(LimitKey::Nice, Some(Amount::Number(5))), Some(2)).is_err());
    assert_eq!(stands(), ["300000 100000", "200000", "0"]);
    let refused = set(&on("8000"), None).expect("what can be had").refused;
    assert_eq!((refused.len(), stands()), (1, ["20000 100000", "0", "0"].map(str::to_owned)));
    super::lives::release(&mut world, &job);
    let stands = [says("cpu.max"), says("cpu.max.burst"), says("cpuset.cpus.effective")];
    assert_eq!(stands, ["400000 100000", "200000", &all]);
}

/// A service's process, and a systemd that does not say whether it is the main one.
#[test]
fn while_systemd_is_silent_the_policy_for_others_counts() {
    let run = tempfile::tempdir().expect("a folder");
    fs::create_dir_all(run.path().join("systemd/system")).expect("made");
    let roots = Roots { run: run.path().into(), ..Roots::default() };
    let Some(mut world) = World::with("while_systemd_is_silent_the_policy_for_others_counts", roots) else {
        return;
    };
    let group = world.other_group().join("enc.service");
    fs::create_dir(&group).expect("made");
    let child = Started::sleep();
    put(child.pid(), &group);
    world.foreign = Foreign { usual: Manner::Leave, units: Vec::new() }.into();
    let outcome = world.attach(child.identity());
    let Outcome::Foreign { why } = &outcome else { panic!("{outcome:?}") };
    assert!(why.contains("enc.service") && why.contains("policy says leave"), "{why}");
    world.foreign = Default::default();
    let outcome = world.attach(child.identity());
    assert!(matches!(outcome, Outcome::Held { bond: None, .. }), "{outcome:?}");
}

#[test]
fn an_ended_job_in_place_gives_back_what_stood_there() {
    let Some(mut world) = World::new("an_ended_job_in_place_gives_back_what_stood_there") else { return };
    let (group, child) = contained(&mut world);
    let before = says(&group);
    let job = stays(&mut world, &child, &group);
    let remove = Task::Remove { job: job.clone() };
    assert!(matches!(world.reply(&remove), Reply::Removed { result: Ok(false), .. }), "it lives");
    drop(child);
    super::world::wait_for("its end", || {
        fs::read(group.join("cgroup.procs")).is_ok_and(|pids| pids.is_empty())
    });
    assert!(matches!(world.reply(&remove), Reply::Removed { result: Ok(true), .. }));
    assert_eq!(says(&group), before);
    assert!(world.jobs().is_empty());
}

#[test]
fn each_manner_can_be_forced() {
    let Some(mut world) = World::new("each_manner_can_be_forced") else { return };
    let (_, child) = contained(&mut world);
    let force = |world: &mut World, usual| {
        world.foreign = Foreign { usual, units: Vec::new() }.into();
        world.attach(child.identity())
    };
    let outcome = force(&mut world, Manner::Leave);
    assert!(matches!(&outcome, Outcome::Foreign { why } if why.contains("policy says leave")), "{outcome:?}");
    let outcome = force(&mut world, Manner::Move);
    let Outcome::Held { job, bond: None, .. } = outcome else { panic!("{outcome:?}") };
    assert!(cgroup(child.pid()).ends_with(job.as_str()));
    super::lives::release(&mut world, &job);
    // A unit's name counts more than the usual.
    let units = vec![(ffrtmp::model::Glob::new("docker-*.scope"), Manner::InPlace)];
    world.foreign = Foreign { usual: Manner::Leave, units }.into();
    let outcome = world.attach(child.identity());
    assert!(matches!(outcome, Outcome::Held { bond: Some(Bond::InPlace { .. }), .. }), "{outcome:?}");
}
