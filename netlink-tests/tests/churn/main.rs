//! A crowd of processes that come and go, 2000 a second, and one of 10,000 that stay: discovery, sampling and the list of
//! the greatest do what they are for, and the service does not grow.
//!
//! `make churn` for a minute and 10,000 scans, with the program as it is shipped. In `make test` it is a few seconds.
#![expect(clippy::disallowed_methods, reason = "tests look at real processes and wait for them")]

mod reference;
mod wish;

use netlink_tests::bench::chance::Chance;
use netlink_tests::bench::scrape::Scrape;
use netlink_tests::bench::{Actor, Body, Crowd, Service, Setup, Stage, eventually, patience, turn};
use netlink_tests::need;
use reference::Reference;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use wish::Wish;

const RATE: u64 = 2000;
/// What an allocator may hold in one moment and not in another; in a few seconds tables have not grown to their size yet.
fn slack_kib(span: Duration) -> u64 {
    if span < Duration::from_secs(30) { 4096 } else { 512 }
}

fn start(yaml: &str, flags: &[&str]) -> Service {
    Setup::new()
        .config(yaml)
        .flags(&["--metrics-listen", "127.0.0.1:0", "--log-level", "info"])
        .flags(flags)
        .start()
}

fn top(service: &Service) -> Value {
    service.control().ask(json!({ "ask": "top" }))["top"].take()
}

/// Forks that it was told of, and the times that it was told of a loss.
fn heard(scrape: &Scrape) -> (f64, f64) {
    (scrape.value("events_received_total{kind=\"fork\"}"), scrape.value("events_overruns_total"))
}

#[test]
fn two_thousand_processes_a_second_are_borne() {
    if !need::service("two_thousand_processes_a_second_are_borne") {
        return;
    }
    let (_turn, wish, mut chance) = (turn(), Wish::read(), Chance::seeded());
    let stage = Stage::new();
    // What the crowd leaves of the processors is theirs.
    let _busy: Vec<Actor> = (0..2).map(|_| Actor::start(&stage.copy("busy"), "modest busy")).collect();
    let service = start(&format!("scanner: {{ {} }}", wish.scanner()), &[]);
    let ffmpeg = stage.copy("ffmpeg");
    let (before, crowd, began) = (heard(&service.scrape()), Crowd::start(RATE), Instant::now());
    let (mut bodies, mut targets, mut reference) = (Vec::new(), 0, Reference::default());
    while began.elapsed() < wish.span || reference.lists() < 3 {
        assert!(began.elapsed() < wish.span + patience(), "no lists: {}", top(&service));
        let target = Actor::start(&ffmpeg, "sleep");
        service.wait_for(&format!("Attached PID {} ", target.pid()));
        targets += 1;
        std::thread::sleep(chance.millis(50..200));
        drop(target);
        bodies.push(Body::of(service.pid()));
        reference.look(&top(&service));
    }
    let (took, lived) = (began.elapsed(), crowd.lived().processes);
    drop(crowd);
    eventually("all jobs are gone", || service.jobs().is_empty());
    let scrape = service.scrape();
    let (forks, overruns) = (heard(&scrape).0 - before.0, heard(&scrape).1 - before.1);
    let spent = scrape.value("scanner_pass_cpu_seconds_total") / took.as_secs_f64();
    println!(
        "{lived} processes in {took:.1?}, {forks} forks heard of, {overruns} overruns; {targets} targets"
    );
    println!(
        "sampling took {:.3} % of a core, every {} s",
        spent * 100.0,
        scrape.value("scanner_interval_seconds")
    );
    println!("the list covers {reference}");
    println!("first {:?}, last {:?}", bodies.first(), bodies.last());
    assert!(forks >= lived as f64 || overruns > 0.0, "what is lost is told");
    assert_eq!(
        (service.count("Attached PID"), scrape.value("discovery_scan_failures_total")),
        (targets, 0.0)
    );
    reference.assert_matched();
    assert_no_growth(&bodies, slack_kib(wish.span));
    wish.assert_met(lived as f64 / took.as_secs_f64(), spent);
}

