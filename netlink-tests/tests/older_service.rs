//! Who comes from the older service changes nothing: its files, its environment and its flags mean what they meant. And
//! what is wrong with a configuration is told in full, before anything is started.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::{Actor, Setup, Stage, cgroup, has_controllers, service, turn};
use netlink_tests::need;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

const FLEET: &str = r#"scan_interval: "300ms"
target_commands:
  - ffmpeg
  - melt
cpu_quota: 150
cpu_weight: 80
memory_limit: 2048
enable_state: true
state_path: "STATE"
enable_retry: true
max_retry_attempts: 5
filters:
  allowed_users: []
  blocked_users: null
  blocked_dirs: [/nowhere]
  min_runtime: ""
commands:
  melt:
    limits:
      memory_limit: 512
"#;

#[test]
fn a_file_of_its_fleet_role() {
    if !need::service("a_file_of_its_fleet_role") {
        return;
    }
    let _turn = turn();
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("fleet-state.json");
    let yaml = FLEET.replace("STATE", state.to_str().unwrap());
    let mut service = Setup::new().config(&yaml).without("--state-path").start();
    let stage = Stage::new();
    let actors = [("ffmpeg", 2048), ("melt", 512)]
        .map(|(name, mib)| (Actor::start(&stage.copy(name), "sleep"), name, mib));
    for (actor, name, mib) in &actors {
        let group = service.group(&actor.caught_as(name));
        let bytes: u64 = mib << 20;
        service.wait_for(&format!("Attached PID {}", actor.pid()));
        let records = service.records();
        let attached = records.iter().find(|r| r["event"] == "attached" && r["pid"] == actor.pid()).unwrap();
        let limits = format!("cpu_quota=150 cpu_weight=80 memory_limit={bytes}");
        assert_eq!(attached["limits"], limits.as_str());
        if has_controllers() {
            let files = ["cpu.max", "cpu.weight", "memory.max"].map(|file| cgroup::read(&group, file));
            assert_eq!(files, ["150000 100000".into(), "80".into(), bytes.to_string()]);
        }
    }
    let older = ["cpu_quota", "cpu_weight", "memory_limit", "enable_state", "state_path", "enable_retry"];
    for key in older.into_iter().chain(["max_retry_attempts"]) {
        assert_eq!(service.count(&format!(": {key}: a key of older files; it works")), 1, "{key}");
    }
    assert!(service.stop().success());
    assert!(state.exists());
}

#[test]
fn its_environment() {
    if !need::service("its_environment") {
        return;
    }
    let _turn = turn();
    let folder = tempfile::tempdir().unwrap();
    let (state, file) = (folder.path().join("state.json"), folder.path().join("watch-config.yaml"));
    std::fs::write(&file, "default_limits: {cpu_quota: 70}\nscan_interval: 1h\n").unwrap();
    let mut service = Setup::new()
        .without("--state-path")
        .without("--log-level")
        .env("WATCH_CONFIG", file.to_str().unwrap())
        .env("SCAN_INTERVAL", "200ms")
        .env("TARGET_COMMANDS", "melt, gst-launch-1.0")
        .env("STATE_FLUSH_INTERVAL", "10s")
        .env("MAX_RETRY_ATTEMPTS", "")
        .env("STATE_PATH", state.to_str().unwrap())
        .env("LOG_LEVEL", "debug")
        .start();
    let stage = Stage::new();
    let bystander = Actor::start(&stage.copy("ffmpeg"), "sleep");
    let actor = Actor::start(&stage.copy("melt"), "sleep");
    let group = service.group(&actor.caught_as("melt"));
    if has_controllers() {
        assert_eq!(cgroup::read(&group, "cpu.max"), "70000 100000");
    }
    service.wait_for_nth("Scan complete", 3);
    assert!(service.count("Scanning for processes") > 0, "LOG_LEVEL=debug");
    assert_eq!(service.count("SCAN_INTERVAL: 200ms overrides scan_interval 1h"), 1, "{:?}", service.said());
    assert_eq!(service.count("Configuration: "), 1);
    assert_eq!(bystander.job(), None);
    assert!(service.stop().success() && state.exists());
}

#[test]
fn its_flags_with_a_single_dash() {
    if !need::service("its_flags_with_a_single_dash") {
        return;
    }
    let _turn = turn();
    let mut service = Setup::new()
        .without("--state-path")
        .without("--log-level")
        .flags(&["-scan-interval", "200ms", "-target", "melt,ffmpeg", "-cpu-quota=60", "-cpu-weight", "40"])
        .flags(&["-memory-limit", "256", "-enable-state=false", "-enable-retry=true"])
        .flags(&["-max-retry-attempts", "2", "-log-level=debug", "-poll-only"])
        .start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("melt"), "sleep");
    let group = service.group(&actor.caught_as("melt"));
    service.wait_for(&format!("Attached PID {}", actor.pid()));
    let records = service.records();
    let attached = records.iter().find(|r| r["event"] == "attached").unwrap();
    assert_eq!(attached["limits"], "cpu_quota=60 cpu_weight=40 memory_limit=268435456");
    if has_controllers() {
        assert_eq!(cgroup::read(&group, "memory.max"), (256 << 20).to_string());
    }
    assert_eq!(service.count("Process events: off (polling was asked for)"), 1);
    assert!(service.stop().success());
    assert_eq!(service.count("State saved"), 0);
}

