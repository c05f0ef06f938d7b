//! Who is governed by somebody else is left where it is.

use super::world::{Started, World, cgroup, put, wait_for};
use ffrtmp::engine::effect::{Born, Task};
use ffrtmp::engine::input::{Join, Outcome, Reply};
use std::fs;

#[test]
fn a_delegated_group_is_left_and_the_answer_ages_with_the_group() {
    let Some(mut world) = World::new("a_delegated_group_is_left_and_the_answer_ages_with_the_group") else {
        return;
    };
    let group = world.other_group();
    let inner = group.join("inner");
    let make = || fs::create_dir(&inner).expect("made");
    make();
    let delegate = |name| {
        let flags = rustix::fs::XattrFlags::empty();
        rustix::fs::setxattr(&inner, name, b"1", flags).expect("marked");
    };
    delegate("user.delegate");
    let child = Started::sleep();
    put(child.pid(), &inner);
    let other = Started::sleep();
    put(other.pid(), &inner);
    let before = cgroup(child.pid());
    let outcome = world.attach(child.identity());
    let Outcome::Foreign { why } = &outcome else { panic!("{outcome:?}") };
    assert!(why.contains("delegated") && why.contains("inner"), "{why}");
    assert_eq!(cgroup(child.pid()), before);
    assert!(world.jobs().is_empty());

    let leave = |child: &Started| {
        put(child.pid(), &group);
        put(other.pid(), &group);
    };
    // Another group of the same name is another group.
    leave(&child);
    fs::remove_dir(&inner).expect("removed");
    make();
    put(child.pid(), &inner);
    let job = world.hold(child.identity());
    super::lives::release(&mut world, &job);
    leave(&child);
    fs::remove_dir(&inner).expect("removed");
    make();
    delegate("trusted.delegate");
    put(child.pid(), &inner);
    put(other.pid(), &inner);
    let outcome = world.attach(child.identity());
    assert!(matches!(outcome, Outcome::Foreign { .. }), "{outcome:?}");
}

#[test]
fn a_container_is_known_by_the_name_of_its_group() {
    let Some(mut world) = World::new("a_container_is_known_by_the_name_of_its_group") else { return };
    let group = world.other_group().join("docker-0123.scope");
    fs::create_dir(&group).expect("made");
    let (child, other) = (Started::sleep(), Started::sleep());
    put(child.pid(), &group);
    put(other.pid(), &group);
    let outcome = world.attach(child.identity());
    assert!(matches!(&outcome, Outcome::Foreign { why } if why.contains("Docker")), "{outcome:?}");
}

#[test]
fn another_pid_namespace_is_left_by_attach_and_join() {
    let Some(mut world) = World::new("another_pid_namespace_is_left_by_attach_and_join") else { return };
    let outer = Started::run("unshare", &["-p", "-f", "sleep", "1000"]);
    wait_for("its child", || super::tree::descendants(outer.pid()).len() == 1);
    let inner = super::tree::descendants(outer.pid()).pop_first().expect("a child");
    let identity = super::world::identity(inner).expect("it lives");
    let outcome = world.attach(identity);
    assert!(matches!(&outcome, Outcome::Foreign { why } if why.contains("pid namespace")), "{outcome:?}");
    let other = Started::sleep();
    let job = world.hold(other.identity());
    let reply = world.reply(&Task::Join { job, pid: inner, born: Born::Started(identity.start) });
    assert!(matches!(reply, Reply::Joined { outcome: Join::Left, .. }), "{reply:?}");
}
