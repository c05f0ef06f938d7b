//! What each process carries by itself, its nice value and its oom_score_adj: given to all of a job, kept where it may not
//! be lowered, and given back when the job ends.

use super::lives::{join, release};
use super::world::{Started, World, identity, put, shown, wait_for};
use ffrtmp::engine::effect::{Attach, Born, Task};
use ffrtmp::engine::input::{Join, LimitsSet, Outcome, Reply};
use ffrtmp::model::LimitKey::{Nice, OomScoreAdj};
use ffrtmp::model::record::Failure;
use ffrtmp::model::{JobId, LimitKey, Limits, Overrides, Pid};
use ffrtmp::sys::stat;
use netlink_tests::bench::{Actor, Stage};
use std::fs;
use std::time::{Duration, Instant};

fn nice(pid: Pid) -> i64 {
    nice_of(pid, pid)
}

fn nice_of(process: Pid, thread: Pid) -> i64 {
    let line = fs::read(format!("/proc/{process}/task/{thread}/stat")).expect("it lives");
    stat::parse(&line).expect("a whole line").nice
}

fn threads(pid: Pid) -> Vec<Pid> {
    let task = fs::read_dir(format!("/proc/{pid}/task")).expect("it lives");
    task.map(|entry| Pid(entry.unwrap().file_name().to_str().unwrap().parse().unwrap())).collect()
}

fn score(pid: Pid) -> i64 {
    let text = fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).expect("it lives");
    text.trim().parse().expect("a number")
}

fn carried(pid: Pid) -> (i64, i64) {
    (nice(pid), score(pid))
}

fn set_score(pid: Pid, value: i64) {
    fs::write(format!("/proc/{pid}/oom_score_adj"), value.to_string()).expect("set");
}

fn set_nice(thread: Pid, value: i32) {
    let raw = rustix::process::Pid::from_raw(thread.0.cast_signed());
    rustix::process::setpriority_process(raw, value).expect("set");
}

fn both(nice: i64, score: i64) -> Limits {
    Limits::from([(Nice, nice), (OomScoreAdj, score)])
}

/// The job, and what its processes could not be given.
fn hold(world: &mut World, pid: Pid, limits: Limits, names_users: bool) -> (JobId, Vec<(LimitKey, Failure)>) {
    let attach = Attach {
        identity: identity(pid).expect("it lives"),
        command: "sleep".into(),
        limits,
        set: Overrides::default(),
        names_users,
        made: None,
        parent: Pid(std::process::id()),
        parent_name: Default::default(),
        out_of: None,
        alone: false,
        foreign: Default::default(),
    };
    let Reply::Attached(attached) = world.governor.carry_out(&Task::Attach(Box::new(attach))).0 else {
        panic!("an answer to something else");
    };
    match attached.outcome {
        Outcome::Held { job, refused, .. } => (job, refused),
        other => panic!("{other:?}"),
    }
}

fn set(
    world: &mut World,
    job: &JobId,
    limits: Limits,
    (set, names_users): (Overrides, bool),
    order: Option<u64>,
) -> Result<LimitsSet, Failure> {
    match world.reply(&Task::SetLimits { job: job.clone(), limits, set, names_users, order }) {
        Reply::LimitsSet { result, .. } => result,
        other => panic!("{other:?}"),
    }
}

fn policy(world: &mut World, job: &JobId, limits: Limits) -> Vec<(LimitKey, Failure)> {
    set(world, job, limits, (Overrides::default(), false), None).expect("set").refused
}

/// A process with threads and children.
fn family(stage: &Stage) -> (Actor, Vec<Pid>) {
    let actor = Actor::start(&stage.copy("transcoder"), "children 2 threads 3 sleep");
    let main = Pid(actor.pid());
    wait_for("its family", || threads(main).len() == 4 && super::tree::descendants(main).len() == 2);
    let all = super::tree::descendants(main).into_iter().chain([main]).collect();
    (actor, all)
}

#[test]
fn every_thread_of_every_process_carries_it_and_has_its_own_back_after_the_release() {
    let name = "every_thread_of_every_process_carries_it_and_has_its_own_back_after_the_release";
    let Some(mut world) = World::new(name) else { return };
    let stage = Stage::new();
    let (actor, all) = family(&stage);
    let main = Pid(actor.pid());
    // One child and one thread have something of their own, one thread more than is asked for and one just that.
    let mut of_main = threads(main);
    of_main.sort();
    set_nice(all[0], 3);
    set_score(all[1], 40);
    set_nice(of_main[1], 2);
    set_nice(of_main[2], 15);
    set_nice(of_main[3], 5);
    let every = || -> Vec<(Pid, i64, i64)> {
        let of = |&pid: &Pid| {
            threads(pid).into_iter().map(move |thread| (thread, nice_of(pid, thread), score(pid)))
        };
        all.iter().flat_map(of).collect()
    };
    let before = every();
    let (job, refused) = hold(&mut world, main, both(5, 300), false);
    assert_eq!(refused, []);
    for (thread, nice, score) in every() {
        assert_eq!((nice, score), (if thread == of_main[2] { 15 } else { 5 }, 300), "{thread}");
    }
    release(&mut world, &job);
    assert_eq!(every(), before);
}

