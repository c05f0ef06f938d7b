//! A thousand scans over a thousand governed processes: each is attached once and stays where it is, and no scan fails.
#![expect(clippy::disallowed_methods, reason = "tests look at real processes")]

use netlink_tests::bench::{Actor, Setup, Stage, eventually, turn};
use netlink_tests::need;
use std::time::Instant;

const TARGETS: usize = 1000;
const SCANS: usize = 1000;

/// Full scans where there are no events, steady ones where there are.
#[test]
fn nothing_is_attached_twice_and_no_scan_fails() {
    if !need::service("nothing_is_attached_twice_and_no_scan_fails") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let ffmpeg = stage.copy("ffmpeg");
    for flags in [&["--poll-only"][..], &[]] {
        let service = Setup::new().config("scan_interval: 10ms").flags(flags).start();
        let targets: Vec<Actor> = (0..TARGETS).map(|_| Actor::start(&ffmpeg, "sleep")).collect();
        let jobs: Vec<String> = targets.iter().map(|target| target.caught_as("ffmpeg")).collect();
        let (before, began) = (service.count("Scan complete"), Instant::now());
        for done in (0..=SCANS).step_by(50) {
            eventually("fifty more scans are done", || service.count("Scan complete") >= before + done);
        }
        let (attached, failed) = (service.count("Attached PID"), service.count("Scan failed"));
        let scans = service.count("Scan complete");
        println!(
            "{flags:?}: {scans} scans over {TARGETS} targets, {attached} attached, {failed} scans failed, {:?}",
            began.elapsed()
        );
        assert_eq!((attached, service.count("Could not attach"), failed), (TARGETS, 0, 0));
        assert!(targets.iter().zip(&jobs).all(|(target, job)| target.job().as_ref() == Some(job)));
        assert_eq!(service.jobs().len(), TARGETS);
        drop(targets);
        eventually("the groups are gone", || service.jobs().is_empty());
    }
}
