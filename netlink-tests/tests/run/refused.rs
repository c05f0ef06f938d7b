//! What is not started, and how that is told.

use super::{Ground, output, text};
use netlink_tests::bench::ordinary::USER;
use netlink_tests::bench::{Stage, service};
use netlink_tests::need;
use std::os::unix::fs::PermissionsExt;

/// Status and complaint; nothing of the command has run, and nothing is left of its group.
#[track_caller]
fn refusal(ground: &Ground, words: &str) -> (Option<i32>, String) {
    let marker = ground.file("started");
    let done = output(&mut ground.ffrtmp(&words.replace("TOUCH", &format!("-- touch {}", marker.display()))));
    assert!(!marker.exists() && done.stdout.is_empty(), "{done:?}");
    assert_eq!(ground.jobs(), [""; 0]);
    (done.status.code(), text(&done.stderr))
}

#[test]
fn a_command_that_is_not_there_and_one_that_is_none_have_the_statuses_of_shells() {
    if !need::groups("a_command_that_is_not_there_and_one_that_is_none_have_the_statuses_of_shells") {
        return;
    }
    let ground = Ground::new();
    let (code, said) = refusal(&ground, "run -- no-such-command");
    assert_eq!((code, said.as_str()), (Some(127), "ffrtmp: no-such-command: No such file or directory\n"));
    assert_eq!(refusal(&ground, "run -- /no/such/command x").0, Some(127));
    std::fs::write(ground.file("text"), "no program").expect("written");
    let (code, said) = refusal(&ground, &format!("run -- {}", ground.file("text").display()));
    assert!(code == Some(126) && said.contains("Permission denied"), "{code:?} {said}");
    assert_eq!(refusal(&ground, "run -- /").0, Some(126));
}

#[test]
fn wrong_limits_and_options_are_all_told_before_anything_starts() {
    if !need::groups("wrong_limits_and_options_are_all_told_before_anything_starts") {
        return;
    }
    let ground = Ground::new();
    let (code, said) = refusal(&ground, "run --cpu-quota many --memory-limit 3XB TOUCH");
    assert_eq!(code, Some(2));
    assert!(said.contains("cpu_quota: ") && said.contains("memory_limit: "), "{said}");
    for words in ["run --cpu-qouta 5 TOUCH", "run --cpu-quota", "run", "run --", "run --strict --nope TOUCH"]
    {
        assert_eq!(refusal(&ground, words).0, Some(2), "{words}");
    }
    assert!(!ground.root.exists(), "not even a group");
}

#[test]
fn a_limit_that_cannot_hold_is_told_and_only_where_all_must_it_is_the_end() {
    if !need::groups("a_limit_that_cannot_hold_is_told_and_only_where_all_must_it_is_the_end") {
        return;
    }
    let ground = Ground::new();
    // Neither the kernels of the worlds nor those that leave cpu to version 1 have it.
    let (code, said) = refusal(&ground, "run --strict --uclamp-min 10 TOUCH");
    assert!(code == Some(3) && said.contains("uclamp_min cannot hold here: "), "{code:?} {said}");
    let done = output(&mut ground.script("--uclamp-min 10", "echo started"));
    let said = text(&done.stderr);
    assert_eq!((done.status.code(), text(&done.stdout).as_str()), (Some(0), "started\n"));
    assert_eq!(said.matches("uclamp_min cannot hold here: ").count(), 1, "{said}");
}

#[test]
fn who_may_not_govern_is_told_what_would_help() {
    if !need::groups("who_may_not_govern_is_told_what_would_help") {
        return;
    }
    let (ground, stage) = (Ground::new(), Stage::new());
    let product = stage.path().join("ffrtmp");
    std::fs::copy(service::program(), &product).expect("a copy");
    let actor = stage.copy("actor");
    std::fs::set_permissions(&product, PermissionsExt::from_mode(0o755)).expect("permissions");
    for words in ["run -- touch", "attach --pid 1", "release 1"] {
        let ours = ground.ffrtmp(words);
        let marker = ground.file("started");
        let mut command = std::process::Command::new(&actor);
        command
            .args(["user", &USER.to_string(), "exec"])
            .arg(&product)
            .args(ours.get_args())
            .args(words.starts_with("run").then_some(&marker));
        let done = output(&mut command);
        let said = text(&done.stderr);
        assert_eq!(done.status.code(), Some(3), "{words}: {said}");
        assert!(said.contains("nothing can be governed here: ") && said.contains("--cgroup-root"), "{said}");
        assert!(!marker.exists());
    }
}

#[test]
fn who_was_given_a_group_governs_below_it() {
    if !need::groups("who_was_given_a_group_governs_below_it") {
        return;
    }
    let (ground, stage) = (Ground::new(), Stage::new());
    let product = stage.path().join("ffrtmp");
    std::fs::copy(service::program(), &product).expect("a copy");
    std::fs::set_permissions(&product, PermissionsExt::from_mode(0o755)).expect("permissions");
    // Delegated as the kernel wants it: the group and its cgroup.procs are the user's, and he sits inside.
    std::fs::create_dir(&ground.root).expect("a group");
    let (seat, user) = (ground.root.join("seat"), Some(USER));
    std::fs::create_dir(&seat).expect("a group");
    for path in ["", "cgroup.procs", "cgroup.subtree_control", "cgroup.threads", "seat", "seat/cgroup.procs"]
    {
        std::os::unix::fs::chown(ground.root.join(path), user, user).expect("chown");
    }
    let run = ground.ffrtmp("run -- cat /proc/self/cgroup");
    let words: Vec<String> = run.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
    let actor = stage.copy("actor");
    let run = format!("exec {} user {USER} exec {} {}", actor.display(), product.display(), words.join(" "));
    let from = |script: &str| output(std::process::Command::new("sh").args(["-c", script]));
    let done = from(&format!("echo $$ > {}/cgroup.procs; {run}", seat.display()));
    let said = text(&done.stdout);
    assert!(said.contains("/jobs/run-cat-"), "{said}{}", text(&done.stderr));
    assert_eq!(done.status.code(), Some(0));
    assert!(!ground.root.join("jobs").exists());
    // From outside of what is his he may bring nobody in.
    let done = from(&run);
    let said = text(&done.stderr);
    assert_eq!((done.status.code(), ground.jobs().len()), (Some(3), 0), "{said}");
    assert!(said.contains("the command was not started"), "{said}");
}
