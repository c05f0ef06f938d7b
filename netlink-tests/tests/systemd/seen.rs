//! What the hardened service sees and shows: other users' processes, its notes on groups, its words in the journal.

use super::{can_run, is_caught};
use netlink_tests::bench::installed::{Installed, WATCH, group, property, run};
use netlink_tests::bench::{Actor, Stage};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

#[test]
fn the_journal_has_sentence_and_fields() {
    if !can_run("the_journal_has_sentence_and_fields") {
        return;
    }
    let installed = Installed::with("").start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let job = is_caught(&actor);
    let entry = installed.wait_for(&format!("Attached PID {} ", actor.pid()));
    let said = entry["MESSAGE"].as_str().unwrap();
    assert!(said.starts_with(&format!("[watch] Attached PID {} (job {job}) in ", actor.pid())), "{said}");
    let pid = actor.pid().to_string();
    for (field, value) in [
        ("SYSLOG_IDENTIFIER", "ffrtmp-watch"),
        ("PRIORITY", "6"),
        ("FFRTMP_EVENT", "attached"),
        ("FFRTMP_PID", &pid),
        ("FFRTMP_JOB", &job),
        ("_SYSTEMD_UNIT", WATCH),
        ("_PID", &property(WATCH, "MainPID")),
    ] {
        assert_eq!(entry[field].as_str(), Some(value), "{field}");
    }
    let plain =
        run("journalctl", &["-t", "ffrtmp-watch", "-o", "cat", "--no-pager", &format!("FFRTMP_PID={pid}")]);
    assert!(plain.lines().any(|line| line == said), "{plain}");
}

/// Another user's program in a place that only he may enter, under a name that tells nothing.
#[test]
fn hardening_hides_nothing_of_other_users() {
    if !can_run("hardening_hides_nothing_of_other_users") {
        return;
    }
    let installed = Installed::with("").start();
    let private = Path::new("/home/tester/private");
    std::fs::create_dir_all(private).unwrap();
    let program = private.join("ffmpeg");
    std::fs::copy(Stage::new().copy("ffmpeg"), &program).unwrap();
    std::os::unix::fs::chown(private, Some(1000), Some(1000)).unwrap();
    std::fs::set_permissions(private, std::fs::Permissions::from_mode(0o700)).unwrap();
    let mut command = Command::new(&program);
    let actor = Actor::of(command.arg0("something").arg("sleep").current_dir(private).uid(1000).gid(1000));
    is_caught(&actor);
    let entry = installed.wait_for(&format!("Discovered new process: PID {} ", actor.pid()));
    for (field, value) in [
        ("FFRTMP_RULE", "exe"),
        ("FFRTMP_USER", "tester"),
        ("FFRTMP_UID", "1000"),
        ("FFRTMP_CWD", "/home/tester/private"),
        ("FFRTMP_EXE", "/home/tester/private/ffmpeg"),
        ("FFRTMP_ARGV", "something sleep"),
    ] {
        assert_eq!(entry[field].as_str(), Some(value), "{field} of {entry:#}");
    }
}

#[test]
fn groups_carry_a_note_and_the_state_is_the_services_own() {
    if !can_run("groups_carry_a_note_and_the_state_is_the_services_own") {
        return;
    }
    let installed = Installed::with("").start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let job = is_caught(&actor);
    installed.wait_for("State saved");
    let mut note = [0; 4096];
    let length = rustix::fs::getxattr(group(&job), "user.ffrtmp.job", &mut note).expect("a note");
    let note = String::from_utf8_lossy(&note[..length]).into_owned();
    assert!(note.contains(&format!("pid={} ", actor.pid())) && note.contains("command=ffmpeg"), "{note}");
    let state = std::fs::metadata("/var/lib/ffrtmp/watch-state.json").expect("the state file");
    assert_eq!(state.permissions().mode() & 0o777, 0o600);
}

/// How far the unit is shut, as systemd itself rates it: no worse than it was.
#[test]
fn the_unit_stays_as_shut_as_it_can_be() {
    if !can_run("the_unit_stays_as_shut_as_it_can_be") {
        return;
    }
    let _installed = Installed::with("");
    let said = run("systemd-analyze", &["security", "--no-pager", "--threshold=100", WATCH]);
    let overall = said.lines().find(|line| line.contains("Overall exposure level")).expect("a rating");
    let rating = overall.split_whitespace().find_map(|word| word.parse::<f64>().ok()).expect("a number");
    println!("exposure {rating}");
    assert!(rating <= 4.0, "{said}");
}
