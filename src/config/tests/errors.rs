//! Each key wrong in each way, with its place, its path and its remedy.

use super::file;

/// One file, one error.
#[test]
fn each_wrong_value_names_its_place_its_key_and_what_to_write() {
    for (text, expected) in [
        // Unknown keys, at every level.
        ("scan_intervall: 10s", "w.yaml:1:1: scan_intervall: unknown key; did you mean scan_interval?"),
        (
            "default_limits:\n  cpu_qota: 1",
            "w.yaml:2:3: default_limits.cpu_qota: unknown key; did you mean cpu_quota?",
        ),
        (
            "commands: {ffmpeg: {limit: {}}}",
            "w.yaml:1:21: commands.ffmpeg.limit: unknown key; did you mean limits?",
        ),
        (
            "commands: {ffmpeg: {cpu_quota: 1}}",
            "commands.ffmpeg.cpu_quota: unknown key; known here: limits, filters",
        ),
        ("network: {}", "w.yaml:1:1: network: unknown key; known here: scan_interval, target_commands"),
        ("state: {enable: true}", "state.enable: unknown key; did you mean enabled?"),
        ("filters: {allowed_user: [root]}", "filters.allowed_user: unknown key; did you mean allowed_users?"),
        ("foreign: {unit: {}}", "w.yaml:1:11: foreign.unit: unknown key; did you mean units?"),
        ("foreign: stay", "foreign: \"stay\" is unknown; expected auto, leave, move or in-place"),
        ("foreign: {units: {a.service: stay}}", "foreign.units.a.service: \"stay\" is unknown"),
        // Duplicates.
        ("retry: {}\nretry: {}", "w.yaml:2:1: retry: duplicate key; it already stands at w.yaml:1:1"),
        (
            "commands:\n  ffmpeg: {limits: {cpu_quota: 1, cpu_quota: 2}}",
            "w.yaml:2:35: commands.ffmpeg.limits.cpu_quota: duplicate key; it already stands at w.yaml:2:21",
        ),
        // Durations.
        ("scan_interval: 10", "w.yaml:1:16: scan_interval: \"10\" has no unit; write \"10s\""),
        ("scan_interval: \"5\"", "write \"5s\" for seconds (durations are written \"10s\""),
        ("scan_interval: 0s", "scan_interval: \"0s\" is too short; at least \"10ms\""),
        ("scan_interval: -5s", "scan_interval: \"-5s\" is negative"),
        ("scan_interval: often", "scan_interval: \"often\" is not a duration"),
        ("scan_interval: 9999999h", "scan_interval: \"9999999h\" is too long; at most 292 years"),
        ("scan_interval: [10s]", "scan_interval: expected a duration, like \"10s\", found a list"),
        (
            "state: {flush_interval: 30}",
            "w.yaml:1:25: state.flush_interval: \"30\" has no unit; write \"30s\"",
        ),
        // Limits.
        (
            "total_limits: {nice: 5}",
            "w.yaml:1:22: total_limits.nice: is each process's own and cannot be shared; write it as default_limits.nice",
        ),
        (
            "total_limits: {cpu_quota: 50, cpu_burst: 60}",
            "w.yaml:1:42: total_limits.cpu_burst: 60 is more than cpu_quota, which is 50; the kernel takes no more",
        ),
        (
            "default_limits: {uclamp_min: 60}\ncommands: {ffmpeg: {limits: {uclamp_max: 50}}}",
            "w.yaml:1:30: default_limits.uclamp_min: 60.00 is more than uclamp_max, which is 50.00",
        ),
        (
            "default_limits: {cpu_quota: two}",
            "default_limits.cpu_quota: \"two\" is not a whole number; 200 is two cores",
        ),
        ("default_limits: {cpu_quota: -1}", "default_limits.cpu_quota: \"-1\" is negative"),
        ("default_limits: {cpu_quota: {}}", "expected percent of one core, like 200, found a section"),
        (
            "default_limits: {cpu_weight: 20000}",
            "default_limits.cpu_weight: \"20000\" is out of range; 1 to 10000",
        ),
        ("default_limits: {cpu_weight: '100'}", "found text; write it without quotes"),
        ("default_limits: {cpu_weight: 1.5}", "\"1.5\" is not a whole number"),
        ("default_limits: {memory_limit: 4G}", "write \"4GiB\" (1024) or \"4GB\" (1000)"),
        ("default_limits: {memory_limit: -4096}", "default_limits.memory_limit: \"-4096\" is negative"),
        (
            "default_limits: {io_max: {/dev/vda: {rpbs: 5}}}",
            "default_limits.io_max./dev/vda.rpbs: unknown key; known here: rbps, wbps, riops, wiops",
        ),
        ("default_limits: {io_max: {/dev/vda: {rbps: fast}}}", "io_max./dev/vda.rbps: \"fast\" is no rate"),
        ("default_limits: {io_max: {/dev/vda: {riops: [5]}}}", "io_max./dev/vda.riops: expected "),
        ("default_limits: {io_max: {vda: {rbps: 5}}}", "io_max.vda: \"vda\" is not an absolute path"),
        ("default_limits: {io_max: {/dev/vda: 5}}", "io_max./dev/vda: expected a section of keys, found "),
        ("default_limits: {io_max: [/dev/vda]}", "io_max: expected a section of keys, found a list"),
        ("default_limits: {io_max: fast}", "io_max: \"fast\" is no limit of disks"),
        (
            "default_limits: 5",
            "w.yaml:1:17: default_limits: expected a section of keys, found a single value",
        ),
        ("default_limits: []", "default_limits: expected a section of keys, found a list"),
        // Filters.
        (
            "filters: {allowed_users: root}",
            "filters.allowed_users: expected a list, like [a, b], found a single value",
        ),
        (
            "filters: {allowed_users: [-1]}",
            "filters.allowed_users: \"-1\" is negative; uids are 0 to 4294967294",
        ),
        (
            "filters: {blocked_users: [{}]}",
            "w.yaml:1:27: filters.blocked_users: expected a user's name or uid, found a se",
        ),
        ("filters: {allowed_uids: [root]}", "user names belong into allowed_users"),
        ("filters: {blocked_uids: [4294967295]}", "filters.blocked_uids: \"4294967295\" is out of range"),
        (
            "filters: {allowed_parents: [a/b]}",
            "filters.allowed_parents: \"a/b\" is a path; commands go by their name",
        ),
        (
            "filters: {blocked_parents: [99999999]}",
            "filters.blocked_parents: \"99999999\" is out of range; pids are",
        ),
        (
            "filters: {allowed_dirs: [srv/media]}",
            "filters.allowed_dirs: \"srv/media\" is not an absolute path",
        ),
        (
            "filters: {blocked_dirs: [/srv, /srv/../x]}",
            "w.yaml:1:32: filters.blocked_dirs: \"/srv/../x\" holds \"..\"",
        ),
        ("filters: {min_runtime: 5}", "filters.min_runtime: \"5\" has no unit"),
        (
            "filters: {max_runtime: []}",
            "filters.max_runtime: expected a duration, like \"10s\", found a list",
        ),
        (
            "filters:\n  min_runtime: 2h\n  max_runtime: 1h30m",
            "w.yaml:2:16: filters.min_runtime: 2h is longer than filters.max_runtime 1h30m of w.yaml:3:16",
        ),
        (
            "filters: {max_runtime: 1h}\ncommands: {ffmpeg: {filters: {min_runtime: 2h}}}",
            "w.yaml:2:44: commands.ffmpeg.filters.min_runtime: 2h is longer than filters.max_runtime 1h",
        ),
        // Targets and commands.
        (
            "target_commands: ffmpeg",
            "w.yaml:1:18: target_commands: expected a list, like [a, b], found a single value",
        ),
        ("target_commands: [/usr/bin/ffmpeg]", "is a path; commands go by their name alone: \"ffmpeg\""),
        ("target_commands: ['']", "w.yaml:1:19: target_commands: an empty name"),
        (
            "target_commands: [a, ~]",
            "target_commands: expected the name of a command, like ffmpeg, found nothing",
        ),
        (
            "target_commands: [[ffmpeg]]",
            "target_commands: expected the name of a command, like ffmpeg, found a list",
        ),
        ("commands: [ffmpeg]", "commands: expected a section of keys, found a list"),
        ("commands: {bin/ffmpeg: {}}", "w.yaml:1:12: commands.bin/ffmpeg: \"bin/ffmpeg\" is a path"),
        ("commands: {ffmpeg: 5}", "commands.ffmpeg: expected a section of keys, found a single value"),
        ("target_commands: [\"a\\0\"]", "w.yaml:1:19: target_commands: holds a NUL character"),
        ("commands: {\"a\\0\": {}}", "w.yaml:1:12: commands.a\\u{0}: holds a NUL character"),
        // The rest.
        ("events: {source: netlnk}", "events.source: \"netlnk\" is unknown; expected auto, netlink or poll"),
        ("events: {buffer: 4194304}", "events.buffer: \"4194304\" has no unit"),
        ("cgroup: {root: jobs}", "cgroup.root: \"jobs\" is not an absolute path"),
        ("cgroup: {on_drift: fight}", "cgroup.on_drift: \"fight\" is unknown; expected restore or leave"),
        ("cgroup: {on_stop: kill}", "cgroup.on_stop: \"kill\" is unknown; expected keep or release"),
        ("state: {enabled: yes}", "state.enabled: \"yes\" is unknown; expected true or false"),
        (
            "state: {enabled: 'true'}",
            "state.enabled: expected true or false, found text; write it without quotes",
        ),
        ("state: {path: /var/lib/}", "state.path: \"/var/lib/\" is a folder"),
        ("state: {sync: 1}", "state.sync: \"1\" is unknown; expected true or false"),
        ("state: {mode: 0666}", "state.mode: \"0666\" would let everybody write to it"),
        ("state: {mode: private}", "state.mode: \"private\" is not a file mode, like \"0640\""),
        ("retry: {max_attempts: -3}", "retry.max_attempts: \"-3\" is negative; 0 to 1000"),
        (
            "retry:\n  initial_delay: 1h\n  max_delay: 5m",
            "w.yaml:3:14: retry.max_delay: 5m is shorter than retry.initial_delay, which is 1h",
        ),
        ("breaker: {failures: 0}", "breaker.failures: \"0\" is out of range; 1 to 1000"),
        ("breaker: {max_pause: 5s}", "breaker.max_pause: 5s is shorter than breaker.pause, which is 30s"),
        ("health: {mode: learned}", "health.mode: \"learned\" is unknown; expected fixed or adaptive"),
        (
            "health: {scan_failures_unhealthy: 2}",
            "health.scan_failures_unhealthy: 2 is less than health.scan_failures_degraded, which is 3",
        ),
        ("log: {argv: some}", "log.argv: \"some\" is unknown; expected redacted, full or none"),
        ("log: {format: xml}", "log.format: \"xml\" is unknown; expected text, json or journal"),
        (
            "log: {level: loud}",
            "log.level: \"loud\" is unknown; expected error, warning, info, debug or trace",
        ),
        // The file as a whole.
        ("- a\n- b", "w.yaml:1:1: expected a section of keys, found a list"),
        ("ffmpeg", "w.yaml:1:1: expected a section of keys, found a single value"),
    ] {
        let errors = file(text).errors();
        assert_eq!(errors.len(), 1, "{text}: {errors:#?}");
        assert!(errors[0].contains(expected), "{text}:\n  said      {}\n  expected  {expected}", errors[0]);
    }
}

