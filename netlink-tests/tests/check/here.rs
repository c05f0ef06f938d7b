//! By root on this host as it is, and by an ordinary user.

use super::left_behind;
use netlink_tests::bench::{self, Actor, Checked, Stage, actor, cgroup, checked, service, world};
use netlink_tests::need;
use nix::sys::signal::{Signal, kill};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

#[test]
fn root_is_told_everything_in_one_run() {
    if !need::service("root_is_told_everything_in_one_run") {
        return;
    }
    let timed = || {
        let began = Instant::now();
        (Checked::run(&[], &[]), began.elapsed())
    };
    let (mut checked, mut took) = timed();
    for _ in 0..2 {
        // An emulated machine has no time of its own, and any other may be busy, once.
        if world().is_some() || took < Duration::from_secs(2) {
            break;
        }
        (checked, took) = timed();
    }
    assert!(world().is_some() || took < Duration::from_secs(2), "{took:?}");
    assert!(checked.of("error").is_empty() && checked.status <= 1, "{:#?}", checked.findings);
    checked.tells("user", "ok", "root");
    checked.tells("events", "ok", "live from the kernel");
    checked.tells("event-buffer", "ok", "as events.buffer asks for");
    checked.tells("cgroup2", "ok", cgroup::mount().to_str().expect("text"));
    checked.tells("root", "ok", "jobs ");
    checked.tells("moves", "ok", "moved 7 times");
    checked.tells("pidfd-poll", "ok", "");
    checked.tells("proc", "ok", "");
    if bench::has_controllers() {
        checked.tells("limits", "ok", "cpu_quota, cpu_burst, cpu_weight, cpus, memory_limit");
    } else {
        checked.tells("limit-v1", "note", "the cpu controller is bound to cgroup v1");
    }
    let areas: Vec<&str> =
        checked.findings.iter().map(|finding| finding["area"].as_str().expect("text")).collect();
    let mut each = areas.clone();
    each.dedup();
    let all = [
        "configuration",
        "privileges",
        "namespaces",
        "events",
        "cgroup",
        "limits",
        "systemd",
        "paths",
        "kernel",
    ];
    assert_eq!(each, all);
    assert_eq!(left_behind(), Vec::<std::path::PathBuf>::new());
}

/// What can be read in both is the same, and nothing stands in one alone.
#[test]
fn the_text_says_what_the_json_says() {
    if !need::service("the_text_says_what_the_json_says") {
        return;
    }
    let checked = Checked::run(&[], &[]);
    let output = checked::output(&service::program(), &[], &[]);
    assert_eq!(output.status.code(), Some(checked.status));
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(!text.contains('\x1b'), "no colours in a pipe: {text:?}");
    let mut lines = text.lines();
    let mut area = "";
    for finding in &checked.findings {
        let word = |key: &str| finding[key].as_str().expect("text");
        if word("area") != std::mem::replace(&mut area, word("area")) {
            assert_eq!(lines.next(), Some(area));
        }
        let line = lines.next().expect("a line for each finding");
        let begin = format!("  {:<7}  {}: ", word("kind"), word("name"));
        assert!(line.starts_with(&begin), "{line:?} for {finding}");
        // What was measured is another figure each time.
        let is_measured = |c: char| c.is_ascii_digit() || "µmns.".contains(c);
        let plain = |text: &str| text.replace(is_measured, "");
        assert!(plain(line).ends_with(&plain(word("text"))), "{line:?} for {finding}");
        if !word("remedy").is_empty() {
            assert_eq!(lines.next().map(str::trim), Some(&*format!("-> {}", word("remedy"))));
        }
    }
    let last = format!("{} error(s), {} warning(s)", checked.of("error").len(), checked.of("warning").len());
    assert!(lines.next().is_some_and(|line| line.ends_with(&last)) && lines.next().is_none(), "{text}");
}

