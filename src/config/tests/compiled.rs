//! What the policy holds, once nothing is wrong.

use super::{Run, file};
use crate::config::AuditSettings;
use crate::config::policy::{ArgvInLog, Filters, Parent, Tree};
use crate::model::{LimitKey, Limits};
use std::time::Duration;

#[test]
fn the_built_in_defaults() {
    let policy = Run::default().policy();
    assert_eq!(policy.scan_interval, Duration::from_secs(10));
    assert_eq!(
        policy.rules.iter().map(|rule| &*rule.command).collect::<Vec<_>>(),
        ["ffmpeg", "gst-launch-1.0"]
    );
    assert!(
        policy
            .rules
            .iter()
            .all(|rule| rule.limits == Limits::default() && rule.filters == Filters::default())
    );
    assert_eq!(policy.users.keys().copied().collect::<Vec<_>>(), [0, 1000]);
    assert!(!policy.poll_only && !policy.events_expected && !policy.dry_run && !policy.release_on_stop);
    assert!(policy.restore_on_drift);
    assert_eq!(policy.receive_buffer, 4 << 20);
    assert_eq!(policy.retry.unwrap().max_attempts, 3);
    let state = policy.state.unwrap();
    let as_told = (state.flush_interval, state.sync, state.mode);
    assert_eq!(as_told, (Duration::from_secs(30), true, 0o600));
    assert_eq!(policy.argv_in_log, ArgvInLog::Redacted);
}