#[test]
fn all_errors_are_told_in_one_run_in_the_order_of_the_file() {
    let text = "\
scan_interval: 10
target_commands: [ffmpeg, a/b, '']
default_limits:
  cpu_quota: lots
  cpu_quota: 100
filters:
  min_runtme: 5s
commands:
  ffmpeg:
    limits: {cpu_weight: 20000, memory_limit: 1X}
    filters: {min_runtime: 2h, max_runtime: 1h}
  other: {limits: {cpu: 1}}
unknown: {}
";
    let run = file(text).flag("--cpu-quota", "many").variable("SCAN_INTERVAL", "7");
    let errors = run.errors();
    let places: Vec<&str> = errors.iter().map(|error| error.split(": ").next().unwrap()).collect();
    let expected = [
        "--cpu-quota",
        "SCAN_INTERVAL",
        "w.yaml:1:16",
        "w.yaml:2:27",
        "w.yaml:2:32",
        "w.yaml:4:14",
        "w.yaml:5:3",
        "w.yaml:7:3",
        "w.yaml:10:26",
        "w.yaml:10:47",
        "w.yaml:11:28",
        "w.yaml:12:20",
        "w.yaml:13:1",
    ];
    assert_eq!(places, expected, "{errors:#?}");
}

#[test]
fn a_wrong_flag_or_variable_is_called_by_its_own_name() {
    let nothing = super::Run::default();
    for (run, expected) in [
        (nothing.clone().flag("--scan-interval", "10"), "--scan-interval: \"10\" has no unit; write \"10s\""),
        (nothing.clone().flag("--target", "ffmpeg,/bin/x"), "--target: \"/bin/x\" is a path"),
        (nothing.clone().flag("--poll-only", "perhaps"), "--poll-only: \"perhaps\" is unknown"),
        (nothing.clone().flag("--log-level", "loud"), "--log-level: \"loud\" is unknown; expected error"),
        (
            nothing.clone().variable("MAX_RETRY_ATTEMPTS", "x"),
            "MAX_RETRY_ATTEMPTS: \"x\" is not a whole number",
        ),
        (
            nothing.clone().variable("SCAN_INTERVAL", "${SCAN_INTERVAL:-10s}"),
            "SCAN_INTERVAL: \"${SCAN_INTERVAL:-10s}\" was not expanded: systemd knows no ${NAME:-default}",
        ),
        (
            nothing.clone().flag("--target", "${TARGETS:-ffmpeg}"),
            "--target: \"${TARGETS:-ffmpeg}\" was not expanded",
        ),
    ] {
        let errors = run.errors();
        assert_eq!(errors.len(), 1, "{errors:#?}");
        assert!(errors[0].starts_with(expected), "said {}\nexpected {expected}", errors[0]);
    }
}
