//! A service that stands in the group it must give controllers to moves itself to a leaf, itself alone and once.

use super::world::{Started, World, cgroup, cgroup2, members, prepare, put};
use ffrtmp::engine::input::Prepared;
use ffrtmp::model::{Holder, LimitKey, Pid};
use ffrtmp::sys::governor::Governor;
use netlink_tests::bench::has_controllers;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = "FFRTMP_TEST_VACATE";

/// Runs the test again as a process of its own, which finds the root in its environment: only our own process may be
/// moved, and the other tests are to stay where they are.
fn run_inside(test: &str, root: &Path) {
    let own = std::env::current_exe().expect("our own path");
    let name = format!("vacate::{test}");
    let done =
        Command::new(own).args(["--exact", &name, "--nocapture"]).env(ROOT, root).output().expect("run");
    let printed = String::from_utf8_lossy(&done.stdout);
    let passed = done.status.success() && printed.contains("1 passed");
    assert!(passed, "{printed}{}", String::from_utf8_lossy(&done.stderr));
}

/// A root that nobody has looked at, and in which we stand.
fn prepared_inside(root: &Path) -> (Prepared, Governor) {
    let own = Pid(std::process::id());
    put(own, root);
    let mut governor = Governor::new(Default::default()).expect("a governor");
    let prepared = prepare(&mut governor, root).expect("prepared");
    let leaf = root.strip_prefix(cgroup2()).expect("below the mount").join("ffrtmp-agent");
    assert_eq!(cgroup(own), Path::new("/").join(leaf).display().to_string());
    assert!(prepared.remarks.iter().any(|remark| remark.contains("moved itself")), "{:?}", prepared.remarks);
    (prepared, governor)
}

fn bare_root(world: &World) {
    super::world::remove(&world.root);
    std::fs::create_dir(&world.root).expect("made");
}

#[test]
fn the_service_makes_way_in_its_own_root() {
    let test = "the_service_makes_way_in_its_own_root";
    if let Some(root) = std::env::var_os(ROOT).map(PathBuf::from) {
        let (prepared, mut governor) = prepared_inside(&root);
        let lost = prepared.cannot_hold.iter().any(|(key, _)| *key == LimitKey::MemoryLimit);
        assert_ne!(lost, has_controllers(), "{:?}", prepared.cannot_hold);
        let again = prepare(&mut governor, &root).expect("prepared");
        assert!(again.remarks.is_empty(), "{:?}", again.remarks);
        return;
    }
    let Some(world) = World::new(test) else { return };
    bare_root(&world);
    run_inside(test, &world.root);
}

#[test]
fn who_else_lives_in_the_root_is_named_and_not_moved() {
    let test = "who_else_lives_in_the_root_is_named_and_not_moved";
    if let Some(root) = std::env::var_os(ROOT).map(PathBuf::from) {
        let (prepared, _) = prepared_inside(&root);
        let of_groups = LimitKey::ALL.iter().filter(|key| matches!(key.holder(), Holder::Group(_)));
        assert_eq!(prepared.cannot_hold.len(), of_groups.count());
        if has_controllers() {
            let cause =
                format!("subtree_control of {} refused: EBUSY: 1 process lives in it", root.display());
            assert!(
                prepared.cannot_hold.iter().all(|(_, told)| *told == cause),
                "{:?}",
                prepared.cannot_hold
            );
        }
        return;
    }
    let Some(world) = World::new(test) else { return };
    bare_root(&world);
    let other = Started::sleep();
    put(other.pid(), &world.root);
    run_inside(test, &world.root);
    assert_eq!(members(&world.root), [other.pid()]);
    // Enabling cpu alone would have succeeded, and made a group that nobody can be moved below.
    assert_eq!(std::fs::read_to_string(world.root.join("cgroup.type")).expect("read"), "domain\n");
}
