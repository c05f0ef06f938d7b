//! What happens to a job after it was taken: descendants join, it is released, its group is removed.

use super::world::{Started, World, cgroup, later, members, put, shown, wait_for};
use ffrtmp::engine::effect::{Born, Task};
use ffrtmp::engine::input::{Join, Outcome, Release, Reply};
use ffrtmp::model::{JobId, Mono, Pid};
use rustix::io::Errno;
use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::time::{Duration, Instant};

pub(crate) fn join(world: &mut World, job: &JobId, pid: Pid, born: Born) -> Join {
    match world.reply(&Task::Join { job: job.clone(), pid, born }) {
        Reply::Joined { job: answered, pid: of, outcome } => {
            assert_eq!((&answered, of), (job, pid));
            outcome
        }
        other => panic!("{other:?}"),
    }
}

pub(crate) fn release(world: &mut World, job: &JobId) -> Release {
    match world.reply(&Task::Release { job: job.clone(), why: "test" }) {
        Reply::Released { result, .. } => result.expect("released"),
        other => panic!("{other:?}"),
    }
}

fn now() -> Mono {
    let time = clock_gettime(ClockId::Monotonic);
    Mono(time.tv_sec.cast_unsigned() * 1_000_000_000 + time.tv_nsec.cast_unsigned())
}

#[test]
fn a_descendant_outside_is_moved_and_one_inside_is_left() {
    let Some(mut world) = World::new("a_descendant_outside_is_moved_and_one_inside_is_left") else { return };
    let (main, other) = (Started::sleep(), Started::sleep());
    let job = world.hold(main.identity());
    let born = Born::Started(other.identity().start);
    assert_eq!(join(&mut world, &job, other.pid(), born), Join::Moved);
    assert_eq!(cgroup(other.pid()), shown(&world, &world.group(&job)));
    assert_eq!(join(&mut world, &job, other.pid(), born), Join::WasInside);
}

#[test]
fn the_moment_of_the_fork_tells_who_is_meant() {
    let Some(mut world) = World::new("the_moment_of_the_fork_tells_who_is_meant") else { return };
    let main = Started::sleep();
    let job = world.hold(main.identity());
    // The quickest of some: between our clock and its birth this machine may have stood still.
    let timed = (0..10).map(|_| (now(), Started::sleep(), now()));
    let (before, other, _) = timed.min_by_key(|(before, _, after)| after.0 - before.0).expect("ten");
    let seconds = |n: u64| n * 1_000_000_000;
    for wrong in [before.0 - seconds(1), before.0 + seconds(1), 0, u64::MAX] {
        assert_eq!(join(&mut world, &job, other.pid(), Born::Forked(Mono(wrong))), Join::Gone, "{wrong}");
    }
    assert_eq!(join(&mut world, &job, other.pid(), Born::Started(later(other.identity()).start)), Join::Gone);
    assert_ne!(cgroup(other.pid()), shown(&world, &world.group(&job)));
    assert_eq!(join(&mut world, &job, other.pid(), Born::Forked(before)), Join::Moved);
}

#[test]
fn a_zombie_does_not_join() {
    let Some(mut world) = World::new("a_zombie_does_not_join") else { return };
    let main = Started::sleep();
    let job = world.hold(main.identity());
    let child = Started::run("true", &[]);
    let stat = format!("/proc/{}/stat", child.pid());
    wait_for("its end", || fs::read_to_string(&stat).is_ok_and(|line| line.contains(") Z ")));
    let born = Born::Started(child.identity().start);
    assert_eq!(join(&mut world, &job, child.pid(), born), Join::Gone);
}

#[test]
fn joining_a_job_that_is_no_more_fails() {
    let Some(mut world) = World::new("joining_a_job_that_is_no_more_fails") else { return };
    let child = Started::sleep();
    let born = Born::Started(child.identity().start);
    for (job, errno) in [("auto-sleep-1", Errno::NOENT), ("../../x", Errno::INVAL), ("x/../..", Errno::INVAL)]
    {
        let outcome = join(&mut world, &JobId::found(job), child.pid(), born);
        assert!(matches!(&outcome, Join::Failed(why) if why.errno == errno.raw_os_error()), "{outcome:?}");
    }
}

