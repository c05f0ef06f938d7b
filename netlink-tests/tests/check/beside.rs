//! Beside a service that runs: its owner is named, and it does not notice.

use super::left_behind;
use netlink_tests::bench::{Actor, Checked, Setup, Stage, turn};
use netlink_tests::need;

#[test]
fn a_service_that_runs_is_named_and_not_disturbed() {
    if !need::service("a_service_that_runs_is_named_and_not_disturbed") {
        return;
    }
    let _turn = turn();
    // No scan would find what events did not tell.
    let setup = Setup::new().config("events: { source: netlink }\n").flags(&["--scan-interval", "1h"]);
    let config = setup.config_path();
    let mut service = setup.start();
    service.wait_for("Process events: live");
    let stage = Stage::new();
    let ffmpeg = stage.copy("ffmpeg");
    let early = Actor::start(&ffmpeg, "sleep");
    early.caught_as("ffmpeg");
    let state = service.folder().join("watch-state.json");
    let text = format!("state: {{ path: {} }}\n", state.display());
    std::fs::write(&config, text).expect("written");
    let words =
        ["--cgroup-root", service.root().to_str().unwrap(), "--watch-config", config.to_str().unwrap()];
    let worse = || -> Vec<_> {
        service.records().into_iter().filter(|r| r["level"] == "warn" || r["level"] == "error").collect()
    };
    let before = worse();
    for _ in 0..3 {
        let checked = Checked::run(&[], &words);
        let owner = format!("belongs to process {}", service.pid());
        checked.tells("root", "ok", "jobs live under");
        checked.tells("root-owner", "note", &owner);
        checked.tells("state-owner", "note", &owner);
        checked.tells("moves", "ok", "moved 7 times");
        checked.tells("events", "ok", "live");
        assert!(checked.of("error").is_empty(), "{:#?}", checked.findings);
        // It goes on hearing of every start, at once.
        let late = Actor::start(&ffmpeg, "sleep");
        late.caught_as("ffmpeg");
    }
    assert_eq!(service.count("Process events: "), 1, "{:?}", service.said());
    assert_eq!(worse(), before);
    // Its locks hold as before.
    let root = service.root().to_str().expect("text").to_owned();
    let mut second = Setup::new().flags(&["--cgroup-root", &root]).heard().launch();
    assert_eq!(second.ended().code(), Some(1));
    assert!(second.complaint().contains("another service runs here"), "{}", second.complaint());
    assert!(service.stop().success() && left_behind().is_empty());
}
