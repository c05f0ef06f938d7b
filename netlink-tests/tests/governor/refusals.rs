//! What a real kernel refuses, at the step where it does: the failure carries step, path and errno, its class is the
//! table's, nothing is left behind, and where the cause passes the next try succeeds.

use super::world::{Started, World, cgroup2, members, prepare, put, shown};
use ffrtmp::engine::failure::class;
use ffrtmp::engine::input::Outcome;
use ffrtmp::model::failure::{Class, Failure, Step};
use ffrtmp::model::{Identity, Pid};
use ffrtmp::sys::governor::{Governor, Roots};
use netlink_tests::bench::has_controllers;
use netlink_tests::need;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use std::fs;
use std::path::Path;

fn refused(world: &mut World, identity: Identity) -> Failure {
    match world.attach(identity) {
        Outcome::Failed(failure) => failure,
        other => panic!("{other:?}"),
    }
}

/// The step, the errno's name and the class of a refusal.
fn told(failure: &Failure) -> (Step, &'static str, Class) {
    let name = match failure.errno {
        libc::EAGAIN => "EAGAIN",
        libc::EOPNOTSUPP => "EOPNOTSUPP",
        libc::EACCES => "EACCES",
        libc::EMFILE => "EMFILE",
        _ => panic!("{failure:?}"),
    };
    (failure.step, name, class(failure))
}

/// It is held once `remove` has taken the cause away.
fn then_held(world: &mut World, child: &Started, remove: impl FnOnce(&World)) {
    assert!(world.jobs().is_empty(), "{:?}", world.jobs());
    remove(world);
    let job = world.hold(child.identity());
    assert_eq!(members(&world.group(&job)), [child.pid()]);
}

#[test]
fn a_tree_as_full_or_as_deep_as_it_may_be() {
    let test = "a_tree_as_full_or_as_deep_as_it_may_be";
    for file in ["jobs/cgroup.max.descendants", "jobs/cgroup.max.depth"] {
        let Some(mut world) = World::new(test) else { return };
        let child = Started::sleep();
        fs::write(world.root.join(file), "0").expect("written");
        let failure = refused(&mut world, child.identity());
        assert_eq!(told(&failure), (Step::Mkdir, "EAGAIN", Class::RateLimit), "{file}");
        assert!(failure.path.ends_with(&format!("auto-sleep-{}", child.pid())), "{failure:?}");
        then_held(&mut world, &child, |world| fs::write(world.root.join(file), "max").expect("written"));
    }
}

#[test]
fn a_layout_in_which_groups_hold_no_processes() {
    let Some(mut world) = World::new("a_layout_in_which_groups_hold_no_processes") else { return };
    let child = Started::sleep();
    // The groups below a threaded one hold processes only if they are threaded, too.
    if fs::write(world.root.join("jobs/cgroup.type"), "threaded").is_err() {
        // With controllers enabled in between it cannot be made so.
        assert!(has_controllers());
        return;
    }
    let failure = refused(&mut world, child.identity());
    assert_eq!(told(&failure), (Step::Move, "EOPNOTSUPP", Class::Permanent));
    assert!(world.jobs().is_empty());
}

/// No process can live where somebody made children with controllers: such a group is made anew while it is empty.
#[test]
fn an_inner_node_in_the_place_of_a_job() {
    let test = "an_inner_node_in_the_place_of_a_job";
    let Some(mut world) = World::new(test) else { return };
    if !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let child = Started::sleep();
    let job = world.hold(child.identity());
    let group = world.group(&job);
    put(child.pid(), &cgroup2());
    fs::create_dir(group.join("inner")).expect("made");
    fs::write(group.join("cgroup.subtree_control"), "+memory").expect("enabled");
    assert_eq!(world.hold(child.identity()), job);
    assert_eq!((members(&group), group.join("inner").exists()), (vec![child.pid()], false));
}

