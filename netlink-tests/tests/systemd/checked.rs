//! `ffrtmp check` where systemd runs the service: it finds no fault with what is shipped, and names the drop-in that would
//! break it. What it foretells then happens.

use super::can_run;
use netlink_tests::bench::Checked;
use netlink_tests::bench::installed::{Installed, WATCH, property};

#[test]
fn the_check_finds_no_fault_with_what_is_shipped() {
    if !can_run("the_check_finds_no_fault_with_what_is_shipped") {
        return;
    }
    let _installed = Installed::as_shipped().start();
    let checked = Checked::run(&[], &["--watch-config", "/etc/ffrtmp/watch-config.yaml"]);
    // This machine is a small one; nothing else may be worth a warning.
    assert!(checked.of("error").is_empty(), "{:#?}", checked.findings);
    assert!(checked.of("warning").iter().all(|name| *name == "config-warning"), "{:#?}", checked.findings);
    for warning in checked.findings.iter().filter(|finding| finding["kind"] == "warning") {
        assert!(warning["text"].as_str().unwrap().contains("more than this host has"), "{warning}");
    }
    checked.tells("systemd", "ok", "");
    checked.tells("unit", "ok", WATCH);
    checked.tells("root", "ok", "jobs live under /sys/fs/cgroup/system.slice/ffrtmp-jobs.service");
    checked.tells("root-owner", "note", &format!("belongs to process {}", property(WATCH, "MainPID")));
    checked.tells("moves", "ok", "below /sys/fs/cgroup/system.slice/ffrtmp-jobs.service");
    checked.tells("limits", "ok", "cpu_quota, cpu_burst, cpu_weight, cpus, memory_limit");
    assert_eq!(property("ffrtmp-jobs.service", "ActiveState"), "active");
}

#[test]
fn a_drop_in_that_breaks_the_service_is_named_and_does_break_it() {
    if !can_run("a_drop_in_that_breaks_the_service_is_named_and_does_break_it") {
        return;
    }
    for (settings, name, kind, said) in [
        ("ProtectControlGroups=yes", "unit-cgroups", "error", "Cannot govern processes, only observing"),
        ("PrivateNetwork=yes", "unit-network", "warning", "not the initial network namespace"),
    ] {
        let mut installed = Installed::with("").unit(&format!("[Service]\n{settings}\n"));
        let checked = Checked::run(&[], &["--watch-config", "/etc/ffrtmp/watch-config.yaml"]);
        checked.tells(name, kind, settings);
        let place = checked.find(name).expect("just seen")["place"].as_str().expect("text").to_owned();
        assert_eq!(place, "/run/systemd/system/ffrtmp-watch.service.d/test.conf:2");
        assert_eq!(checked.status, if kind == "error" { 3 } else { 1 });
        installed = installed.start();
        let lines = installed.said();
        assert!(lines.iter().any(|line| line.contains(said)), "{settings}: {lines:#?}");
    }
}
