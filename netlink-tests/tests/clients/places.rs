//! Where it can be asked: taken by others, taken away, changed.

use super::line::{Line, Place};
use netlink_tests::bench::asking::{Control, get};
use netlink_tests::bench::{Service, Setup, eventually, turn};
use netlink_tests::need;
use nix::sys::signal::Signal;
use serde_json::json;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;

fn answers(socket: &Path) -> bool {
    Control::connect(socket).ask(json!({ "ask": "status" }))["ok"] == true
}

fn listening_again(service: &Service) {
    let before = service.count("Listening at");
    service.signal(Signal::SIGHUP);
    service.wait_for_nth("Listening at", before + 1);
}

#[test]
fn a_socket_that_others_remove_or_replace_is_missed_and_made_anew() {
    if !need::service("a_socket_that_others_remove_or_replace_is_missed_and_made_anew") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().start();
    let socket = service.control_socket();
    let mut inside = service.control();
    fs::remove_file(&socket).expect("the socket");
    listening_again(&service);
    service.wait_for("somebody removed or replaced the socket; this is tried again every minute");
    assert!(answers(&socket));
    assert_eq!(fs::metadata(&socket).expect("the socket").permissions().mode() & 0o777, 0o600);

    fs::remove_file(&socket).expect("the socket");
    fs::write(&socket, "words").expect("a file");
    service.signal(Signal::SIGHUP);
    service.wait_for("what bears that name is no socket, and stays");
    assert_eq!(fs::read(&socket).expect("the file"), b"words");

    fs::remove_file(&socket).expect("the file");
    let other = UnixListener::bind(&socket).expect("another service");
    service.signal(Signal::SIGHUP);
    service.wait_for("another process answers there");
    drop(other);
    listening_again(&service);
    assert!(answers(&socket));
    assert_eq!(inside.ask(json!({ "ask": "status" }))["ok"], true, "who was inside was not disturbed");
}

#[test]
fn a_port_or_a_folder_that_is_not_there_keeps_it_from_nothing() {
    if !need::service("a_port_or_a_folder_that_is_not_there_keeps_it_from_nothing") {
        return;
    }
    let _turn = turn();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("an address");
    let setup = Setup::new().without("--control-socket");
    let folder = setup.folder().join("far/away");
    let socket = folder.join("control.sock");
    let flags =
        ["--metrics-listen", &address.to_string(), "--control-socket", socket.to_str().expect("a path")];
    let service = setup.flags(&flags).start();
    service.wait_for(&format!("Not listening at {address}: Address already in use"));
    service.wait_for("its folder cannot be made: No such file or directory");
    drop(taken);
    fs::create_dir(folder.parent().expect("a folder")).expect("a folder");
    service.signal(Signal::SIGHUP);
    service.wait_for_nth("Listening at", 2);
    assert_eq!(get(address, "/healthz", "").status, 200);
    assert!(answers(&socket));
}

#[test]
fn a_reload_opens_what_is_wanted_now_and_closes_what_is_not() {
    if !need::service("a_reload_opens_what_is_wanted_now_and_closes_what_is_not") {
        return;
    }
    let _turn = turn();
    let setup = Setup::new().without("--control-socket").without("--metrics-listen");
    let at = |name: &str| setup.folder().join(name);
    let (old, new, metrics) = (at("old.sock"), at("new.sock"), at("metrics.sock"));
    let config = |control: &Path, listen: &str| {
        format!("control: {{ socket: {} }}\nmetrics: {{ listen: \"{listen}\" }}", control.display())
    };
    let first = config(&old, &format!("unix:{}", metrics.display()));
    let service = setup.config(&first).start();
    let mut scraper = Line::to(&Place::Metrics(metrics.clone()));
    let mut operator = Control::connect(&old);
    service.reload(&config(&new, "127.0.0.1:0"));
    let address = service.metrics_address();
    assert_eq!(get(address, "/healthz", "").status, 200);
    eventually("the new socket answers", || new.exists() && answers(&new));
    assert!(!old.exists() && !metrics.exists());
    assert_eq!(scraper.hear_all(), b"", "who came through a closed door has left");
    assert!(operator.is_over());
    service.reload("control: { socket: off }\nmetrics: { listen: off }");
    eventually("nothing is open", || !new.exists() && TcpListener::bind(address).is_ok());
}
