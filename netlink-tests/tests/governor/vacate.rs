//! A service that stands in the group it must give controllers to moves itself to a leaf, itself alone and once.

use super::world::{Started, World, cgroup, cgroup2, has_controllers, members, prepare, put};
use ffrtmp::engine::input::Prepared;
use ffrtmp::model::Pid;
use ffrtmp::sys::governor::Governor;
use std::path::{Path, PathBuf};
use std::process::Command;

const ROOT: &str = "FFRTMP_TEST_VACATE";

/// Runs a part of these tests as a process of its own: only our own process may be moved, and the others stay.
fn run_inside(part: &str, root: &Path) {
    let own = std::env::current_exe().expect("our own path");
    let done = Command::new(own).args(["--exact", part, "--ignored", "--nocapture"]).env(ROOT, root).output();
    let done = done.expect("run");
    let printed = String::from_utf8_lossy(&done.stdout);
    assert!(
        done.status.success() && printed.contains("1 passed"),
        "{printed}{}",
        String::from_utf8_lossy(&done.stderr)
    );
}

fn prepared_inside() -> Option<(PathBuf, Prepared, Governor)> {
    let root = PathBuf::from(std::env::var_os(ROOT)?);
    let own = Pid(std::process::id());
    put(own, &root);
    let mut governor = Governor::new(Default::default()).expect("a governor");
    let prepared = prepare(&mut governor, &root).expect("prepared");
    let leaf = root.strip_prefix(cgroup2()).expect("below the mount").join("ffrtmp-agent");
    assert_eq!(cgroup(own), Path::new("/").join(leaf).display().to_string());
    assert!(prepared.remarks.iter().any(|remark| remark.contains("moved itself")), "{:?}", prepared.remarks);
    Some((root, prepared, governor))
}

#[test]
fn the_service_makes_way_in_its_own_root() {
    let Some(world) = World::new("the_service_makes_way_in_its_own_root") else { return };
    // Before, nobody had looked at this root.
    super::world::remove(&world.root);
    std::fs::create_dir(&world.root).expect("made");
    run_inside("vacate::alone_in_the_root", &world.root);
}

#[test]
#[ignore = "run by the test above, as a process of its own"]
fn alone_in_the_root() {
    let Some((root, prepared, mut governor)) = prepared_inside() else { return };
    assert_eq!(prepared.cannot_hold.is_empty(), has_controllers(), "{:?}", prepared.cannot_hold);
    let again = prepare(&mut governor, &root).expect("prepared");
    assert!(again.remarks.is_empty(), "{:?}", again.remarks);
}

#[test]
fn who_else_lives_in_the_root_is_named_and_not_moved() {
    let Some(world) = World::new("who_else_lives_in_the_root_is_named_and_not_moved") else { return };
    super::world::remove(&world.root);
    std::fs::create_dir(&world.root).expect("made");
    let other = Started::sleep();
    put(other.pid(), &world.root);
    run_inside("vacate::beside_another_in_the_root", &world.root);
    assert_eq!(members(&world.root), [other.pid()]);
    // Enabling cpu alone would have succeeded, and made a group that nobody can be moved below.
    assert_eq!(std::fs::read_to_string(world.root.join("cgroup.type")).expect("read"), "domain\n");
}

#[test]
#[ignore = "run by the test above, as a process of its own"]
fn beside_another_in_the_root() {
    let Some((root, prepared, _)) = prepared_inside() else { return };
    assert_eq!(prepared.cannot_hold.len(), 3);
    if has_controllers() {
        let cause = format!("subtree_control of {} refused: EBUSY: 1 process lives in it", root.display());
        assert!(prepared.cannot_hold.iter().all(|(_, told)| *told == cause), "{:?}", prepared.cannot_hold);
    }
}
