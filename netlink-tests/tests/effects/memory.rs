//! What stands against one job's growth: the limit, the mark above which it is slowed down, its part of swap, and all of
//! it ended together.

use crate::{MIB, can_run, caught, signal};
use netlink_tests::bench::actor::children_of;
use netlink_tests::bench::swap::Swap;
use netlink_tests::bench::{Setup, Stage, cgroup, eventually, turn};
use std::os::unix::process::ExitStatusExt;

fn number(group: &std::path::Path, file: &str) -> u64 {
    cgroup::read(group, file).parse().expect("a number")
}

#[test]
fn memory_has_an_exact_maximum_a_mark_that_slows_and_an_end_for_all() {
    if !can_run("memory_has_an_exact_maximum_a_mark_that_slows_and_an_end_for_all") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let (path, go) = signal(&stage, "go");
    let service = Setup::new()
        .config(
            "target_commands: [alone, together, slowed]\n\
             commands:\n\
             \x20 alone: { limits: { memory_limit: 64, memory_swap_max: 0 } }\n\
             \x20 together: { limits: { memory_limit: 64, memory_swap_max: 0, oom_group: true } }\n\
             \x20 slowed: { limits: { memory_high: 32, memory_swap_max: 0 } }",
        )
        .start();
    let grow = format!("children 2 await {} grow 100", path.display());
    let (mut alone, left) = caught(&service, &stage, "alone", &grow);
    let (mut together, _) = caught(&service, &stage, "together", &grow);
    let (mut slowed, high) = caught(&service, &stage, "slowed", &grow);
    let mut children = Vec::new();
    eventually("they have children", || {
        children = children_of(together.pid());
        children.len() == 2
    });
    go();

    eventually("who grew past its limit is ended", || !alone.is_running());
    assert_eq!(alone.wait().signal(), Some(9));
    let peak = number(&left, "memory.peak");
    assert!((63 * MIB..=64 * MIB).contains(&peak), "not a page more than its limit: {peak}");
    assert_eq!(cgroup::counter(&left, "memory.events", "oom_kill"), 1);
    assert_eq!(number(&left, "pids.current"), 2, "its children live");

    assert_eq!(together.wait().signal(), Some(9));
    let lives = |pid: u32| std::path::Path::new(&format!("/proc/{pid}/cgroup")).exists();
    eventually("its children are ended with it", || {
        children.iter().all(|&pid| !lives(pid) || cgroup::of(pid).as_deref() == Some("/"))
    });

    eventually("growth beyond the mark is slowed", || cgroup::counter(&high, "memory.events", "high") > 10);
    assert!(slowed.is_running());
    assert_eq!(cgroup::counter(&high, "memory.events", "oom_kill"), 0);
    let held = number(&high, "memory.current");
    assert!((32 * MIB..64 * MIB).contains(&held), "{held} bytes of the hundred MiB it wants");
}

#[test]
fn swap_is_had_as_far_as_it_is_allowed() {
    if !can_run("swap_is_had_as_far_as_it_is_allowed") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let Some(_swap) = Swap::on("swap_is_had_as_far_as_it_is_allowed") else { return };
    let service = Setup::new()
        .config(
            "default_limits: { memory_limit: 32, memory_swap_max: 32 }\n\
             commands: { gst-launch-1.0: { limits: { memory_swap_max: 0 } } }",
        )
        .start();
    let (path, go) = signal(&stage, "go");
    let (more, too_much) = signal(&stage, "more");
    let await_both = format!("children 1 await {} grow 80", more.display());
    let (mut fits, some) = caught(&service, &stage, "ffmpeg", &format!("await {} grow 48", path.display()));
    let (mut greedy, full) = caught(&service, &stage, "ffmpeg", &await_both);
    let (mut without, _) =
        caught(&service, &stage, "gst-launch-1.0", &format!("await {} grow 48", path.display()));
    go();
    assert_eq!(without.wait().signal(), Some(9), "it has no swap to go to");
    eventually("what does not fit into memory goes to swap", || {
        number(&some, "memory.swap.current") >= 16 * MIB && fits.is_running()
    });
    too_much();
    assert_eq!(greedy.wait().signal(), Some(9), "memory and swap are full");
    // A kernel that sees beforehand that there is no room counts nothing at `max`.
    assert!(cgroup::counter(&full, "memory.events", "oom_kill") > 0);
    assert!(fits.is_running() && number(&some, "memory.swap.current") <= 32 * MIB);
}