#[test]
fn frozen_groups_refuse_nothing() {
    let Some(mut world) = World::new("frozen_groups_refuse_nothing") else { return };
    let freeze = |group: &Path, on: &str| fs::write(group.join("cgroup.freeze"), on).expect("written");
    let (out, into) = (Started::sleep(), Started::sleep());
    let origin = world.other_group();
    put(out.pid(), &origin);
    freeze(&origin, "1");
    let job = world.hold(out.identity());
    assert_eq!(members(&world.group(&job)), [out.pid()]);
    freeze(&world.root.join("jobs"), "1");
    let job = world.hold(into.identity());
    assert_eq!(members(&world.group(&job)), [into.pid()]);
    freeze(&world.root.join("jobs"), "0");
}

/// In a mount namespace of this thread's own: nobody else's mounts change. A tree that is in use cannot become
/// read-only, for the service holds a file in it open; it can have been from the start.
#[test]
fn a_tree_that_is_read_only_until_later() {
    let test = "a_tree_that_is_read_only_until_later";
    let Some(mut world) = World::new(test) else { return };
    let root = world.other_group();
    std::thread::scope(|scope| {
        let alone = scope.spawn(|| {
            unshare(CloneFlags::CLONE_NEWNS).expect("a mount namespace");
            let none: Option<&str> = None;
            mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).expect("private");
            let remount = |flags| {
                let flags = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | flags;
                mount(none, &cgroup2(), none, flags, none).expect("remounted");
            };
            let mut governor = Governor::new(Roots::default()).expect("a governor");
            remount(MsFlags::MS_RDONLY);
            let why = prepare(&mut governor, &root).expect_err("read-only");
            assert!(why.contains("is read-only; mount it read-write"), "{why}");
            remount(MsFlags::empty());
            prepare(&mut governor, &root).expect("prepared");
        });
        alone.join().expect("as told");
    });
}

/// This thread alone becomes somebody to whom nothing was delegated.
#[test]
fn a_tree_that_is_not_delegated() {
    let Some(mut world) = World::new("a_tree_that_is_not_delegated") else { return };
    let child = Started::sleep();
    let failure = std::thread::scope(|scope| {
        let refused = scope.spawn(|| {
            become_nobody();
            refused(&mut world, child.identity())
        });
        refused.join().expect("refused")
    });
    assert_eq!(told(&failure), (Step::Mkdir, "EACCES", Class::Permanent));
    then_held(&mut world, &child, |_| {});
}

#[expect(unsafe_code, reason = "the library's call changes all threads")]
fn become_nobody() {
    // SAFETY: plain numbers.
    let done = unsafe { libc::syscall(libc::SYS_setresuid, 65_534, 65_534, 65_534) };
    assert_eq!(done, 0);
}

/// A process of its own has the limit, so that no other test meets it.
#[test]
fn no_descriptor_left() {
    let test = "no_descriptor_left";
    const ALONE: &str = "FFRTMP_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        if need::groups(test) {
            let own = std::env::current_exe().expect("our own path");
            let name = format!("refusals::{test}");
            let done = std::process::Command::new(own).args(["--exact", &name]).env(ALONE, "1").output();
            let done = done.expect("run");
            let printed = String::from_utf8_lossy(&done.stdout);
            assert!(done.status.success() && printed.contains("1 passed"), "{printed}");
        }
        return;
    }
    let Some(mut world) = World::new(test) else { return };
    let child = Started::sleep();
    let identity = child.identity();
    let limit = |soft| {
        use nix::sys::resource::{Resource, getrlimit, setrlimit};
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("known");
        setrlimit(Resource::RLIMIT_NOFILE, soft, hard).expect("set");
    };
    limit(3);
    let failure = refused(&mut world, identity);
    limit(1024);
    assert_eq!(told(&failure), (Step::Pidfd, "EMFILE", Class::Resource));
    then_held(&mut world, &child, |_| {});
}

#[test]
fn a_thread_of_the_kernel() {
    let Some(mut world) = World::new("a_thread_of_the_kernel") else { return };
    let kthreadd = super::world::identity(Pid(2)).expect("it lives");
    let before = super::world::cgroup(Pid(2));
    let outcome = world.attach(kthreadd);
    assert!(matches!(&outcome, Outcome::Failed(why) if why.detail.contains("kernel")), "{outcome:?}");
    assert_eq!(super::world::cgroup(Pid(2)), before);
    assert!(!before.contains(&shown(&world, &world.root)));
}
