//! Clients that nobody would wish for, against the running service: it answers the good ones, grows by nothing, and goes on
//! doing its work.
#![expect(clippy::disallowed_methods, reason = "tests look at real processes and sockets")]

mod answers;
mod crowd;
mod leaving;
mod line;
mod mischief;
mod places;
mod regular;
mod words;

use line::Place;
use mischief::Mischief;
use netlink_tests::bench::asking::get;
use netlink_tests::bench::chance::Chance;
use netlink_tests::bench::{Actor, Service, Setup, Stage, eventually, service, turn, world};
use netlink_tests::need;
use regular::Regular;
use serde_json::json;
use std::time::Instant;

/// In emulated machines some will do.
fn requests() -> usize {
    if world().is_some() { 3_000 } else { 100_000 }
}

/// What it may grow by after the first fifth of all requests, in KiB: the allocator's pieces, not ours.
const GROWTH: u64 = 1024;

fn open_house() -> (Service, Vec<Place>) {
    let setup = Setup::new();
    let metrics = setup.folder().join("metrics.sock");
    let listen = format!("127.0.0.1:0,unix:{}", metrics.display());
    let service = setup.flags(&["--metrics-listen", &listen]).start();
    let places = vec![
        Place::Port(service.metrics_address()),
        Place::Metrics(metrics),
        Place::Control(service.control_socket()),
    ];
    (service, places)
}

#[derive(Debug)]
struct Size {
    resident: u64,
    descriptors: usize,
    threads: u64,
}

fn size(service: &Service) -> Size {
    let process = procfs::process::Process::new(service.own_pid().cast_signed()).expect("it runs");
    let status = process.status().expect("its status");
    let resident = status.vmrss.expect("a size");
    Size { resident, descriptors: service::descriptors(service.own_pid()), threads: status.threads }
}

/// It does what it is there for.
fn governs(service: &Service) {
    let stage = Stage::new();
    let ffmpeg = Actor::start(&stage.copy("ffmpeg"), "sleep");
    ffmpeg.caught_as("ffmpeg");
    eventually("it is shown", || {
        service.control().ask(json!({ "ask": "ps" }))["jobs"][0]["pid"] == ffmpeg.pid()
    });
}

#[test]
fn a_hundred_thousand_bad_requests_change_nothing() {
    if !need::service("a_hundred_thousand_bad_requests_change_nothing") {
        return;
    }
    let _turn = turn();
    let (service, places) = open_house();
    let Place::Port(address) = places[0] else { unreachable!("the first is the port") };
    let before = size(&service);
    let mut regular = Regular::new(address, service.control());
    let mut mischief = Mischief::new(Chance::seeded(), places);
    let (began, mut done, mut warm) = (Instant::now(), 0, None);
    while done < requests() {
        for _ in 0..200 {
            done += mischief.act();
        }
        regular.asks_as_ever();
        if warm.is_none() && done > requests() / 5 {
            warm = Some(size(&service));
        }
    }
    let (took, answers, warm) = (began.elapsed(), mischief.answers, warm.expect("it was looked at"));
    mischief.end();
    let regulars = 2;
    eventually("all have gone", || size(&service).descriptors <= before.descriptors + regulars);
    let after = size(&service);
    println!(
        "{done} requests in {took:.1?}, {answers} answers read; before {before:?}, warm {warm:?}, after {after:?}"
    );
    assert!(after.resident <= warm.resident + GROWTH, "{warm:?}, {after:?}");
    assert_eq!(after.threads, before.threads);
    regular.asks_as_ever();
    assert_eq!(get(address, "/readyz", "").status, 200);
    governs(&service);
    assert_eq!(service.count("panicked"), 0);
}
