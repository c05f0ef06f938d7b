//! What is installed is accepted as it is: by systemd, and by the service itself.

use super::{can_run, is_caught};
use netlink_tests::bench::installed::{Installed, JOBS, WATCH, property, run};
use netlink_tests::bench::{Actor, Stage};
use std::process::Command;

#[test]
fn systemd_finds_no_fault_with_the_units() {
    if !can_run("systemd_finds_no_fault_with_the_units") {
        return;
    }
    let _installed = Installed::as_shipped();
    for unit in [WATCH, JOBS] {
        let mut verify = Command::new("systemd-analyze");
        let output =
            verify.args(["verify", "--man=no", "--recursive-errors=no", unit]).output().expect("run");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{unit}: {said}");
    }
}

#[test]
fn the_shipped_configuration_starts_without_a_warning() {
    if !can_run("the_shipped_configuration_starts_without_a_warning") {
        return;
    }
    let installed = Installed::as_shipped().start();
    for unit in [WATCH, JOBS] {
        assert_eq!(property(unit, "ActiveState"), "active", "{unit}");
        assert_eq!(property(unit, "NRestarts"), "0", "{unit}");
    }
    let said = installed.said();
    for part in [
        "Process events: live from the kernel",
        "Governing processes under /sys/fs/cgroup/system.slice/ffrtmp-jobs.service",
        "Auto-attach service started",
    ] {
        assert!(said.iter().any(|line| line.contains(part)), "{part} in {said:#?}");
    }
    // This machine is a small one; nothing else may be worth a warning.
    let is_bad = |entry: &serde_json::Value| entry["PRIORITY"].as_str() < Some("6");
    let entries = installed.journal().into_iter().filter(is_bad);
    let warnings: Vec<String> = entries.map(|entry| entry["MESSAGE"].to_string()).collect();
    let unexpected = warnings.iter().find(|said| !said.contains("more than this host has"));
    assert!(unexpected.is_none(), "{warnings:#?}");
}

/// By hand it would leave jobs in a unit that cannot start again.
#[test]
fn the_jobs_unit_refuses_to_be_stopped() {
    if !can_run("the_jobs_unit_refuses_to_be_stopped") {
        return;
    }
    let _installed = Installed::with("").start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    is_caught(&actor);
    let output = Command::new("systemctl").args(["stop", JOBS]).output().expect("systemctl");
    assert!(!output.status.success(), "{output:?}");
    assert_eq!(property(JOBS, "ActiveState"), "active");
    is_caught(&actor);
}

#[test]
fn nothing_of_it_is_left_after_uninstall() {
    if !can_run("nothing_of_it_is_left_after_uninstall") {
        return;
    }
    drop(Installed::as_shipped().start());
    let sources = std::env::var("FFRTMP_SRC").expect("the sources");
    // Elsewhere: the other tests need theirs.
    let folder = tempfile::tempdir().expect("a folder");
    let place = format!("DESTDIR={}", folder.path().display());
    run("make", &["-C", &sources, "install", &place, "BIN=/bin/true"]);
    assert!(folder.path().join("usr/local/bin/ffrtmp").exists());
    run("make", &["-C", &sources, "uninstall", &place]);
    let left = run("find", &[folder.path().to_str().expect("text"), "-type", "f", "-printf", "%P\n"]);
    let mut left: Vec<&str> = left.lines().collect();
    left.sort_unstable();
    assert_eq!(
        left,
        ["etc/ffrtmp/watch-config.yaml", "etc/ffrtmp/watch.env"],
        "what an operator wrote stays"
    );
}
