//! Children are taken along, whatever the kernel offers to find them by.

use super::world::{Started, World, cgroup, members, shown, wait_for};
use ffrtmp::engine::input::Outcome;
use ffrtmp::model::Pid;
use ffrtmp::sys::governor::Roots;
use ffrtmp::sys::stat;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Fifty: ten children that have four each.
const FAMILY: &str = "for i in 1 2 3 4 5 6 7 8 9 10; do
    (sleep 1000 & sleep 1000 & sleep 1000 & sleep 1000 & wait) &
done; wait";

#[test]
fn fifty_descendants_are_taken_along() {
    let Some(mut world) = World::new("fifty_descendants_are_taken_along") else { return };
    take_fifty(&mut world);
}

/// A /proc without the kernel's lists of children: links to the real one, but for the threads' folders.
#[test]
fn fifty_descendants_are_taken_along_without_the_kernels_lists() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let proc = folder.path();
    let roots = Roots { proc: proc.to_path_buf(), ..Roots::default() };
    for name in ["self", "cgroups", "sys"] {
        symlink(Path::new("/proc").join(name), proc.join(name)).expect("linked");
    }
    let test = "fifty_descendants_are_taken_along_without_the_kernels_lists";
    let Some(mut world) = World::with(test, roots) else { return };
    link(proc, Pid(std::process::id()));
    let main = family();
    for pid in descendants(main.pid()).into_iter().chain([main.pid()]) {
        link(proc, pid);
    }
    take(&mut world, &main);
}

fn link(proc: &Path, pid: Pid) {
    let (real, ours) = (Path::new("/proc").join(pid.to_string()), proc.join(pid.to_string()));
    fs::create_dir(&ours).expect("made");
    for name in ["stat", "cgroup", "ns"] {
        symlink(real.join(name), ours.join(name)).expect("linked");
    }
}

fn take_fifty(world: &mut World) {
    let main = family();
    take(world, &main);
}

fn family() -> Started {
    let main = Started::shell(FAMILY);
    wait_for("a family of fifty", || descendants(main.pid()).len() == 50);
    main
}

fn take(world: &mut World, main: &Started) {
    let family = descendants(main.pid());
    let outcome = world.attach(main.identity());
    let Outcome::Held { job, members: taken, .. } = outcome else { panic!("{outcome:?}") };
    assert_eq!(taken.into_iter().collect::<BTreeSet<_>>(), family);
    let inside: BTreeSet<Pid> = members(&world.group(&job)).into_iter().collect();
    assert_eq!(inside, family.into_iter().chain([main.pid()]).collect());
}

#[test]
fn a_tree_that_grows_meanwhile_is_caught_up_with() {
    let Some(mut world) = World::new("a_tree_that_grows_meanwhile_is_caught_up_with") else { return };
    // Each child forks the next and ends a little later, so that somebody is always being born.
    let main = Started::shell(
        "grow() { sleep 0.02; grow & sleep 0.05; }; while :; do grow & sleep 0.03; wait $!; done",
    );
    wait_for("a child", || !descendants(main.pid()).is_empty());
    let job = world.hold(main.identity());
    let home = shown(&world, &world.group(&job));
    for pid in descendants(main.pid()) {
        let at = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
        assert!(at.is_empty() || at.contains(&home), "{pid} in {at}");
    }
}

#[test]
fn children_of_a_governed_child_stay_in_its_job() {
    let Some(mut world) = World::new("children_of_a_governed_child_stay_in_its_job") else { return };
    let main = Started::shell("(sleep 1000 & wait) & wait");
    wait_for("its children", || descendants(main.pid()).len() == 2);
    let child =
        *descendants(main.pid()).iter().find(|&&pid| descendants(pid).len() == 1).expect("the middle one");
    let inner = world.hold(super::world::identity(child).expect("it lives"));
    let outer = world.hold(main.identity());
    assert_eq!(members(&world.group(&inner)).len(), 2);
    assert_eq!(members(&world.group(&outer)), [main.pid()]);
    assert_eq!(cgroup(child), shown(&world, &world.group(&inner)));
}

/// By the parents that all processes name.
pub(crate) fn descendants(main: Pid) -> BTreeSet<Pid> {
    let numbers = fs::read_dir("/proc")
        .expect("listed")
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let parents: Vec<(Pid, Pid)> = numbers
        .filter_map(|pid: u32| {
            let line = fs::read(format!("/proc/{pid}/stat")).ok()?;
            let stat = stat::parse(&line)?;
            (!stat.is_dead()).then_some((stat.pid, stat.ppid))
        })
        .collect();
    let mut found = BTreeSet::new();
    let mut next = vec![main];
    while let Some(parent) = next.pop() {
        for (pid, _) in parents.iter().filter(|(_, its)| *its == parent) {
            if found.insert(*pid) {
                next.push(*pid);
            }
        }
    }
    found
}
