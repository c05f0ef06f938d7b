//! The running service is asked: over HTTP and over its control socket.

use netlink_tests::bench::asking::get;
use netlink_tests::bench::{Service, Setup, turn};
use serde_json::json;

fn service() -> Service {
    Setup::new().flags(&["--metrics-listen", "127.0.0.1:0"]).start()
}

#[test]
fn probes_and_scrapers_are_answered() {
    if !netlink_tests::need::service("probes_and_scrapers_are_answered") {
        return;
    }
    let _turn = turn();
    let service = service();
    let address = service.metrics_address();
    assert_eq!((get(address, "/healthz", "").status, get(address, "/nothing", "").status), (200, 404));
    let ready = get(address, "/readyz", "");
    assert_eq!((ready.status, ready.body.contains(r#""ready":true"#)), (200, true), "{ready:?}");
    let text = get(address, "/metrics", "");
    assert!(text.head.contains("text/plain; version=0.0.4"), "{}", text.head);
    assert!(text.body.contains("\nffrtmp_discovery_scans_total "), "{}", text.body);
    let open = get(address, "/metrics", "Accept: application/openmetrics-text; version=1.0.0\r\n");
    assert!(open.head.contains("application/openmetrics-text") && open.body.ends_with("# EOF\n"));
}

#[test]
fn questions_are_answered_and_orders_carried_out() {
    if !netlink_tests::need::service("questions_are_answered_and_orders_carried_out") {
        return;
    }
    let _turn = turn();
    let service = service();
    let mut control = service.control();
    let status = control.ask(json!({ "ask": "status", "id": "s" }));
    assert_eq!((&status["id"], &status["status"]["phase"]), (&json!("s"), &json!("running")), "{status}");
    assert_eq!(control.ask(json!({ "ask": "ps" }))["jobs"], json!([]));
    assert_eq!(control.ask(json!({ "ask": "nothing" }))["error"]["code"], "malformed");
    let reloaded = control.ask(json!({ "command": "reload" }));
    assert_eq!(reloaded["ok"], true, "{reloaded}");
    service.wait_for("Configuration reloaded");
}

#[test]
fn records_are_followed_from_a_number_on() {
    if !netlink_tests::need::service("records_are_followed_from_a_number_on") {
        return;
    }
    let _turn = turn();
    let service = service();
    let mut control = service.control();
    let last = control.ask(json!({ "ask": "events", "after": 0, "follow": true }))["events"]["last"].clone();
    let last = last.as_u64().expect("a number");
    for seq in 1..=last {
        assert_eq!(control.line()["seq"], seq);
    }
    service.control().ask(json!({ "command": "reload" }));
    for (seq, event) in [(last + 1, "ordered"), (last + 2, "reloaded")] {
        let next = control.line();
        assert_eq!((&next["seq"], &next["event"]), (&json!(seq), &json!(event)), "{next}");
    }
}

/// More than is handed over at a time, while nothing else happens.
#[test]
fn who_comes_late_hears_all_at_once() {
    if !netlink_tests::need::service("who_comes_late_hears_all_at_once") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("scan_interval: 1h").start();
    let mut control = service.control();
    for _ in 0..400 {
        assert_eq!(control.ask(json!({ "command": "reload" }))["ok"], true);
    }
    let head = control.ask(json!({ "ask": "events", "follow": true }));
    let last = head["events"]["last"].as_u64().expect("a number");
    assert!(last > 400, "{head}");
    for seq in 1..=last {
        assert_eq!(control.line()["seq"], seq);
    }
}
