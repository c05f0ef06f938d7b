//! An upgrade from the older service: its files and its environment mean what they meant.

use super::{Run, file};
use crate::model::LimitKey;
use std::time::Duration;

#[test]
fn a_file_of_the_fleet_role() {
    let run = file(
        "\
scan_interval: \"15s\"
target_commands:
  - ffmpeg
  - gst-launch-1.0
cpu_quota: 150
cpu_weight: 80
memory_limit: 2048
enable_state: yes
state_path: \"/var/lib/ffrtmp/fleet.json\"
enable_retry: false
max_retry_attempts: 5
filters:
  allowed_users: null
  min_runtime: \"\"
commands:
",
    );
    let loaded = run.load().unwrap();
    let limits = &loaded.policy.rules[0].limits;
    assert_eq!(limits.to_string(), "cpu_quota=150 cpu_weight=80 memory_limit=2147483648");
    assert_eq!(loaded.policy.scan_interval, Duration::from_secs(15));
    assert_eq!(loaded.policy.state.unwrap().path.to_str(), Some("/var/lib/ffrtmp/fleet.json"));
    assert_eq!(loaded.policy.retry, None);
    let text = |line, key, home| {
        format!("w.yaml:{line}: {key}: a key of older files; it works, and is called {home} now")
    };
    assert_eq!(
        run.warnings(),
        [
            text("5:12", "cpu_quota", "default_limits.cpu_quota"),
            text("6:13", "cpu_weight", "default_limits.cpu_weight"),
            text("7:15", "memory_limit", "default_limits.memory_limit"),
            text("8:15", "enable_state", "state.enabled"),
            text("9:13", "state_path", "state.path"),
            text("10:15", "enable_retry", "retry.enabled"),
            text("11:21", "max_retry_attempts", "retry.max_attempts"),
        ]
    );
}

#[test]
fn an_older_key_yields_to_todays_and_to_a_flag() {
    let run = file("cpu_quota: 100\ndefault_limits: {cpu_quota: 150}");
    assert_eq!(run.load().unwrap().policy.rules[0].limits.number(LimitKey::CpuQuota), Some(150));
    let said = "w.yaml:1:12: cpu_quota: a key of older files; not used, as default_limits.cpu_quota is set at w.yaml:2:29";
    assert_eq!(run.warnings(), [said]);
    let run = file("cpu_quota: 100").flag("--cpu-quota", "120");
    assert_eq!(run.load().unwrap().policy.rules[0].limits.number(LimitKey::CpuQuota), Some(120));
    assert_eq!(run.warnings()[0], "--cpu-quota: 120 overrides cpu_quota 100 of w.yaml:1:12");
}

#[test]
fn older_keys_are_checked_like_any_other() {
    assert_eq!(file("cpu_weight: 20000\nenable_state: 5\ncpu_qota: 1").errors().len(), 3);
    assert_eq!(file("cpu_quota:\nstate_path: ''").warnings(), [""; 0]);
}

#[test]
fn its_environment() {
    let run = Run::default()
        .variable("SCAN_INTERVAL", "20s")
        .variable("TARGET_COMMANDS", "ffmpeg, gst-launch-1.0,melt")
        .variable("STATE_FLUSH_INTERVAL", "1m")
        .variable("MAX_RETRY_ATTEMPTS", "7")
        .variable("STATE_PATH", "/srv/state.json")
        .variable("LOG_LEVEL", "INFO")
        .variable("PATH", "/usr/bin");
    let policy = run.policy();
    assert_eq!(policy.scan_interval, Duration::from_secs(20));
    assert_eq!(
        policy.rules.iter().map(|rule| &*rule.command).collect::<Vec<_>>(),
        ["ffmpeg", "gst-launch-1.0", "melt"]
    );
    assert_eq!(policy.retry.unwrap().max_attempts, 7);
    let state = policy.state.unwrap();
    assert_eq!(
        (state.path.to_str(), state.flush_interval),
        (Some("/srv/state.json"), Duration::from_secs(60))
    );
}