#[test]
fn a_released_job_goes_back_to_its_origin() {
    let Some(mut world) = World::new("a_released_job_goes_back_to_its_origin") else { return };
    let origin = world.other_group();
    let main = Started::shell("sleep 1000 & sleep 1000 & wait");
    wait_for("its children", || super::tree::descendants(main.pid()).len() == 2);
    let family: Vec<Pid> = super::tree::descendants(main.pid()).into_iter().chain([main.pid()]).collect();
    family.iter().for_each(|&pid| put(pid, &origin));
    let job = world.hold(main.identity());
    assert!(members(&origin).is_empty());
    // A group that the job made inside its own is emptied and removed, too.
    let inside = world.group(&job).join("inside");
    fs::create_dir(&inside).expect("made");
    put(family[0], &inside);

    let home = shown(&world, &origin);
    assert_eq!(release(&mut world, &job), Release { processes: 3, to: home, refused: vec![] });
    let mut back = members(&origin);
    back.sort();
    let mut family = family;
    family.sort();
    assert_eq!(back, family);
    assert!(!world.group(&job).exists());
}

#[test]
fn an_origin_that_is_gone_is_replaced_by_the_nearest_group_above() {
    let Some(mut world) = World::new("an_origin_that_is_gone_is_replaced_by_the_nearest_group_above") else {
        return;
    };
    let above = world.other_group();
    let origin = above.join("a/b");
    fs::create_dir_all(&origin).expect("made");
    let main = Started::sleep();
    put(main.pid(), &origin);
    let job = world.hold(main.identity());
    super::world::remove(&above.join("a"));
    let home = shown(&world, &above);
    assert_eq!(release(&mut world, &job), Release { processes: 1, to: home.clone(), refused: vec![] });
    assert_eq!(cgroup(main.pid()), home);
}

#[test]
fn releasing_what_has_ended_is_no_failure() {
    let Some(mut world) = World::new("releasing_what_has_ended_is_no_failure") else { return };
    let mut main = Started::sleep();
    let job = world.hold(main.identity());
    main.end();
    assert_eq!(release(&mut world, &job).processes, 0);
    assert!(!world.group(&job).exists());
    assert_eq!(release(&mut world, &job).processes, 0);
}

#[test]
fn a_group_is_removed_when_nobody_lives_in_it() {
    let Some(mut world) = World::new("a_group_is_removed_when_nobody_lives_in_it") else { return };
    let mut main = Started::sleep();
    let job = world.hold(main.identity());
    let mut remove = |job: &JobId| match world.reply(&Task::Remove { job: job.clone() }) {
        Reply::Removed { result, .. } => result.expect("answered"),
        other => panic!("{other:?}"),
    };
    assert!(!remove(&job));
    assert_eq!(cgroup(main.pid()).rsplit('/').next(), Some(job.as_str()));
    main.end();
    assert!(remove(&job));
    assert!(remove(&job));
    assert!(!world.group(&job).exists());
}

/// It is moved, and ends before that is proven: at one moment or another in three hundred.
#[test]
fn of_one_that_ends_while_it_is_moved_no_group_is_left() {
    let Some(mut world) = World::new("of_one_that_ends_while_it_is_moved_no_group_is_left") else { return };
    let (mut gone, mut held) = (0, 0);
    for round in 0..300 {
        let main = Started::sleep();
        let (identity, moment) = (main.identity(), Duration::from_micros(round));
        let end = std::thread::spawn(move || {
            let began = Instant::now();
            while began.elapsed() < moment {}
            drop(main);
        });
        match world.attach(identity) {
            Outcome::Gone => gone += 1,
            Outcome::Held { job, .. } => {
                end.join().expect("ended");
                let task = Task::Remove { job };
                let is_removed = |reply: Reply| matches!(reply, Reply::Removed { result: Ok(true), .. });
                wait_for("its end", || is_removed(world.reply(&task)));
                held += 1;
                continue;
            }
            other => panic!("{other:?}"),
        }
        end.join().expect("ended");
        assert_eq!(world.jobs(), [""; 0], "round {round}: {gone} gone, {held} held");
    }
    println!("{gone} gone, {held} held");
    assert!(gone > 0, "none ended in time: {held} held");
}
