//! Attaching one process: what is held, and what leaves nothing behind.

use super::world::{Started, World, cgroup, later, members, shown, wait_for};
use ffrtmp::engine::effect::Task;
use ffrtmp::engine::input::{Outcome, Reply};
use ffrtmp::model::record::Step;
use ffrtmp::model::{Identity, Pid, StartTime};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::time::Timespec;
use std::fs;

#[test]
fn a_sleeping_child_is_held() {
    let Some(mut world) = World::new("a_sleeping_child_is_held") else { return };
    let mut child = Started::sleep();
    let before = cgroup(child.pid());
    let (outcome, pidfd) = world.attach_with(child.identity(), Default::default());
    let Outcome::Held { job, origin, members: taken, refused, took, .. } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(job.as_str(), format!("auto-sleep-{}", child.pid()));
    assert_eq!(origin, before);
    assert_eq!(cgroup(child.pid()), shown(&world, &world.group(&job)));
    assert_eq!(members(&world.group(&job)), [child.pid()]);
    assert!(taken.is_empty() && refused.is_empty() && took.as_nanos() > 0);

    // The descriptor is that of this process: it tells of its end, and not before.
    let pidfd = pidfd.expect("a pidfd");
    let ended = |seconds| {
        let timeout = Timespec { tv_sec: seconds, tv_nsec: 0 };
        poll(&mut [PollFd::new(&pidfd, PollFlags::IN)], Some(&timeout)) == Ok(1)
    };
    assert!(!ended(0));
    child.end();
    assert!(ended(10));
}

#[test]
fn a_gone_pid_is_gone() {
    let Some(mut world) = World::new("a_gone_pid_is_gone") else { return };
    let mut child = Started::sleep();
    let identity = child.identity();
    child.end();
    let outcome = world.attach(identity);
    assert!(matches!(outcome, Outcome::Gone), "{outcome:?}");
    let outcome = world.attach(Identity { pid: Pid(u32::MAX), start: StartTime(1) });
    assert!(matches!(outcome, Outcome::Gone), "{outcome:?}");
    assert!(world.jobs().is_empty());
}

#[test]
fn a_zombie_is_gone() {
    let Some(mut world) = World::new("a_zombie_is_gone") else { return };
    let child = Started::run("true", &[]);
    let stat = format!("/proc/{}/stat", child.pid());
    wait_for("its end", || fs::read_to_string(&stat).is_ok_and(|line| line.contains(") Z ")));
    let outcome = world.attach(child.identity());
    assert!(matches!(outcome, Outcome::Gone), "{outcome:?}");
    assert!(world.jobs().is_empty());
}

#[test]
fn another_start_time_is_a_stranger_and_not_moved() {
    let Some(mut world) = World::new("another_start_time_is_a_stranger_and_not_moved") else { return };
    let child = Started::sleep();
    let before = cgroup(child.pid());
    let outcome = world.attach(later(child.identity()));
    assert!(matches!(outcome, Outcome::Stranger { put_back_to: None }), "{outcome:?}");
    assert_eq!(cgroup(child.pid()), before);
    assert!(world.jobs().is_empty());
}

#[test]
fn who_is_in_a_job_is_not_attached_again() {
    let Some(mut world) = World::new("who_is_in_a_job_is_not_attached_again") else { return };
    let child = Started::sleep();
    let job = world.hold(child.identity());
    let (outcome, pidfd) = world.attach_with(child.identity(), Default::default());
    assert!(matches!(&outcome, Outcome::AlreadyIn { job: found } if *found == job), "{outcome:?}");
    assert!(pidfd.is_some());
    // A group that the job made for itself is inside the job, too.
    let inside = world.group(&job).join("inside");
    fs::create_dir(&inside).expect("made");
    super::world::put(child.pid(), &inside);
    let outcome = world.attach(child.identity());
    assert!(matches!(&outcome, Outcome::AlreadyIn { job: found } if *found == job), "{outcome:?}");
}

#[test]
fn a_name_that_somebody_lives_under_is_not_taken() {
    let Some(mut world) = World::new("a_name_that_somebody_lives_under_is_not_taken") else { return };
    let (child, other) = (Started::sleep(), Started::sleep());
    let usual = world.root.join("jobs").join(format!("auto-sleep-{}", child.pid()));
    fs::create_dir(&usual).expect("made");
    super::world::put(other.pid(), &usual);
    let job = world.hold(child.identity());
    let identity = child.identity();
    assert_eq!(job.as_str(), format!("auto-sleep-{}-{}", identity.pid, identity.start));
    assert_eq!(members(&usual), [other.pid()]);
    assert_eq!(members(&world.group(&job)), [child.pid()]);
}

#[test]
fn an_empty_group_of_that_name_is_made_anew() {
    let Some(mut world) = World::new("an_empty_group_of_that_name_is_made_anew") else { return };
    let child = Started::sleep();
    let usual = world.root.join("jobs").join(format!("auto-sleep-{}", child.pid()));
    fs::create_dir_all(usual.join("inside")).expect("made");
    let job = world.hold(child.identity());
    assert_eq!(world.group(&job), usual);
    assert!(!usual.join("inside").exists());
}

#[test]
fn its_own_group_is_used_again_after_it_was_moved_out() {
    let Some(mut world) = World::new("its_own_group_is_used_again_after_it_was_moved_out") else { return };
    // The second process keeps the group alive. A shell would become its last command, so that is another one.
    let child = Started::shell("sleep 1000 & sleep 1000; true");
    wait_for("its children", || super::tree::descendants(child.pid()).len() == 2);
    let job = world.hold(child.identity());
    super::world::put(child.pid(), &world.mount.clone());
    assert_eq!(world.hold(child.identity()), job);
    assert_eq!(cgroup(child.pid()), shown(&world, &world.group(&job)));
}

#[test]
fn a_root_that_was_removed_is_made_again() {
    let Some(mut world) = World::new("a_root_that_was_removed_is_made_again") else { return };
    super::world::remove(&world.root);
    assert!(!world.root.exists());
    let child = Started::sleep();
    let job = world.hold(child.identity());
    assert_eq!(members(&world.group(&job)), [child.pid()]);
}

#[test]
fn the_service_itself_and_threads_are_refused() {
    let Some(mut world) = World::new("the_service_itself_and_threads_are_refused") else { return };
    let own = super::world::identity(Pid(std::process::id())).expect("we live");
    let outcome = world.attach(own);
    assert!(matches!(&outcome, Outcome::Failed(why) if why.detail.contains("itself")), "{outcome:?}");
    // This test runs on a thread that is not the first.
    let thread = Pid(rustix::thread::gettid().as_raw_nonzero().get().cast_unsigned());
    let outcome = world.attach(super::world::identity(thread).expect("we live"));
    assert!(matches!(&outcome, Outcome::Failed(why) if why.step == Step::Pidfd), "{outcome:?}");
    assert!(world.jobs().is_empty());
}

#[test]
fn nothing_is_done_before_the_root_is_known() {
    let child = Started::sleep();
    let mut governor = ffrtmp::sys::governor::Governor::new(Default::default()).expect("a governor");
    let remove = Task::Remove { job: ffrtmp::model::JobId::of("sleep", child.identity()) };
    let (reply, _) = governor.carry_out(&remove);
    assert!(matches!(&reply, Reply::Removed { result: Err(why), .. } if !why.detail.is_empty()), "{reply:?}");
}