/// The product, with nothing of ours in its environment. It is to end by itself: one that began to serve would find the
/// targets of other tests.
fn run(words: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(service::program());
    command.args(words).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let began = Instant::now();
    while child.try_wait().expect("wait").is_none() {
        if began.elapsed() > Duration::from_secs(20) {
            let _ = child.kill();
            panic!("it serves, though it was told {words:?}: {:?}", child.wait_with_output());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.wait_with_output().expect("its output")
}

fn lines(bytes: &[u8]) -> Vec<String> {
    String::from_utf8(bytes.to_vec()).expect("text").lines().map(str::to_owned).collect()
}

/// A file as somebody writes it who has not looked at the page.
const WRONG: &str = "\
scan_interval: 10
target_commands: [ffmpeg, /usr/bin/melt, '']
default_limits:
  cpu_quota: lots
  cpu_wieght: 50
  memory_limit: 4XB
  cpu_quota: 5
filters:
  allowed_uids: [root]
  min_runtime: -5s
  allowed_dirs: [relative]
commands:
  ffmpeg:
    limit: {cpu_quota: 5}
events: {source: magic}
cgroup: {on_stop: explode}
log: {level: loud}
colour: blue
";

#[test]
fn every_error_is_told_in_one_run_and_nothing_is_started() {
    let folder = tempfile::tempdir().unwrap();
    let (file, state) = (folder.path().join("w.yaml"), folder.path().join("state.json"));
    std::fs::write(&file, WRONG).unwrap();
    let root = Path::new("/sys/fs/cgroup").join(format!("ffrtmp-test-{}-never", std::process::id()));
    let words = ["watch", "--watch-config", file.to_str().unwrap(), "-cpu-weight", "0x", "--state-path"];
    let words = [&words[..], &[state.to_str().unwrap(), "--cgroup-root", root.to_str().unwrap()]].concat();
    let output =
        run(&words, &[("SCAN_INTERVAL", "soon"), ("MAX_RETRY_ATTEMPTS", "${MAX_RETRY_ATTEMPTS:-3}")]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(lines(&output.stdout), [""; 0], "it never began");
    assert!(!state.exists() && !root.exists());
    let told = lines(&output.stderr);
    let places: Vec<String> = [
        "1:16: scan_interval: ",
        "2:27: target_commands",
        "2:42: target_commands",
        "4:14: default_limits.cpu_quota: ",
        "5:3: default_limits.cpu_wieght: unknown key; did you mean cpu_weight?",
        "6:17: default_limits.memory_limit: ",
        "7:3: default_limits.cpu_quota: ",
        "9:18: filters.allowed_uids",
        "10:16: filters.min_runtime: ",
        "11:18: filters.allowed_dirs",
        "14:5: commands.ffmpeg.limit: unknown key; did you mean limits?",
        "15:18: events.source: ",
        "16:19: cgroup.on_stop: ",
        "17:14: log.level: ",
        "18:1: colour: unknown key",
    ]
    .map(|place| format!("{}:{place}", file.display()))
    .into();
    for place in &places {
        assert_eq!(told.iter().filter(|line| line.starts_with(place)).count(), 1, "{place} in {told:#?}");
    }
    for elsewhere in
        ["--cpu-weight: ", "SCAN_INTERVAL: ", "MAX_RETRY_ATTEMPTS: \"${MAX_RETRY_ATTEMPTS:-3}\" was not"]
    {
        assert_eq!(
            told.iter().filter(|line| line.starts_with(elsewhere)).count(),
            1,
            "{elsewhere} in {told:#?}"
        );
    }
    assert_eq!(told.len(), places.len() + 3, "{told:#?}");
}

#[test]
fn exit_statuses() {
    let folder = tempfile::tempdir().unwrap();
    let there = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for words in [
        &["watch", "--no-such-flag"][..],
        &["watch", "--watch-config", &there("absent.yaml")],
        &["watch", "--watch-config", folder.path().to_str().unwrap()],
        &["watch", "--scan-interval", "10"],
        &["watch", "--poll-only=perhaps"],
        &["watch", "stray"],
        &["nothing-of-ours"],
        &[],
    ] {
        let output = run(words, &[]);
        assert_eq!(output.status.code(), Some(2), "{words:?}: {output:?}");
        assert!(!output.stderr.is_empty() && output.stdout.is_empty(), "{words:?}: {output:?}");
    }
    for words in [&["--version"][..], &["--help"], &["watch", "--help"], &["watch", "-help"]] {
        let output = run(words, &[]);
        assert_eq!(output.status.code(), Some(0), "{words:?}: {output:?}");
        assert!(!output.stdout.is_empty() && output.stderr.is_empty(), "{words:?}: {output:?}");
    }
}
