//! The number of processes of a job is exact, and the refused fork is counted.

use crate::{can_run, caught, signal};
use netlink_tests::bench::{Setup, Stage, cgroup, eventually, turn};

#[test]
fn the_process_that_would_be_one_too_many_is_not_forked() {
    if !can_run("the_process_that_would_be_one_too_many_is_not_forked") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let (path, go) = signal(&stage, "go");
    let service = Setup::new().config("default_limits: { pids_max: 10 }").start();
    // It ends with the first refusal; those it has started stay and keep the group.
    let words = format!("await {} children 20", path.display());
    let (mut actor, group) = caught(&service, &stage, "ffmpeg", &words);
    let (_more, modest) = caught(&service, &stage, "gst-launch-1.0", "children 9 sleep");
    go();
    assert!(!actor.wait().success());
    assert_eq!(cgroup::read(&group, "pids.current"), "9");
    assert_eq!(cgroup::counter(&group, "pids.events", "max"), 1);
    eventually("one that keeps to it has all it wants", || cgroup::read(&modest, "pids.current") == "10");
    assert_eq!(cgroup::counter(&modest, "pids.events", "max"), 0);
}
