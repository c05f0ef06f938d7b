//! A disk that is full: the service goes on, and what the disk did not take is counted where it is missing.

use crate::lines::{Place, assert_complete, event, lines, so_far};
use netlink_tests::bench::actor::program;
use netlink_tests::bench::{Actor, Setup, Stage, eventually, turn};
use netlink_tests::need;
use std::path::Path;

/// A tmpfs in a mount namespace of the service's own. It is seen from here through the service's root.
#[test]
fn a_full_disk_costs_lines_that_are_told_of_when_there_is_room_again() {
    if !need::service("a_full_disk_costs_lines_that_are_told_of_when_there_is_room_again") {
        return;
    }
    let (_turn, place, stage) = (turn(), Place::new(), Stage::new());
    let (actor, folder) = (program(), place.folder().display().to_string());
    let wrapper = [actor.to_str().unwrap(), "unshare", "mnt", "tmpfs", &folder, "64", "exec"];
    let mut service = Setup::new().config(&place.yaml("")).under(&wrapper).start();
    let inside = Path::new("/proc").join(service.own_pid().to_string()).join("root");
    let seen = |path: &Path| inside.join(path.strip_prefix("/").unwrap());
    let (file, filler) = (seen(&place.path()), seen(&place.folder().join("filler")));
    assert!(!place.path().exists(), "the disk is the service's own");
    eventually("it is started", || so_far(&file).iter().any(|line| event(line) == "started"));

    let ffmpeg = stage.copy("ffmpeg");
    let one_more = || {
        let actor = Actor::start(&ffmpeg, "sleep");
        let job = actor.caught_as("ffmpeg");
        drop(actor);
        eventually("the job ends", || !service.jobs().contains(&job));
    };
    for round in 1..=2 {
        let _ = std::fs::write(&filler, vec![0; 65536]);
        eventually("it says that the disk is full", || {
            one_more();
            service.count("No space left on device") == round
        });
        one_more(); // and not a second time
        let whole = lines(&file);
        one_more();
        assert_eq!(lines(&file), whole, "nothing more fits, and nothing is torn");
        std::fs::remove_file(&filler).unwrap();
        one_more();
        service.wait_for_nth("line(s) are missing, and it says where", round);
        eventually("the gap is told of", || {
            so_far(&file).iter().filter(|line| event(line) == "gap").count() == round
        });
    }
    assert_eq!(service.count("No space left on device"), 2);
    let all = so_far(&file);
    let lost = assert_complete(&all);
    assert!(lost >= 2 * 4, "{lost}");
    let said = service
        .said()
        .into_iter()
        .filter_map(|said| said.strip_prefix("[watch] Audit log: ")?.split(' ').next()?.parse::<u64>().ok());
    assert_eq!(said.sum::<u64>(), lost, "the log counts as many");
    let told = |what: &str| all.iter().filter(|line| event(line) == what).count();
    assert!(told("attached") < service.count("Attached PID"));
    assert!(service.stop().success());
}