#[test]
fn nobody_is_lowered_unless_the_policy_names_users_or_an_operator_sets_it() {
    let name = "nobody_is_lowered_unless_the_policy_names_users_or_an_operator_sets_it";
    let Some(mut world) = World::new(name) else { return };
    let main = Started::sleep();
    set_nice(main.pid(), 4);
    set_score(main.pid(), 200);
    let (job, refused) = hold(&mut world, main.pid(), both(-3, 250), false);
    assert_eq!(carried(main.pid()), (4, 250));
    let [(Nice, why)] = &refused[..] else { panic!("{refused:?}") };
    assert!(why.errno == 0 && why.detail.contains("unless the rule names users"), "{why:?}");

    let named = set(&mut world, &job, both(-3, 100), (Overrides::default(), true), None);
    assert_eq!((named.map(|set| set.refused), carried(main.pid())), (Ok(vec![]), (-3, 100)));
    // Users are named no more: whoever was lowered has his own again.
    assert_eq!(policy(&mut world, &job, both(-3, 250)).len(), 1);
    assert_eq!(carried(main.pid()), (4, 250));

    let by_operator = (Overrides::from([(Nice, -3)]), false);
    let told = set(&mut world, &job, both(-3, 250), by_operator, Some(7));
    assert_eq!((told.map(|set| set.refused), nice(main.pid())), (Ok(vec![]), -3));
    release(&mut world, &job);
    assert_eq!(carried(main.pid()), (4, 200));
}

#[test]
fn an_order_that_would_be_left_undone_changes_nothing() {
    let Some(mut world) = World::new("an_order_that_would_be_left_undone_changes_nothing") else { return };
    let main = Started::sleep();
    set_score(main.pid(), 200);
    let (job, _) = hold(&mut world, main.pid(), Limits::from([(Nice, 2)]), false);
    let only_nice = (Overrides::from([(Nice, 6)]), false);
    let why = set(&mut world, &job, both(6, 100), only_nice, Some(7)).expect_err("refused");
    assert!(why.detail.contains("names users"), "{why:?}");
    assert_eq!(carried(main.pid()), (2, 200));
    assert_eq!(policy(&mut world, &job, Limits::default()), []);
    assert_eq!(carried(main.pid()), (0, 200));
}

#[test]
fn what_somebody_else_changed_since_stays_at_the_release() {
    let Some(mut world) = World::new("what_somebody_else_changed_since_stays_at_the_release") else { return };
    let main = Started::sleep();
    let (job, _) = hold(&mut world, main.pid(), both(5, 300), false);
    set_nice(main.pid(), 9);
    set_score(main.pid(), 1000);
    release(&mut world, &job);
    assert_eq!(carried(main.pid()), (9, 1000));
}

#[test]
fn a_service_that_starts_anew_knows_what_processes_had() {
    let Some(mut world) = World::new("a_service_that_starts_anew_knows_what_processes_had") else { return };
    let stage = Stage::new();
    let (actor, all) = family(&stage);
    set_nice(all[0], 1);
    set_score(Pid(actor.pid()), 10);
    let before: Vec<_> = all.iter().map(|&pid| carried(pid)).collect();
    let (job, _) = hold(&mut world, Pid(actor.pid()), both(5, 300), false);
    world.start_anew();
    release(&mut world, &job);
    assert_eq!(all.iter().map(|&pid| carried(pid)).collect::<Vec<_>>(), before);
}