#[test]
fn the_example_of_the_contract() {
    let policy = file(
        "\
scan_interval: \"10s\"
target_commands: [ffmpeg, gst-launch-1.0]
default_limits:
  cpu_quota: 200
  cpu_weight: 0
  memory_limit: 2048
filters:
  allowed_users: [media, 1001]
  blocked_users: []
  allowed_uids: []
  blocked_uids: [0]
  allowed_parents: [1, cron]
  allowed_dirs: [/srv/]
  blocked_dirs: [/tmp]
  min_runtime: \"5s\"
  max_runtime: \"24h\"
commands:
  ffmpeg:
    limits: { cpu_quota: 0, memory_limit: 3GiB }
    filters: { min_runtime: \"10s\", max_runtime: \"0s\", allowed_users: [] }
",
    )
    .policy();
    let (ffmpeg, gst) = (&policy.rules[0], &policy.rules[1]);
    assert_eq!(ffmpeg.limits, Limits::from([(LimitKey::CpuWeight, 100), (LimitKey::MemoryLimit, 3 << 30)]));
    assert_eq!(
        gst.limits,
        Limits::from([
            (LimitKey::CpuQuota, 200),
            (LimitKey::CpuWeight, 100),
            (LimitKey::MemoryLimit, 2 << 30)
        ])
    );
    let all = Filters {
        allowed_users: [1000, 1001].into(),
        only_allowed_users: true,
        blocked_uids: [0].into(),
        allowed_parents: vec![Parent::Pid(1), Parent::Name("cron".into())],
        allowed_dirs: vec!["/srv".into()],
        blocked_dirs: vec!["/tmp".into()],
        min_runtime: Some(Duration::from_secs(5)),
        max_runtime: Some(Duration::from_secs(86_400)),
        ..Filters::default()
    };
    assert_eq!(gst.filters, all);
    let own = Filters {
        allowed_users: [].into(),
        only_allowed_users: false,
        min_runtime: Some(Duration::from_secs(10)),
        max_runtime: None,
        ..all
    };
    assert_eq!(ffmpeg.filters, own);
}

#[test]
fn disks_go_by_the_names_of_whole_ones_and_a_command_replaces_them_all() {
    let run = file(
        "\
default_limits:
  io_max:
    /dev/vda1: { rbps: 50MB, wbps: 20MiB, riops: 100, wiops: max }
    /srv: { rbps: 60MB, wiops: 7 }
    /dev/vdz: { wbps: 5 }
commands:
  ffmpeg: { limits: { io_max: { /dev/vdb: { wiops: \"9\" } } } }
  gst-launch-1.0: { limits: { io_max: {} } }
target_commands: [ffmpeg, gst-launch-1.0, melt]
",
    );
    let limits = run.load().unwrap().policy.rules.into_iter().map(|rule| rule.limits.to_string());
    let all = "io_max=/dev/vda:rbps=50000000,wbps=20971520,riops=100,wiops=7;/dev/vdz:wbps=5";
    assert_eq!(limits.collect::<Vec<_>>(), ["io_max=/dev/vdb:wiops=9", "none", all]);
    assert_eq!(
        run.warnings(),
        ["w.yaml:3:5: default_limits.io_max: /dev/vdz is no block device of this host"]
    );
}

#[test]
fn a_command_may_have_a_tree_of_its_own() {
    let text = "tree: separate\ntarget_commands: [ffmpeg, x]\ncommands: {x: {tree: root-only}}";
    let trees: Vec<Tree> = file(text).load().unwrap().policy.rules.iter().map(|rule| rule.tree).collect();
    assert_eq!(trees, [Tree::Separate, Tree::RootOnly]);
    assert_eq!(file("").load().unwrap().policy.rules[0].tree, Tree::Shared);
}

#[test]
fn the_other_sections() {
    let text = "\
events: {source: poll, buffer: 8MiB}
cgroup: {root: /sys/fs/cgroup/media/, on_stop: release, on_drift: leave}
state: {path: s.json, flush_interval: 1m, sync: false, mode: 0640}
retry: {max_attempts: 0}
audit: {path: a.jsonl, max_size: 0, keep: 0, mode: 0640}
log: {argv: none, format: json, level: warn}
";
    let loaded = file(text).load().unwrap();
    assert!(loaded.policy.poll_only && loaded.policy.release_on_stop);
    assert!(!loaded.policy.restore_on_drift);
    assert_eq!(loaded.policy.receive_buffer, 8 << 20);
    assert_eq!(loaded.policy.cgroup_root.unwrap().to_str(), Some("/sys/fs/cgroup/media"));
    let state = loaded.policy.state.unwrap();
    assert_eq!((state.sync, state.mode), (false, 0o640));
    assert_eq!(loaded.policy.retry, None);
    assert_eq!(loaded.policy.argv_in_log, ArgvInLog::None);
    let log = loaded.settings.log;
    assert_eq!(format!("{log:?}"), "LogSettings { format: Some(Json), level: Warning }");
    let audit = AuditSettings { path: "a.jsonl".into(), max_size: 0, keep: 0, mode: 0o640 };
    assert_eq!(loaded.settings.audit, Some(audit));
}

#[test]
fn an_audit_log_is_kept_where_it_has_a_place() {
    assert_eq!(file("audit: {keep: 3}").load().unwrap().settings.audit, None);
    let named = file("audit: {path: /a.jsonl}").load().unwrap().settings.audit;
    let usual = AuditSettings { path: "/a.jsonl".into(), max_size: 64 << 20, keep: 5, mode: 0o600 };
    assert_eq!(named, Some(usual));
}

#[test]
fn an_allow_list_that_names_nobody_lets_nobody_pass() {
    let run = file("filters: {allowed_users: [nobody-here]}");
    let filters = run.load().unwrap().policy.rules[0].filters.clone();
    assert!(filters.only_allowed_users && filters.allowed_users.is_empty());
    let said =
        "w.yaml:1:27: filters.allowed_users: nobody-here is no user of /etc/passwd here; a uid always works";
    assert_eq!(run.warnings(), [said]);
}

#[test]
fn what_the_host_does_not_have_is_a_warning_said_once() {
    let run = file(
        "\
default_limits: {cpu_quota: 300, memory_limit: 8192}
filters: {blocked_dirs: [/nowhere]}
commands:
  ffmpeg: {limits: {cpu_quota: 200, memory_limit: 5GiB}}
  melt: {limits: {cpu_quota: 1}}
",
    );
    assert_eq!(
        run.warnings(),
        [
            "w.yaml:1:29: default_limits.cpu_quota: 300 is more than this host has: 2 cores are 200",
            "w.yaml:1:48: default_limits.memory_limit: 8GiB is more than this host has: 4GiB",
            "w.yaml:2:26: filters.blocked_dirs: /nowhere is no folder of this host",
            "w.yaml:4:51: commands.ffmpeg.limits.memory_limit: 5GiB is more than this host has: 4GiB",
            "w.yaml:5:3: commands.melt: has no effect: the command is not among target_commands",
        ]
    );
}

#[test]
fn filters_that_every_command_overrides_are_still_checked() {
    let text = "target_commands: [a]\nfilters: {min_runtime: 2s, max_runtime: 1s}\n\
                commands: {a: {filters: {min_runtime: 0s}}}";
    assert_eq!(file(text).errors().len(), 1);
}

#[test]
fn a_command_without_effect_is_still_checked() {
    assert_eq!(file("commands: {melt: {filters: {min_runtime: 2s, max_runtime: 1s}}}").errors().len(), 1);
}

#[test]
fn targets_keep_their_order_and_come_once() {
    let rules = file("target_commands: [b, true, b, 7z, a]").policy().rules;
    assert_eq!(rules.iter().map(|rule| &*rule.command).collect::<Vec<_>>(), ["b", "true", "7z", "a"]);
    assert_eq!(file("target_commands: []").policy().rules.len(), 2);
}

#[test]
fn anchors_and_merges_share_what_is_said_once() {
    let policy = file(
        "\
commands:
  ffmpeg: &transcoder
    limits: &small {cpu_quota: 50, cpu_weight: 10}
  gst-launch-1.0:
    <<: *transcoder
    filters: {min_runtime: 1s}
default_limits: {<<: [*small, {memory_limit: 64}], cpu_quota: 70}
",
    )
    .policy();
    let all = |rule: usize| policy.rules[rule].limits.to_string();
    assert_eq!(all(0), "cpu_quota=50 cpu_weight=10 memory_limit=67108864");
    assert_eq!(all(1), all(0));
    assert_eq!(policy.rules[1].filters.min_runtime, Some(Duration::from_secs(1)));
}

#[test]
fn an_ordinary_user_keeps_state_at_home() {
    let path = |variables: &[(&'static str, &'static str)]| {
        let run = Run { ordinary_user: true, environment: variables.to_vec(), ..Run::default() };
        run.load().unwrap().policy.state.map(|state| state.path.display().to_string())
    };
    let (home, xdg) = (("HOME", "/home/m"), ("XDG_STATE_HOME", "/x"));
    assert_eq!(path(&[home, xdg]).as_deref(), Some("/x/ffrtmp/watch-state.json"));
    assert_eq!(path(&[home]).as_deref(), Some("/home/m/.local/state/ffrtmp/watch-state.json"));
    let relative = ("XDG_STATE_HOME", "x");
    assert_eq!(path(&[home, relative]).as_deref(), Some("/home/m/.local/state/ffrtmp/watch-state.json"));
    assert_eq!(path(&[]), None);
    let homeless = Run { ordinary_user: true, ..Run::default() };
    assert!(homeless.warnings()[0].starts_with("HOME: neither XDG_STATE_HOME nor HOME is set"));
    assert_eq!(homeless.flag("--state-path", "/s").policy().state.unwrap().path.to_str(), Some("/s"));
}

/// One file, one warning.
#[test]
fn what_the_kernel_would_take_in_vain_is_told_with_its_place() {
    for (text, expected) in [
        (
            "default_limits: {cpus: '1-2'}",
            "w.yaml:1:24: default_limits.cpus: 1-2 names more than jobs can have here: 0-1",
        ),
        (
            "default_limits: {pids_max: 40000}",
            "w.yaml:1:28: default_limits.pids_max: 40000 is more than this kernel has numbers for: 32768",
        ),
        (
            "default_limits: {memory_limit: 1GiB}\ncommands: {ffmpeg: {limits: {memory_high: 2GiB}}}",
            "w.yaml:2:43: commands.ffmpeg.limits.memory_high: 2GiB is more than memory_limit, which is met first: 1GiB",
        ),
        (
            "total_limits: {memory_limit: 1GiB, memory_low: 2GiB}",
            "w.yaml:1:48: total_limits.memory_low: 2GiB is more than memory_limit, so not all of it can ever be in use: 1GiB",
        ),
        (
            "total_limits: {cpu_quota: 100}\ndefault_limits: {cpu_quota: 150}",
            "w.yaml:2:29: default_limits.cpu_quota: 150 is more than all jobs together have: total_limits.cpu_quota is 100",
        ),
        (
            "total_limits: {cpus: 0}\ncommands: {ffmpeg: {limits: {cpus: 0-1}}}",
            "w.yaml:2:36: commands.ffmpeg.limits.cpus: 0-1 names more than all jobs together have: total_limits.cpus is 0",
        ),
        (
            "total_limits: {cpu_quota: 300}",
            "w.yaml:1:27: total_limits.cpu_quota: 300 is more than this host has: 2 cores are 200",
        ),
    ] {
        assert_eq!(file(text).warnings(), [expected], "{text}");
    }
}

#[test]
fn limits_of_all_jobs_together_are_compiled_as_those_of_one() {
    let policy =
        file("total_limits: {cpu_quota: 200%, memory_limit: 1GiB, memory_swap_max: max, cpu_burst: 0}")
            .policy();
    assert_eq!(
        policy.total_limits,
        Limits::from([(LimitKey::CpuQuota, 200), (LimitKey::MemoryLimit, 1 << 30)])
    );
}

#[test]
fn what_is_done_with_what_is_somebody_elses_is_a_word_or_a_section() {
    use crate::config::foreign::Manner;
    let foreign = |yaml: &str| file(yaml).policy().foreign;
    assert_eq!(*foreign(""), Default::default());
    assert_eq!(foreign("foreign: leave").usual, Manner::Leave);
    let named = foreign(
        "foreign: { policy: move, units: { \"web-1.service\": in-place, \"web-*\": leave, \"*\": auto } }",
    );
    assert_eq!(named.usual, Manner::Move);
    for (unit, manner) in [
        ("web-1.service", Manner::InPlace),
        ("web-2.service", Manner::Leave),
        ("session-3.scope", Manner::Auto),
    ] {
        assert_eq!(named.of_unit(unit), Some(manner), "{unit}");
    }
}
