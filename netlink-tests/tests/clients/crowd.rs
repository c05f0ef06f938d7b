//! More clients than anybody has, and fewer descriptors than they need.

use super::line::{Line, Place};
use super::regular::Regular;
use super::{governs, open_house, size};
use netlink_tests::bench::asking::get;
use netlink_tests::bench::{cpu, eventually, turn};
use netlink_tests::need;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use std::time::Duration;

#[test]
fn two_hundred_idle_ones_cost_nothing_and_keep_nobody_waiting() {
    if !need::service("two_hundred_idle_ones_cost_nothing_and_keep_nobody_waiting") {
        return;
    }
    let _turn = turn();
    let (service, places) = open_house();
    let Place::Port(address) = places[0] else { unreachable!("the first is the port") };
    let mut regular = Regular::new(address, service.control());
    let mut idle: Vec<Line> = places.iter().cycle().take(200).map(Line::to).collect();
    regular.asks_as_ever();
    eventually("all have been let in", || size(&service).descriptors > 200);
    let [share] = cpu::shares_as([service.own_pid()], Duration::from_secs(1), |[share]| share < 0.03);
    assert!(share < 0.03, "{share} of a core for idle clients");
    for n in 0..1000 {
        let one = n % idle.len();
        // On a slow machine its time may be over by now.
        let _ = idle[one].say(b"x");
        if n % 100 == 0 {
            regular.asks_as_ever();
        }
    }
    governs(&service);
}

#[test]
fn a_flood_sends_no_regular_away() {
    if !need::service("a_flood_sends_no_regular_away") {
        return;
    }
    let _turn = turn();
    let (service, places) = open_house();
    let Place::Port(address) = places[0] else { unreachable!("the first is the port") };
    let mut regular = Regular::new(address, service.control());
    regular.asks_as_ever();
    let mut flood = Vec::new();
    for n in 0..900 {
        let mut line = Line::to(&places[n % places.len()]);
        // It may have been pushed out by now.
        let _ = line.say(b"GET /healthz HTTP/1.1\r\n\r\n");
        flood.push(line);
        if n % 100 == 99 {
            regular.asks_as_ever();
            assert_eq!(get(address, "/healthz", "").status, 200);
        }
    }
    eventually("both halls have their most", || size(&service).descriptors <= 560);
    governs(&service);
}

#[test]
fn without_descriptors_it_is_at_rest_and_lets_in_who_waits_later() {
    if !need::service("without_descriptors_it_is_at_rest_and_lets_in_who_waits_later") {
        return;
    }
    let _turn = turn();
    let (service, places) = open_house();
    let Place::Port(address) = places[0] else { unreachable!("the first is the port") };
    assert_eq!(get(address, "/healthz", "").status, 200);
    let pid = Pid::from_raw(service.own_pid().cast_signed()).expect("a pid");
    let room = |soft: u64| {
        let maximum = getrlimit(Resource::Nofile).maximum;
        prlimit(Some(pid), Resource::Nofile, Rlimit { current: Some(soft), maximum }).expect("prlimit")
    };
    let before = room(size(&service).descriptors as u64 + 3);
    let mut waiting: Vec<Line> = places.iter().cycle().take(12).map(Line::to).collect();
    for (line, place) in waiting.iter_mut().zip(places.iter().cycle()) {
        let control = matches!(place, Place::Control(_));
        let words = if control { "{\"v\":1,\"ask\":\"status\"}\n" } else { "GET /healthz HTTP/1.1\r\n\r\n" };
        line.say(words.as_bytes()).expect("the queue takes it");
        line.end();
    }
    let [share] = cpu::shares_as([service.own_pid()], Duration::from_secs(1), |[share]| share < 0.1);
    assert!(share < 0.1, "{share} of a core while nobody can be let in");
    room(before.current.expect("a limit"));
    for line in &mut waiting {
        assert!(!line.hear_all().is_empty());
    }
    governs(&service);
}