#[test]
fn who_joins_carries_it_too_and_goes_home_to_where_it_was() {
    let Some(mut world) = World::new("who_joins_carries_it_too_and_goes_home_to_where_it_was") else {
        return;
    };
    let stage = Stage::new();
    let go = stage.path().join("go");
    let parent = Actor::start(&stage.copy("parent"), &format!("await {} children 1 sleep", go.display()));
    let (main, other) = (Started::sleep(), Pid(parent.pid()));
    let (origin, elsewhere) = (world.other_group(), world.other_group());
    put(main.pid(), &origin);
    put(other, &elsewhere);
    let (job, _) = hold(&mut world, main.pid(), both(5, 300), false);
    let born = Born::Started(identity(other).expect("it lives").start);
    assert_eq!(join(&mut world, &job, other, born), Join::Moved);
    fs::write(&go, "").expect("the word to go");
    wait_for("its child", || super::tree::descendants(other).len() == 1);
    let child = *super::tree::descendants(other).first().expect("just met");
    let all = [main.pid(), other, child];
    assert_eq!(all.map(carried), [(5, 300); 3]);
    world.start_anew();
    let mut homes = [shown(&world, &origin), shown(&world, &elsewhere)];
    homes.sort();
    let released = release(&mut world, &job);
    assert_eq!(released.processes, 3);
    assert!(homes.iter().all(|home| released.to.contains(home.as_str())), "{released:?}");
    assert_eq!(super::world::members(&origin), [main.pid()]);
    let mut back = super::world::members(&elsewhere);
    back.sort();
    assert_eq!(back, [other, child], "a child goes where its parent goes");
    assert_eq!(all.map(carried), [(0, 0); 3]);
}

#[test]
fn one_that_was_moved_out_gets_its_own_back_when_its_job_ends() {
    let Some(mut world) = World::new("one_that_was_moved_out_gets_its_own_back_when_its_job_ends") else {
        return;
    };
    let main = Started::sleep();
    let (job, _) = hold(&mut world, main.pid(), both(5, 300), false);
    let elsewhere = world.other_group();
    put(main.pid(), &elsewhere);
    assert_eq!(carried(main.pid()), (5, 300));
    let removed = world.reply(&Task::Remove { job });
    assert!(matches!(removed, Reply::Removed { result: Ok(true), .. }), "{removed:?}");
    assert_eq!(carried(main.pid()), (0, 0));
}

#[test]
fn an_inspection_finds_who_was_changed_and_writing_again_mends_it() {
    let Some(mut world) = World::new("an_inspection_finds_who_was_changed_and_writing_again_mends_it") else {
        return;
    };
    let stage = Stage::new();
    let (actor, all) = family(&stage);
    let (main, child) = (Pid(actor.pid()), all[0]);
    let (job, _) = hold(&mut world, main, both(5, 300), false);
    let drift = |world: &mut World| match world.reply(&Task::Inspect { job: job.clone(), members: vec![] }) {
        Reply::Inspected { result, .. } => {
            let limits = result.expect("inspected").limits;
            limits.into_iter().map(|drift| (drift.limit, drift.found, drift.wanted)).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(drift(&mut world), []);
    set_nice(child, 8);
    assert_eq!(drift(&mut world), [], "who makes itself nicer may");
    set_nice(main, 1);
    set_score(child, 0);
    let off = |key, found: &str, wanted: &str| (key, found.to_owned(), wanted.to_owned());
    assert_eq!(drift(&mut world), [off(Nice, "1", "5"), off(OomScoreAdj, "0", "300")]);
    assert_eq!(policy(&mut world, &job, both(5, 300)), []);
    assert_eq!(drift(&mut world), []);
    assert_eq!((carried(main), carried(child)), ((5, 300), (8, 300)));
}

/// Forks go on while it is attached and while it is released: nobody is left out.
#[test]
fn a_family_that_grows_meanwhile_is_brought_along_whole_and_put_back_whole() {
    let name = "a_family_that_grows_meanwhile_is_brought_along_whole_and_put_back_whole";
    let Some(mut world) = World::new(name) else { return };
    let stage = Stage::new();
    for round in 0..12 {
        let actor = Actor::start(&stage.copy("transcoder"), "children 200 sleep");
        let main = Pid(actor.pid());
        let family = || super::tree::descendants(main).into_iter().chain([main]);
        let (began, moment) = (Instant::now(), Duration::from_millis(round));
        while began.elapsed() < moment {}
        let (job, _) = hold(&mut world, main, both(5, 300), false);
        if round % 2 == 0 {
            wait_for("all of them", || family().count() == 201);
            // As the service asks of whoever it is told of meanwhile: a fork may last longer than all the passes.
            for pid in super::tree::descendants(main) {
                let born = Born::Started(identity(pid).expect("it lives").start);
                assert_eq!(join(&mut world, &job, pid, born), Join::WasInside);
            }
            assert!(family().all(|pid| carried(pid) == (5, 300)), "round {round}");
        }
        release(&mut world, &job);
        wait_for("all of them", || family().count() == 201);
        assert!(family().all(|pid| carried(pid) == (0, 0)), "round {round}");
    }
}
