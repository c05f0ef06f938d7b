//! A service that stands still while the world goes on: stopped, it reads nothing, and the kernel drops what does not fit
//! into its buffer. Once it goes on, every target is governed, whatever was lost, and whoever took the error away. No
//! periodic scan helps it: there is none within the hour, where the test is not about it.
#![expect(clippy::disallowed_methods, reason = "tests look at real processes")]

use netlink_tests::bench::{Actor, Service, Setup, Stage, eventually, sockets, turn};
use netlink_tests::need;
use nix::sys::signal::Signal;
use std::path::Path;
use std::time::{Duration, Instant};

const SHORT: usize = 10_000;
const TARGETS: usize = 200;
const ROUNDS: usize = 20;

const SMALL: &str = "{ scan_interval: 1h, events: { buffer: 256KiB }, health: { recover_after: 100ms } }";

/// What it does not see: short processes, more than any buffer here holds, and then the targets.
fn behind_its_back(service: &Service, ffmpeg: &Path, short: usize, targets: usize) -> Vec<Actor> {
    service.signal(Signal::SIGSTOP);
    assert!(
        Actor::start(ffmpeg.with_file_name("crowd").as_path(), &format!("short {short}")).wait().success()
    );
    (0..targets).map(|_| Actor::start(ffmpeg, "sleep")).collect()
}

/// Lets it go on, and tells how long it takes until each target is in a job of its own.
fn until_governed(service: &Service, targets: &[Actor]) -> Duration {
    let began = Instant::now();
    service.signal(Signal::SIGCONT);
    let is_governed = |target: &Actor| target.job() == Some(format!("auto-ffmpeg-{}", target.pid()));
    let mut left: Vec<&Actor> = targets.iter().collect();
    eventually("each target is in a job of its own", || {
        left.retain(|target| !is_governed(target));
        left.is_empty()
    });
    began.elapsed()
}

fn stage() -> (Stage, std::path::PathBuf) {
    let stage = Stage::new();
    stage.copy("crowd");
    let ffmpeg = stage.copy("ffmpeg");
    (stage, ffmpeg)
}

#[test]
fn a_stopped_reader_with_a_small_buffer_loses_events_and_no_target() {
    if !need::service("a_stopped_reader_with_a_small_buffer_loses_events_and_no_target") {
        return;
    }
    let _turn = turn();
    let (_stage, ffmpeg) = stage();
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let service = Setup::new().config(SMALL).start();
        let targets = behind_its_back(&service, &ffmpeg, SHORT, TARGETS);
        times.push(until_governed(&service, &targets));
        service.wait_for("the kernel dropped some (overrun 1)");
        service.wait_for("flowing again");
        service.wait_for("Health status: degraded (scan failures: 0, attach failures: 0): resync: ");
        service.wait_for_nth("Health status: healthy", 2); // the first was at the start
        eventually("each is told to be attached", || service.count("Attached PID") >= TARGETS);
        assert_eq!((service.count("Attached PID"), service.count("Scan failed")), (TARGETS, 0));
    }
    times.sort();
    println!(
        "{} of {} governed in {ROUNDS} rounds, with a loss in each and health degraded and back; after SIGCONT median {:?}, last {:?}",
        ROUNDS * TARGETS,
        ROUNDS * TARGETS,
        times[ROUNDS / 2],
        times[ROUNDS - 1]
    );
}

#[test]
fn a_stopped_reader_with_the_usual_buffer_misses_no_target() {
    if !need::service("a_stopped_reader_with_the_usual_buffer_misses_no_target") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("scan_interval: 1h").start();
    let (_stage, ffmpeg) = stage();
    for short in [0, SHORT] {
        let targets = behind_its_back(&service, &ffmpeg, short, TARGETS);
        let took = until_governed(&service, &targets);
        let lost = service.count("the kernel dropped some");
        println!(
            "{TARGETS} of {TARGETS} after {short} short processes, {took:?} after SIGCONT, {lost} overruns told"
        );
    }
    eventually("each is told to be attached", || service.count("Attached PID") >= 2 * TARGETS);
    assert_eq!(service.count("Attached PID"), 2 * TARGETS);
}

/// The error of an overrun goes to whoever asks the socket first. Here that is the test, and the next scan finds out. What
/// shows it: a process that was known before has become a target, which only a full scan sees.
#[test]
fn a_loss_whose_error_was_taken_is_found_by_the_next_scan() {
    if !need::service("a_loss_whose_error_was_taken_is_found_by_the_next_scan") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("{ scan_interval: 1s, events: { buffer: 64KiB } }").start();
    let (_stage, ffmpeg) = stage();
    let word = ffmpeg.with_file_name("now");
    let words = format!("await {} exec {} sleep", word.display(), ffmpeg.display());
    let known = Actor::start(&ffmpeg.with_file_name("crowd"), &words);
    service.wait_for_nth("Scan complete", 2);
    let mut targets = behind_its_back(&service, &ffmpeg, 1000, 20);
    std::fs::write(word, "").expect("the word");
    eventually("it has become a target", || {
        std::fs::read_link(format!("/proc/{}/exe", known.pid())).is_ok_and(|exe| exe == ffmpeg)
    });
    targets.push(known);
    let taken = sockets::error_of_the_connector(service.own_pid());
    assert_eq!(taken, Some(nix::errno::Errno::ENOBUFS), "there was an overrun to be told of");
    until_governed(&service, &targets);
    service.wait_for("the kernel dropped some (overrun 1)");
    service.wait_for("flowing again");
    eventually("each is told to be attached", || service.count("Attached PID") >= 21);
    assert_eq!(service.count("Attached PID"), 21);
}
