//! Network limits hold by their effect: bytes per second that arrive. A target of a name of its own, so that no other test's
//! service has an eye on it, and ours on no other's.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

mod lives;
mod loopback;
mod veth;

use netlink_tests::bench::programs::{self, Hook};
use netlink_tests::bench::traffic::{self, Count};
use netlink_tests::bench::{Actor, Service, Setup, Stage};
use netlink_tests::need;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Bytes per second.
const RATE: u64 = 10_000_000;

/// Long against the bucket, which holds a second's worth.
const SPAN: Duration = Duration::from_secs(4);

static NUMBER: AtomicU32 = AtomicU32::new(0);

fn can_run(test: &str) -> bool {
    need::service(test) && need::have(test, "bpf programs on groups", is_possible())
}

fn is_possible() -> bool {
    let governor = ffrtmp::sys::governor::Governor::new(Default::default()).expect("a governor");
    let outlook = governor.outlook(None).expect("a place for jobs");
    outlook.cannot_hold.iter().all(|(key, _)| *key != ffrtmp::model::LimitKey::NetworkTx)
}

fn setup(limits: &str) -> Setup {
    Setup::new().config(&config(limits))
}

fn config(limits: &str) -> String {
    format!("target_commands: [ffnet]\nscan_interval: 200ms\ndefault_limits: {{ {limits} }}")
}

fn both() -> String {
    format!("network_rx: {RATE}, network_tx: {RATE}")
}

/// A process that does this once it is governed, and where it tells what it has received.
fn in_job(service: &Service, stage: &Stage, words: &str) -> (Actor, Count) {
    in_job_from(service, stage, words, Actor::of)
}

fn in_job_from(
    service: &Service,
    stage: &Stage,
    words: &str,
    start: impl FnOnce(&mut Command) -> Actor,
) -> (Actor, Count) {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let [go, report] = ["go", "report"].map(|name| stage.path().join(format!("{name}-{number}")));
    let words = format!("report {} await {} {words}", report.display(), go.display());
    let actor = start(Command::new(stage.copy("ffnet")).args(words.split(' ')));
    service.wait_for(&format!("Attached PID {} ", actor.pid()));
    std::fs::write(&go, "").expect("the word to go");
    (actor, traffic::told(&report))
}

/// Each flow has its rate, all at the same time, once what may come at once has come; measured again where something has
/// disturbed the first time.
#[track_caller]
fn assert_right(flows: &[(String, Count)]) {
    assert_rate(flows, RATE);
}

#[track_caller]
fn assert_rate(flows: &[(String, Count)], rate: u64) {
    flows.iter().for_each(|(_, count)| count.has(rate));
    let mut parts = Vec::new();
    for span in [SPAN, 2 * SPAN, 3 * SPAN] {
        parts = measured(flows, span, rate);
        if parts.iter().all(|(_, part)| (0.9..=1.1).contains(part)) {
            return println!("parts of the rate: {parts:.3?}");
        }
    }
    panic!("parts of the rate: {parts:.3?}");
}

fn measured(flows: &[(String, Count)], span: Duration, rate: u64) -> Vec<(&str, f64)> {
    let bytes = || flows.iter().map(|(_, count)| count.bytes()).collect::<Vec<_>>();
    let (before, began) = (bytes(), Instant::now());
    std::thread::sleep(span);
    let (after, took) = (bytes(), began.elapsed().as_secs_f64());
    let grown = before.iter().zip(after).map(|(before, after)| (after - before) as f64 / took / rate as f64);
    flows.iter().map(|(name, _)| &**name).zip(grown).collect()
}

fn on(service: &Service, job: &str) -> [usize; 3] {
    let group = service.group(job);
    [Hook::Ingress, Hook::Egress, Hook::Sockets].map(|hook| programs::on(&group, hook).len())
}
