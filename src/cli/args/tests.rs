//! The command line as people, units and the older service's units write it.

use super::*;
use crate::cli::normalise;
use crate::config::given::{FILE_FLAG, FLAGS};
use crate::config::host::Groups;
use crate::config::{Accounts, Host, Loaded, Sources, load};
use clap::CommandFactory;
use clap::error::ErrorKind;
use std::collections::BTreeSet;
use std::time::Duration;

fn parse(line: &str) -> Result<Command, clap::Error> {
    Ok(Cli::try_parse_from(normalise(line.split_whitespace().map(Into::into)))?.command)
}

fn watch(line: &str) -> WatchArgs {
    match parse(&format!("ffrtmp watch {line}")) {
        Ok(Command::Watch(watch)) => *watch,
        other => panic!("{other:?}"),
    }
}

/// What the flags come to, without file and environment.
fn loaded(line: &str) -> Loaded {
    let (flags, accounts) = (watch(line).flags(), Accounts::default());
    let host = Host {
        root: true,
        cpus: None,
        memory: None,
        pids: None,
        processors: &|_| None,
        accounts,
        groups: Groups::default(),
        is_dir: &|_| true,
        disk: &|_| Err("is no disk".into()),
    };
    load(Sources { file: None, flags: &flags, environment: &|_| None, host: &host }).unwrap()
}

#[test]
fn the_definitions_are_sound() {
    Cli::command().debug_assert();
}

#[test]
fn the_arguments_of_an_older_unit() {
    let policy = loaded(
        "-scan-interval 10s -target ffmpeg --target gst-launch-1.0,melt -cpu-quota=150 --cpu-weight 100 \
         --memory-limit 2048 --enable-state -state-path /srv/s.json --state-flush-interval=30s \
         -enable-retry=true --max-retry-attempts 4 -scan-interval 12s",
    )
    .policy;
    assert_eq!(policy.scan_interval, Duration::from_secs(12));
    let commands: Vec<_> = policy.rules.iter().map(|rule| &*rule.command).collect();
    assert_eq!(commands, ["ffmpeg", "gst-launch-1.0", "melt"]);
    assert_eq!(policy.rules[2].limits.to_string(), "cpu_quota=150 cpu_weight=100 memory_limit=2147483648");
    assert_eq!(policy.state.unwrap().path.to_str(), Some("/srv/s.json"));
    assert_eq!(policy.retry.unwrap().max_attempts, 4);
}

#[test]
fn every_flag_reaches_its_setting() {
    let Loaded { policy, settings, .. } = loaded(
        "--watch-config /etc/w.yaml --no-state --no-retry --poll-only --dry-run --cgroup-root /sys/fs/cgroup/x \
         --log-format json --log-level debug --metrics-listen off --control-socket /run/x.sock",
    );
    assert!(policy.poll_only && policy.dry_run && policy.state.is_none() && policy.retry.is_none());
    assert_eq!(policy.cgroup_root.unwrap().to_str(), Some("/sys/fs/cgroup/x"));
    assert_eq!(format!("{:?}", settings.log), "LogSettings { format: Some(Json), level: Debug }");
    assert!(settings.metrics.listen.is_empty());
    assert_eq!(settings.control.unwrap().socket.to_str(), Some("/run/x.sock"));
    assert_eq!(watch("--watch-config=/etc/w.yaml").watch_config.as_deref(), Some("/etc/w.yaml"));
}

#[test]
fn switches_take_true_and_false() {
    assert!(loaded("--enable-state=false --enable-retry=false").policy.state.is_none());
    assert!(loaded("--enable-state --enable-retry=true").policy.state.is_some());
    assert!(!loaded("--poll-only=false").policy.poll_only);
    assert!(loaded("--poll-only=true").policy.poll_only);
    assert!(loaded("--dry-run=true").policy.dry_run);
    assert!(!loaded("--dry-run=false").policy.dry_run);
}

#[test]
fn what_is_no_command_line_is_said_with_status_two() {
    for (line, kind) in [
        ("ffrtmp watch --scan-intervall 10s", ErrorKind::UnknownArgument),
        ("ffrtmp watch --no-state --enable-state", ErrorKind::ArgumentConflict),
        ("ffrtmp watch extra", ErrorKind::UnknownArgument),
        ("ffrtmp watch --dry-run=perhaps", ErrorKind::InvalidValue),
        ("ffrtmp watch --poll-only=netlink", ErrorKind::InvalidValue),
        ("ffrtmp wach", ErrorKind::InvalidSubcommand),
        ("ffrtmp", ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand),
    ] {
        let error = parse(line).unwrap_err();
        assert_eq!((error.kind(), error.exit_code()), (kind, 2), "{line}");
    }
    for line in ["ffrtmp --version", "ffrtmp watch --help", "ffrtmp watch -help"] {
        assert_eq!(parse(line).unwrap_err().exit_code(), 0, "{line}");
    }
}

#[test]
fn check_takes_a_file_and_json() {
    let expected = CheckArgs { watch_config: Some("f".into()), cgroup_root: None, json: true };
    match parse("ffrtmp check --watch-config f --json") {
        Ok(Command::Check(check)) => assert_eq!(check, expected),
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_flag_either_speaks_for_a_key_or_is_known_not_to() {
    let cli = Cli::command();
    let flags = cli.find_subcommand("watch").unwrap().get_arguments().filter_map(clap::Arg::get_long);
    let flags: BTreeSet<String> = flags.map(|name| format!("--{name}")).collect();
    let keyless = [FILE_FLAG, "--no-state", "--no-retry", "--dry-run"];
    let keyed = FLAGS.iter().map(|(name, _)| *name);
    assert_eq!(flags, keyed.chain(keyless).map(String::from).collect());
}

#[test]
fn a_limit_or_a_reset_is_set_and_not_both() {
    for (line, good) in [
        ("set 10 --cpu-quota 150 --memory-limit 2GiB", true),
        ("set auto-ffmpeg-10 --reset", true),
        ("set 10", false),
        ("set --reset", false),
        ("set 10 --reset --cpu-weight 5", false),
        ("retry", true),
        ("release", false),
        ("explain ten", false),
        ("ps --sort memory --state governed --json --control-socket /x", true),
        ("ps --sort colour", false),
        ("events -f --after 7", true),
    ] {
        assert_eq!(parse(&format!("ffrtmp {line}")).is_ok(), good, "{line}");
    }
}

#[test]
fn limits_bear_the_names_that_the_file_has() {
    let Ok(Command::Client(client::ClientCommand::Set(set))) =
        parse("ffrtmp set 1 --cpu-weight 7 --cpu-quota 0")
    else {
        panic!("set");
    };
    assert_eq!(set.limits.given().collect::<Vec<_>>(), [("cpu_quota", "0"), ("cpu_weight", "7")]);
}

#[test]
fn disks_are_looked_for_and_what_is_no_limit_is_left_to_the_service() {
    let told = |word: &str| parse(&format!("ffrtmp set 1 --io-max {word}"));
    for word in ["max", "fast", "/dev/vda:5"] {
        let Ok(Command::Client(client::ClientCommand::Set(set))) = told(word) else { panic!("set") };
        assert_eq!(set.limits.given().collect::<Vec<_>>(), [("io_max", word)]);
    }
    for (word, why) in [
        ("/proc:rbps=5", "--io-max: /proc lies on no disk of its own"),
        ("/dev/null:rbps=5", "--io-max: /dev/null is no block device of this host"),
    ] {
        let refused = told(word).expect_err(word).to_string();
        assert!(refused.contains(why), "{refused}");
    }
}