#[test]
fn an_ordinary_user_is_told_what_is_missing() {
    if !need::service("an_ordinary_user_is_told_what_is_missing") {
        return;
    }
    let stage = Stage::new();
    let words = stage.copy("actor");
    let program = stage.path().join("ffrtmp");
    std::fs::copy(service::program(), &program).expect("a copy anybody may run");
    let under = [words.to_str().expect("text"), "user", "65534", "exec"];
    let checked = Checked::program(&program, &under, &[]);
    assert_eq!(checked.status, 3);
    assert_eq!(checked.of("error"), ["root"]);
    checked.tells("root", "error", "Permission denied");
    checked.tells("user", "warning", "uid 65534");
    for name in ["cap-dac-override", "cap-sys-ptrace", "cap-sys-admin"] {
        checked.tells(name, "warning", "is missing");
    }
    checked.tells("cap-net-admin", "note", "is missing");
    checked.tells("state", "warning", "Permission denied");
    assert!(checked.find("moves").is_none(), "what cannot be tried is not told");
    // Unprivileged listeners came with 6.6.
    match world().as_deref() {
        Some("6.1") => checked.tells("events", "warning", "CAP_NET_ADMIN is missing"),
        _ => checked.tells("events", "ok", "live"),
    }
    assert!(left_behind().is_empty());
}

/// In the middle of its trial. Not by Ctrl-C, which a shell in the background has its programs ignore.
#[test]
fn one_that_is_interrupted_leaves_nothing() {
    if !need::service("one_that_is_interrupted_leaves_nothing") {
        return;
    }
    // On a busy machine the signal may come when the trial is over.
    for _ in 0..20 {
        let mut command = Command::new(service::program());
        let mut check = command.arg("check").stdout(Stdio::null()).spawn().expect("started");
        let begin = format!("ffrtmp-check-{}-", check.id());
        let groups =
            || std::fs::read_dir(cgroup::mount()).expect("listed").flatten().map(|entry| entry.file_name());
        let stands = || groups().any(|name| name.to_str().is_some_and(|name| name.starts_with(&begin)));
        // Without a pause: it stands for a moment only.
        while !stands() && check.try_wait().expect("its state").is_none() {}
        if check.try_wait().expect("its state").is_none() {
            kill(nix::unistd::Pid::from_raw(check.id().cast_signed()), Signal::SIGTERM).expect("a signal");
        }
        let status = check.wait().expect("its end");
        assert!(!stands() && left_behind().is_empty());
        if status.signal() == Some(libc::SIGTERM) {
            return;
        }
    }
    panic!("it was never met in its trial");
}

/// Processes that live in a group make it unfit: told before the service meets it, and only for limits that are lost.
#[test]
fn a_root_that_processes_live_in_costs_the_limits() {
    let test = "a_root_that_processes_live_in_costs_the_limits";
    if !need::groups(test) || !need::have_in_a_world(test, bench::has_controllers()) {
        return;
    }
    let home = cgroup::Home::new("populated");
    let tenant = Actor::start(&actor::program(), "sleep");
    home.put(tenant.pid());
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("c.yaml");
    std::fs::write(&config, "default_limits: { cpu_quota: 100 }\n").expect("written");
    let root = home.path().to_str().expect("text");
    let checked =
        Checked::run(&[], &["--cgroup-root", root, "--watch-config", config.to_str().expect("text")]);
    checked.tells("limit-refused", "warning", "refused: EBUSY: 1 process lives in it");
    let refused = checked.find("limit-refused").expect("just seen");
    assert_eq!((refused["key"].as_str(), checked.status), (Some("cpu_quota"), 1));
}

/// Looking alone would not tell.
#[test]
fn a_root_where_nobody_can_be_moved_is_an_error() {
    if !need::groups("a_root_where_nobody_can_be_moved_is_an_error") {
        return;
    }
    let home = cgroup::Home::new("threaded");
    let thread = home.path().join("thread");
    std::fs::create_dir(&thread).expect("a group");
    std::fs::write(thread.join("cgroup.type"), "threaded").expect("threaded");
    let checked = Checked::run(&[], &["--cgroup-root", home.path().to_str().expect("text")]);
    assert_eq!((checked.status, checked.of("error")), (3, vec!["moves"]), "{:#?}", checked.findings);
    checked.tells("moves", "error", "nobody can be moved into");
    assert!(left_behind().is_empty());
}
