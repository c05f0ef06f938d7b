//! The service leaves, or they do, in the middle of something.

use super::line::{Line, Place};
use super::{governs, open_house};
use netlink_tests::bench::{Setup, eventually, turn};
use netlink_tests::need;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const FOLLOW: &[u8] = b"{\"v\":1,\"ask\":\"events\",\"follow\":true}\n";

#[test]
fn with_clients_of_every_kind_it_stops_at_once_and_those_who_follow_hear_it() {
    if !need::service("with_clients_of_every_kind_it_stops_at_once_and_those_who_follow_hear_it") {
        return;
    }
    let _turn = turn();
    let (mut service, places) = open_house();
    let Place::Control(control) = &places[2] else { unreachable!("the last is the control socket") };
    let _idle: Vec<Line> = places.iter().cycle().take(50).map(Line::to).collect();
    let mut deaf = Line::to(&places[0]);
    deaf.say("GET /metrics HTTP/1.1\r\n\r\n".repeat(300).as_bytes()).expect("it takes requests");
    let mut follower = service.control();
    let mut last = follower.ask(json!({ "ask": "events", "follow": true }));
    let began = Instant::now();
    assert_eq!(service.stop().code(), Some(0));
    // Whoever waits for the deaf one waits half a minute.
    assert!(began.elapsed() < Duration::from_secs(15), "{:?}", began.elapsed());
    while last["event"] != "stopped" {
        last = follower.line();
    }
    assert!(!control.exists(), "its socket is gone with it");
}

#[test]
fn orders_are_carried_out_also_for_those_who_have_left() {
    if !need::service("orders_are_carried_out_also_for_those_who_have_left") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().start();
    let place = Place::Control(service.control_socket());
    for n in 0..300 {
        let mut line = Line::to(&place);
        line.say(b"{\"v\":1,\"command\":\"reload\"}\n").expect("it takes an order");
        if n % 2 == 0 {
            line.break_off();
        }
    }
    let told = patient_order(&place);
    assert_eq!((&told["id"], &told["ok"]), (&json!("mine"), &json!(true)), "{told}");
    governs(&service);
}

/// The answer to an order of one who hangs up the writing side at once and listens on. As many may wait for a
/// reload as the service bears: who is told so asks again, as a person would.
fn patient_order(place: &Place) -> Value {
    let mut told = Value::Null;
    eventually("the order is taken", || {
        let mut patient = Line::to(place);
        patient.say(b"{\"v\":1,\"command\":\"reload\",\"id\":\"mine\"}\n").expect("it takes an order");
        patient.end();
        told = serde_json::from_slice(&patient.hear_all()).expect("an answer");
        told["error"]["code"] != "busy"
    });
    told
}

#[test]
fn one_that_follows_and_says_no_more_hears_on() {
    if !need::service("one_that_follows_and_says_no_more_hears_on") {
        return;
    }
    let _turn = turn();
    let mut service = Setup::new().start();
    let mut follower = Line::to(&Place::Control(service.control_socket()));
    follower.say(FOLLOW).expect("it takes a request");
    follower.end();
    service.control().ask(json!({ "command": "reload" }));
    service.stop();
    let all = String::from_utf8(follower.hear_all()).expect("text");
    let seen: Vec<Value> = all.lines().map(|line| serde_json::from_str(line).expect("json")).collect();
    let numbers: Vec<u64> = seen.iter().filter_map(|line| line["seq"].as_u64()).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
    for event in ["reloaded", "stopped"] {
        assert!(seen.iter().any(|line| line["event"] == event), "no {event} in {all}");
    }
}
