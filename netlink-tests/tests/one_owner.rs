//! A cgroup root and a state file have one owner. A second service ends before it touches anything, and says who is there;
//! whoever only looks is welcome; a dead owner is none.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::actor::program as actor;
use netlink_tests::bench::{Actor, Service, Setup, Stage, cgroup, turn};
use netlink_tests::need;
use std::path::{Path, PathBuf};

fn text(path: &Path) -> &str {
    path.to_str().expect("a path of ours")
}

fn state_of(service: &Service) -> PathBuf {
    service.folder().join("watch-state.json")
}

/// A service that has the first one's root, or its state file, or both.
fn beside(first: &Service, root: bool, state: bool) -> Setup {
    let state_path = state_of(first);
    let setup = if root { Setup::new().flags(&["--cgroup-root", text(first.root())]) } else { Setup::new() };
    if state { setup.flags(&["--state-path", text(&state_path)]) } else { setup }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn a_second_service_ends_and_names_the_first() {
    if !need::service("a_second_service_ends_and_names_the_first") {
        return;
    }
    let _turn = turn();
    let first = Setup::new().start();
    let stage = Stage::new();
    let ffmpeg = stage.copy("ffmpeg");
    let early = Actor::start(&ffmpeg, "sleep");
    early.caught_as("ffmpeg");
    for (root, state, held) in [
        (true, false, first.root().to_owned()),
        (false, true, state_of(&first)),
        (true, true, state_of(&first)),
    ] {
        let mut second = beside(&first, root, state).heard().launch();
        assert_eq!(second.ended().code(), Some(1));
        let said = second.complaint();
        for part in [
            format!("another service runs here: {} belongs to process {}, ", held.display(), first.pid()),
            "systemctl stop ffrtmp-watch".to_owned(),
            "--cgroup-root".to_owned(),
        ] {
            assert!(said.contains(&part), "{part:?} is not in {said:?}");
        }
        assert_eq!((second.said(), second.root().exists()), (vec![], false), "it did not begin");
        assert!(!names(second.folder()).contains(&"watch-state.json".to_owned()));
    }
    let late = Actor::start(&ffmpeg, "sleep");
    late.caught_as("ffmpeg");
    assert_eq!(first.jobs().len(), 2);
}

#[test]
fn of_two_that_start_at_once_one_runs() {
    if !need::service("of_two_that_start_at_once_one_runs") {
        return;
    }
    let _turn = turn();
    for _ in 0..5 {
        let one = Setup::new().heard().launch();
        let other = beside(&one, true, false).heard().launch();
        let (mut winner, mut loser) = loop {
            match (one.count("service started"), other.count("service started")) {
                (0, 0) => std::thread::sleep(std::time::Duration::from_millis(5)),
                (1, 0) => break (one, other),
                (0, 1) => break (other, one),
                both => panic!("both run: {both:?}"),
            }
        };
        assert_eq!(loser.ended().code(), Some(1));
        assert!(loser.complaint().contains(&format!("process {}", winner.pid())));
        assert_eq!(winner.stop().code(), Some(0));
    }
}

#[test]
fn an_owner_that_is_gone_is_in_nobodys_way() {
    if !need::service("an_owner_that_is_gone_is_in_nobodys_way") {
        return;
    }
    let _turn = turn();
    let mut service = Setup::new().start();
    let stage = Stage::new();
    // Its processes live on, and none of them has taken the lock along.
    let actor = Actor::start(&stage.copy("ffmpeg"), "children 1 sleep");
    actor.caught_as("ffmpeg");
    for killed in [true, false] {
        if killed {
            service.kill();
        } else {
            assert!(service.stop().success());
        }
        service = service.start_again();
        assert_eq!(service.count("Adopted PID"), 1);
    }
    // A root that was removed under its hands is made anew, and owned anew.
    drop(actor);
    service.wait_for("ended, its group is removed");
    std::fs::remove_dir(service.root().join("jobs")).unwrap();
    std::fs::remove_dir(service.root()).unwrap();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    actor.caught_as("ffmpeg");
    let mut second = beside(&service, true, false).heard().launch();
    assert_eq!(second.ended().code(), Some(1), "{:?}", second.said());
}

#[test]
fn a_dry_run_is_possible_beside_it_and_touches_nothing() {
    if !need::service("a_dry_run_is_possible_beside_it_and_touches_nothing") {
        return;
    }
    let _turn = turn();
    let mut first = Setup::new().start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let job = actor.caught_as("ffmpeg");
    let mut dry = beside(&first, true, true).flags(&["--dry-run"]).start();
    dry.wait_for(&format!("Dry run: would attach PID {}", actor.pid()));
    assert_eq!(dry.stop().code(), Some(0));
    assert_eq!(dry.count("State"), 0, "{:?}", dry.said());
    assert_eq!(actor.job(), Some(job.clone()));
    assert!(first.stop().success());
    let state = std::fs::read_to_string(state_of(&first)).unwrap();
    assert!(state.contains(&job), "{state}");
}

/// It cannot govern there, so there is nothing to own: it observes.
#[test]
fn where_groups_can_only_be_read_it_observes_beside_the_owner() {
    if !need::service("where_groups_can_only_be_read_it_observes_beside_the_owner") {
        return;
    }
    let _turn = turn();
    let first = Setup::new().start();
    let actor = actor();
    let mount = cgroup::mount();
    let words = [text(&actor), "unshare", "mnt", "readonly", text(&mount), "exec"];
    let mut second = beside(&first, true, false).under(&words).start();
    second.wait_for("Cannot govern processes, only observing");
    assert_eq!(second.stop().code(), Some(0));
}
