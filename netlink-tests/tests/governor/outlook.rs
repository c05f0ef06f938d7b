//! What is foreseen by looking is what is then found by doing, and looking changes nothing. A trial reads back what the
//! kernel says that it has done.

use super::world::prepare;
use ffrtmp::model::Pid;
use ffrtmp::sys::governor::{Governor, Roots};
use netlink_tests::bench::{Actor, actor, cgroup};
use netlink_tests::need;
use rustix::process::{WaitId, WaitIdOptions, waitid};
use std::path::Path;
use std::process::Command;

fn groups_in(folder: &Path) -> usize {
    std::fs::read_dir(folder).expect("listed").flatten().filter(|entry| entry.path().is_dir()).count()
}

/// Below a home that somebody lives in, or nobody.
fn foretold(home: &cgroup::Home) {
    let root = home.path().join("made/by/it");
    let enabled = || cgroup::read(home.path(), "cgroup.subtree_control");
    let before = enabled();
    let mut governor = Governor::new(Roots::default()).expect("/proc");
    let outlook = governor.outlook(Some(&root)).expect("a place for jobs");
    assert_eq!((outlook.stands, outlook.obstacle.as_deref()), (false, None));
    assert_eq!((outlook.root.as_path(), outlook.ground.path.as_path()), (root.as_path(), home.path()));
    assert_eq!((enabled(), groups_in(home.path())), (before, 0), "looking changes nothing");
    let foreseen: Vec<_> =
        outlook.cannot_hold.into_iter().map(|(key, missing)| (key, missing.to_string())).collect();

    assert_eq!(prepare(&mut governor, &root).expect("prepared").cannot_hold, foreseen);
    let again = governor.outlook(Some(&root)).expect("a place for jobs");
    assert_eq!((again.stands, again.ground.path.as_path()), (true, root.as_path()));
    let now: Vec<_> =
        again.cannot_hold.into_iter().map(|(key, missing)| (key, missing.to_string())).collect();
    assert_eq!(now, foreseen);
}

#[test]
fn what_is_foreseen_is_what_is_found() {
    if !need::groups("what_is_foreseen_is_what_is_found") {
        return;
    }
    foretold(&cgroup::Home::new("free"));
    let home = cgroup::Home::new("lived-in");
    let tenant = Actor::start(&actor::program(), "sleep");
    home.put(tenant.pid());
    foretold(&home);
}

/// To the kernel one that has ended is there to be moved, and in no group any more.
#[test]
fn a_move_of_nobody_is_not_believed() {
    if !need::groups("a_move_of_nobody_is_not_believed") {
        return;
    }
    let home = cgroup::Home::new("trial");
    let governor = Governor::new(Roots::default()).expect("/proc");
    let outlook = governor.outlook(Some(home.path())).expect("a place for jobs");
    let mut child = Command::new("true").spawn().expect("a child");
    let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    waitid(WaitId::Pid(rustix::process::Pid::from_child(&child)), ended).expect("its end");
    let trial = outlook.ground.trial().expect("two groups");
    assert_eq!(groups_in(home.path()), 2);
    let refused = trial.shift(Pid(child.id()), 0).expect_err("nobody is there");
    assert!(refused.contains("moved nobody into"), "{refused}");
    drop(trial);
    assert_eq!(groups_in(home.path()), 0);
    child.wait().expect("reaped");
}
