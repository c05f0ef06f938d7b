//! Flag over environment over file over default, and one word where the file's value is forgotten.

use super::{Policy, Run, file};
use crate::config::{LogLevel, Place, file_named};
use crate::model::LimitKey;
use std::time::Duration;

/// What one key becomes, and the warnings, for every combination of who speaks for it.
fn matrix(
    flag: (&'static str, &'static str),
    variable: Option<(&'static str, &'static str)>,
    text: &'static str,
    show: impl Fn(&Policy) -> String,
    [of_flag, of_variable, of_file, of_default]: [&str; 4],
) {
    for who in 0..8 {
        let (has_flag, has_variable, has_file) =
            (who & 4 > 0, who & 2 > 0 && variable.is_some(), who & 1 > 0);
        let mut run = if has_file { file(text) } else { Run::default() };
        if has_flag {
            run = run.flag(flag.0, flag.1);
        }
        if has_variable && let Some((name, said)) = variable {
            run = run.variable(name, said);
        }
        let expected = match () {
            () if has_flag => of_flag,
            () if has_variable => of_variable,
            () if has_file => of_file,
            () => of_default,
        };
        let loaded = run.load().unwrap();
        assert_eq!(show(&loaded.policy), expected, "{flag:?} {who:03b}");
        let warnings = run.warnings();
        if (has_flag || has_variable) && has_file {
            let winner = if has_flag { flag.0 } else { variable.unwrap().0 };
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            assert!(warnings[0].starts_with(&format!("{winner}: ")), "{warnings:?}");
            assert!(warnings[0].contains("overrides") && warnings[0].contains("of w.yaml:"), "{warnings:?}");
        } else {
            assert_eq!(warnings, [""; 0]);
        }
    }
}

#[test]
fn every_key_with_a_flag_follows_the_same_precedence() {
    matrix(
        ("--scan-interval", "1s"),
        Some(("SCAN_INTERVAL", "2s")),
        "scan_interval: 3s",
        |p| format!("{:?}", p.scan_interval),
        ["1s", "2s", "3s", "10s"],
    );
    matrix(
        ("--target", "a,b"),
        Some(("TARGET_COMMANDS", "c, d")),
        "target_commands: [e]",
        |p| p.rules.iter().map(|rule| &*rule.command).collect::<Vec<_>>().join(" "),
        ["a b", "c d", "e", "ffmpeg gst-launch-1.0"],
    );
    matrix(
        ("--cpu-quota", "10"),
        None,
        "default_limits: {cpu_quota: 30}",
        |p| format!("{:?}", p.rules[0].limits.number(LimitKey::CpuQuota)),
        ["Some(10)", "", "Some(30)", "None"],
    );
    matrix(
        ("--cpu-weight", "10"),
        None,
        "default_limits: {cpu_weight: 30}",
        |p| format!("{:?}", p.rules[0].limits.number(LimitKey::CpuWeight)),
        ["Some(10)", "", "Some(30)", "None"],
    );
    matrix(
        ("--memory-limit", "1GiB"),
        None,
        "default_limits: {memory_limit: 1}",
        |p| format!("{:?}", p.rules[0].limits.number(LimitKey::MemoryLimit)),
        ["Some(1073741824)", "", "Some(1048576)", "None"],
    );
    matrix(
        ("--enable-state", "true"),
        None,
        "state: {enabled: false}",
        |p| p.state.is_some().to_string(),
        ["true", "", "false", "true"],
    );
    matrix(
        ("--state-path", "/a"),
        Some(("STATE_PATH", "/b")),
        "state: {path: /c}",
        |p| p.state.as_ref().unwrap().path.display().to_string(),
        ["/a", "/b", "/c", "/var/lib/ffrtmp/watch-state.json"],
    );
    matrix(
        ("--state-flush-interval", "1s"),
        Some(("STATE_FLUSH_INTERVAL", "2s")),
        "state: {flush_interval: 3s}",
        |p| format!("{:?}", p.state.as_ref().unwrap().flush_interval),
        ["1s", "2s", "3s", "30s"],
    );
    matrix(
        ("--enable-retry", "true"),
        None,
        "retry: {enabled: false}",
        |p| p.retry.is_some().to_string(),
        ["true", "", "false", "true"],
    );
    matrix(
        ("--max-retry-attempts", "1"),
        Some(("MAX_RETRY_ATTEMPTS", "2")),
        "retry: {max_attempts: 4}",
        |p| p.retry.as_ref().unwrap().max_attempts.to_string(),
        ["1", "2", "4", "3"],
    );
    matrix(
        ("--poll-only", "poll"),
        None,
        "events: {source: netlink}",
        |p| format!("{} {}", p.poll_only, p.events_expected),
        ["true false", "", "false true", "false false"],
    );
    matrix(
        ("--cgroup-root", "/a"),
        None,
        "cgroup: {root: /c}",
        |p| format!("{:?}", p.cgroup_root),
        ["Some(\"/a\")", "", "Some(\"/c\")", "None"],
    );
}

