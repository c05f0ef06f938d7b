//! Started by an ordinary user the service says what it cannot do, and does what it can: it observes.

use netlink_tests::bench::actor::program as actor;
use netlink_tests::bench::ordinary::{Programs, USER};
use netlink_tests::bench::{Actor, Service, Stage, eventually, turn, world};
use netlink_tests::need;
use std::os::unix::fs::PermissionsExt;

fn observes(service: &Service) {
    let said = service.wait_for("Cannot govern processes, only observing");
    assert!(said.contains("run the service as root, or let systemd delegate"), "{said}");
    let stage = Stage::new();
    let ffmpeg = stage.copy("ffmpeg");
    let user = USER.to_string();
    let words = format!("user {user} exec {} sleep", ffmpeg.display());
    // Root's executable and folder cannot be read by others; its first argument can.
    let (roots, own) = (Actor::start(&ffmpeg, "sleep"), Actor::start(&actor(), &words));
    for (pid, uid) in [(roots.pid(), 0), (own.pid(), USER)] {
        service.wait_for(&format!("Discovered new process: PID {pid} (ffmpeg)"));
        let records = service.records();
        let found =
            records.iter().find(|r| r["event"] == "discovered" && r["pid"] == pid).expect("just seen");
        assert_eq!(found["uid"], uid, "{found}");
    }
    assert_eq!((roots.job(), own.job(), service.count("Attach")), (None, None, 0));
    let pid = own.pid();
    drop(own);
    service.wait_for(&format!("Process {pid} exited"));
    assert_eq!(service.count("Cannot govern"), 1);
}

#[test]
fn an_ordinary_user_observes_and_keeps_state_at_home() {
    if !need::service("an_ordinary_user_observes_and_keeps_state_at_home") {
        return;
    }
    let _turn = turn();
    let programs = Programs::new();
    let home = programs.home("state");
    let mut service = programs.setup().env("XDG_STATE_HOME", home.to_str().unwrap()).start();
    observes(&service);
    let said = service.wait_for("Process events: ");
    match world().as_deref() {
        // Unprivileged listeners came with 6.6.
        Some("6.1") => assert!(said.contains("CAP_NET_ADMIN is missing"), "{said}"),
        Some(_) => assert!(said.contains("live"), "{said}"),
        None => {}
    }
    assert_eq!(service.stop().code(), Some(0));
    let state = home.join("ffrtmp/watch-state.json");
    eventually("the state is at home", || state.exists());
    assert_eq!(state.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(service.count("State: "), 0, "{:?}", service.said());
}

#[test]
fn without_xdg_state_home_it_is_below_home() {
    if !need::service("without_xdg_state_home_it_is_below_home") {
        return;
    }
    let _turn = turn();
    let programs = Programs::new();
    let home = programs.home("home");
    let mut service = programs.setup().env("HOME", home.to_str().unwrap()).start();
    assert_eq!(service.stop().code(), Some(0));
    assert!(home.join(".local/state/ffrtmp/watch-state.json").exists(), "{:?}", service.said());
}

#[test]
fn a_state_path_that_cannot_be_written_is_a_warning() {
    if !need::service("a_state_path_that_cannot_be_written_is_a_warning") {
        return;
    }
    let _turn = turn();
    let programs = Programs::new();
    for (path, named) in [
        ("/proc/watch-state.json", "/proc/"),
        ("/etc/ffrtmp-test/watch-state.json", "/etc/ffrtmp-test"),
        ("/etc", "/etc"),
    ] {
        let mut service = programs.setup().flags(&["--state-path", path]).start();
        observes(&service);
        assert_eq!(service.stop().code(), Some(0), "{path}");
        let records = service.records();
        let is_news = |r: &&serde_json::Value| {
            r["event"] == "state_trouble" || r["event"] == "state_save_failed" && r["again"] == false
        };
        let told: Vec<_> = records.iter().filter(is_news).collect();
        assert!(!told.is_empty(), "{path}: {:?}", service.said());
        for record in told {
            assert!(record["level"] == "warn" && record["msg"].as_str().unwrap().contains(named), "{record}");
        }
        assert_eq!(service.count("State saved"), 0);
    }
}
