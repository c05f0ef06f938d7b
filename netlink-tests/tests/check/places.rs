//! In surroundings as containers have them, made of namespaces of the test's own.

use super::left_behind;
use netlink_tests::bench::{self, Checked, Stage, actor, cgroup, service, world};
use netlink_tests::need;

/// Under these words of the actor.
fn within(words: &str) -> Checked {
    let actor = actor::program();
    let mut under = vec![actor.to_str().expect("text")];
    under.extend(words.split(' '));
    under.push("exec");
    let checked = Checked::run(&under, &[]);
    assert!(left_behind().is_empty());
    checked
}

#[test]
fn cgroups_that_can_only_be_read_are_an_error_and_the_rest_is_told_all_the_same() {
    if !need::service("cgroups_that_can_only_be_read_are_an_error_and_the_rest_is_told_all_the_same") {
        return;
    }
    let checked = within(&format!("unshare mnt readonly {}", cgroup::mount().display()));
    assert_eq!((checked.status, checked.of("error")), (3, vec!["root"]));
    checked.tells("root", "error", "is read-only");
    assert!(checked.find("root").unwrap()["remedy"].as_str().unwrap().starts_with("mount it read-write"));
    assert!(checked.find("moves").is_none());
    checked.tells("events", "ok", "live");
    if !bench::has_controllers() {
        checked.tells("limit-v1", "note", "bound to cgroup v1");
    }
    assert!(!checked.of("warning").iter().any(|name| name.starts_with("limit")), "{:#?}", checked.findings);
}

#[test]
fn without_any_mount_of_version_2_it_says_how_to_get_one() {
    if !need::service("without_any_mount_of_version_2_it_says_how_to_get_one") {
        return;
    }
    let checked = within(&format!("unshare mnt umount {}", cgroup::mount().display()));
    assert_eq!((checked.status, checked.of("error")), (3, vec!["cgroup2"]));
    let remedy = &checked.find("cgroup2").unwrap()["remedy"];
    assert!(remedy.as_str().unwrap().contains("mount -t cgroup2"), "{remedy}");
    checked.tells("pidfd", "ok", "");
}

#[test]
fn in_a_network_namespace_events_are_missed_and_nothing_else() {
    if !need::service("in_a_network_namespace_events_are_missed_and_nothing_else") {
        return;
    }
    let checked = within("unshare net");
    checked.tells("net-namespace", "warning", "not the initial network namespace");
    checked.tells("events", "warning", "Connection refused");
    checked.tells("pid-namespace", "ok", "");
    checked.tells("moves", "ok", "moved 7 times");
    assert_eq!(checked.status, 1);
}

#[test]
fn in_a_pid_namespace_only_what_is_inside_is_seen() {
    if !need::service("in_a_pid_namespace_only_what_is_inside_is_seen") {
        return;
    }
    let checked = within("unshare pid,mnt fork proc");
    checked.tells("pid-namespace", "warning", "only processes inside it are seen");
    checked.tells("events", "warning", "did not answer");
    checked.tells("net-namespace", "ok", "");
    checked.tells("moves", "ok", "moved 7 times");
    assert_eq!(checked.status, 1);
}

#[test]
fn the_proc_of_another_pid_namespace_is_an_error() {
    if !need::service("the_proc_of_another_pid_namespace_is_an_error") {
        return;
    }
    let checked = within("unshare pid fork");
    assert_eq!((checked.status, checked.of("error")), (3, vec!["proc"]));
    checked.tells("proc", "error", "another pid namespace");
}

#[test]
fn in_a_user_namespace_capabilities_are_not_what_they_seem() {
    if !need::service("in_a_user_namespace_capabilities_are_not_what_they_seem") {
        return;
    }
    let checked = within("unshare user");
    checked.tells("user-namespace", "warning", "capabilities do not count");
    checked.tells("cap-sys-ptrace", "ok", "");
    checked.tells("proc-links", "warning", "cannot be read, although");
    let said = if world().as_deref() == Some("6.1") { "CAP_NET_ADMIN is missing" } else { "did not answer" };
    checked.tells("events", "warning", said);
}

#[test]
fn a_cgroup_namespace_is_worth_knowing() {
    if !need::service("a_cgroup_namespace_is_worth_knowing") {
        return;
    }
    let checked = within("unshare cgroup");
    assert_eq!(checked.find("cgroup-namespace").unwrap()["kind"], "note");
    checked.tells("moves", "ok", "moved 7 times");
}

#[test]
fn hidden_processes_are_told_to_those_from_whom_they_are_hidden() {
    if !need::service("hidden_processes_are_told_to_those_from_whom_they_are_hidden") {
        return;
    }
    within("unshare mnt hidepid").tells("proc-hidden", "ok", "(mounted with hidepid=");
    let stage = Stage::new();
    let program = stage.path().join("ffrtmp");
    std::fs::copy(service::program(), &program).expect("a copy anybody may run");
    let actor = stage.copy("actor");
    let words = [actor.to_str().unwrap(), "unshare", "mnt", "hidepid", "user", "65534", "exec"];
    let checked = Checked::program(&program, &words, &[]);
    checked.tells("proc-hidden", "warning", "hides processes of others (mounted with hidepid=");
}