#[test]
fn the_log_settings_follow_it_too() {
    let run = file("log: {level: error}").variable("LOG_LEVEL", "DEBUG");
    assert_eq!(run.load().unwrap().settings.log.level, LogLevel::Debug);
    assert_eq!(run.warnings(), ["LOG_LEVEL: debug overrides log.level error of w.yaml:1:14"]);
    let run = run.flag("--log-level", "trace");
    assert_eq!(run.load().unwrap().settings.log.level, LogLevel::Trace);
}

#[test]
fn a_flag_that_says_what_the_file_says_earns_no_warning() {
    let run = file(
        "scan_interval: 60s\ntarget_commands: [a, b]\ndefault_limits: {cpu_quota: 150%, memory_limit: 1024}",
    );
    run.flag("--scan-interval", "1m")
        .flag("--target", "a,b")
        .flag("--cpu-quota", "150")
        .flag("--memory-limit", "1GiB")
        .policy();
}

#[test]
fn a_flag_stands_for_the_default_and_a_command_still_overrides_it() {
    let policy = file("commands: {ffmpeg: {limits: {cpu_quota: 150}}}").flag("--cpu-quota", "50").policy();
    let quotas: Vec<_> = policy.rules.iter().map(|rule| rule.limits.number(LimitKey::CpuQuota)).collect();
    assert_eq!(quotas, [Some(150), Some(50)]);
}

#[test]
fn an_empty_flag_or_variable_is_unset_and_the_last_of_two_flags_counts() {
    let run =
        file("scan_interval: 3s\ntarget_commands: [x]").variable("SCAN_INTERVAL", "").flag("--target", "");
    assert_eq!(run.policy().scan_interval, Duration::from_secs(3));
    assert_eq!(&*run.policy().rules[0].command, "x");
    let run = Run::default().flag("--scan-interval", "1s").flag("--scan-interval", "2s");
    assert_eq!(run.policy().scan_interval, Duration::from_secs(2));
}

#[test]
fn the_file_is_named_by_flag_or_else_by_the_environment() {
    let none = |_: &str| None;
    let some = |name: &str| (name == "WATCH_CONFIG").then(|| "/env.yaml".into());
    let unexpanded = |_: &str| Some("${WATCH_CONFIG:-/x}".into());
    assert_eq!(file_named(None, &none), Ok(None));
    assert_eq!(file_named(Some(""), &none), Ok(None));
    assert_eq!(file_named(None, &some), Ok(Some("/env.yaml".into())));
    assert_eq!(file_named(Some(""), &some), Ok(Some("/env.yaml".into())));
    assert_eq!(file_named(Some("/flag.yaml"), &some), Ok(Some("/flag.yaml".into())));
    let problem = file_named(None, &unexpanded).unwrap_err();
    assert_eq!(problem.place, Place::Variable("WATCH_CONFIG"));
}