/// The median of the first and of the last third: the tables grow to their size at first.
fn assert_no_growth(bodies: &[Body], slack_kib: u64) {
    let third = bodies.len().div_ceil(3);
    let median = |part: &[Body], of: fn(&Body) -> u64| {
        let mut sorted: Vec<u64> = part.iter().map(of).collect();
        sorted.sort_unstable();
        sorted[sorted.len() / 2]
    };
    let (early, late) = (&bodies[..third], &bodies[bodies.len() - third..]);
    for (what, slack, of) in [
        ("KiB", slack_kib, (|body: &Body| body.rss_kib) as fn(&Body) -> u64),
        ("descriptors", 2, |body| body.fds as u64),
    ] {
        let (early, late) = (median(early, of), median(late, of));
        println!("{what}: {early} → {late}");
        assert!(late <= early + early / 10 + slack, "it grew: {early} → {late} {what}");
    }
}

/// Full ones where there are no events, steady and sampling ones where there are.
#[test]
fn no_scan_fails_while_processes_come_and_go() {
    if !need::service("no_scan_fails_while_processes_come_and_go") {
        return;
    }
    let (_turn, wish) = (turn(), Wish::read());
    let _crowd = Crowd::start(RATE);
    for flags in [&["--poll-only"][..], &[]] {
        let yaml = "scan_interval: 10ms\nscanner: { interval: 1s, cpu_budget: 100, overload: 1000 }";
        let (service, began) = (start(yaml, flags), Instant::now());
        let mut scans = 0.0;
        while scans < wish.scans as f64 / 2.0 {
            let before = scans;
            eventually("more scans are done", || {
                scans = service.scrape().value("discovery_scans_total");
                scans >= before + 50.0
            });
        }
        let scrape = service.scrape();
        let (failed, rounds) =
            (scrape.value("discovery_scan_failures_total"), scrape.value("scanner_rounds_total"));
        println!(
            "{flags:?}: {scans} scans, {failed} failed, {rounds} of them sampled, {:.1?}",
            began.elapsed()
        );
        assert_eq!(failed, 0.0);
        assert!(rounds > 0.0);
    }
}

#[test]
fn ten_thousand_processes_are_no_trouble() {
    if !need::service("ten_thousand_processes_are_no_trouble") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let mut crowd = Actor::start(&stage.copy("crowded"), "children 10000 sleep");
    let service = start("scanner: { interval: 1s, cpu_budget: 100, overload: 1000 }", &[]);
    eventually("all are found", || service.scrape().value("discovery_processes_found") >= 10_001.0);
    let (target, busy) =
        (Actor::start(&stage.copy("ffmpeg"), "sleep"), Actor::start(&stage.copy("busy"), "busy"));
    target.caught_as("ffmpeg");
    let listed = |top: &Value| {
        top["list"].as_array().is_some_and(|list| list.iter().any(|row| row["pid"] == busy.pid()))
    };
    eventually("the busy one is on the list", || listed(&top(&service)));
    let (scrape, body) = (service.scrape(), Body::of(service.pid()));
    let (kept, left_out) = (scrape.value("scanner_processes"), scrape.value("scanner_left_out_processes"));
    println!("{kept} kept, {left_out} left out, {body:?}");
    assert_eq!(kept, 10_000.0, "scanner.max_processes");
    assert!(left_out >= 1.0);
    assert_eq!(scrape.value("discovery_scan_failures_total"), 0.0);
    crowd.kill();
    eventually("they are forgotten", || service.scrape().value("discovery_processes_found") < 5_000.0);
    // Ten thousand orphans are some work for whoever has to reap them, and the next test should not be among them.
    eventually("they are reaped", || procfs::process::all_processes().expect("/proc").count() < 5_000);
}
