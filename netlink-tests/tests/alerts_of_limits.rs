//! The alerts and the queries that need limits which hold: somebody really uses more than he may, and Debian's Prometheus,
//! with the files we ship, tells of it. All others are tried by `prometheus`, for which controllers are no matter.
//! Needs a machine of its own, in which it may enable one more controller.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::prometheus::{Prometheus, shipped, tools};
use netlink_tests::bench::{Actor, Setup, Stage, cgroup, eventually, turn, world};
use netlink_tests::need;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;

const CONFIG: &str = "
target_commands: [hasty, greedy, modest, crowded]
commands:
  hasty: { limits: { cpu_quota: 5 } }
  greedy: { limits: { memory_limit: 64 } }
  crowded: { limits: { pids_max: 2 } }
";

#[test]
fn who_uses_more_than_he_may_is_told_of_and_nobody_else() {
    let test = "who_uses_more_than_he_may_is_told_of_and_nobody_else";
    if !need::have(test, "the systemd world", world().as_deref() == Some("systemd")) {
        return;
    }
    let Some(tools) = tools(test) else { return };
    let (_turn, stage) = (turn(), Stage::new());
    let service = Setup::new().config(CONFIG).flags(&["--metrics-listen", "127.0.0.1:0"]).start();
    let prometheus = Prometheus::start(&tools, &[("limited", service.metrics_address())]);
    let groups = [cgroup::mount(), service.root().into(), service.root().join("jobs")];
    groups.iter().for_each(|group| put_io(group, "+io"));
    let _modest = caught(&stage, "modest", "sleep");
    let (_hasty, throttled) = caught(&stage, "hasty", "busy");
    let go = stage.path().join("go");
    // A child that stays keeps the job, and with it what is told of it alone.
    let (mut greedy, killed) =
        caught(&stage, "greedy", &format!("children 1 await {} grow 200", go.display()));
    let _crowded = caught(&stage, "crowded", &format!("await {} forks 5 sleep", go.display()));
    eventually("none was killed", || prometheus.query("ffrtmp_job_oom_kills_total == 0").len() == 4);
    assert!(!prometheus.finds("ffrtmp_oom_kills_total != 0"));
    assert!(!prometheus.firing().iter().any(|(alert, _)| alert == "FfrtmpOomKill"));

    std::fs::write(&go, "").expect("the word to go");
    eventually("who grows past its limit is ended", || !greedy.is_running());
    assert_eq!(greedy.wait().signal(), Some(9));
    for alert in ["FfrtmpOomKill", "FfrtmpForksRefused", "FfrtmpThrottled"] {
        let one = (alert.to_owned(), "limited".to_owned());
        eventually(&format!("{alert} fires"), || prometheus.firing().contains(&one));
        println!("{alert} fires");
    }
    for (figure, job) in [
        ("last_over_time(ALERTS{alertname=\"FfrtmpThrottled\"}[10m])", throttled),
        ("increase(ffrtmp_job_oom_kills_total[10m]) > 0", killed),
    ] {
        assert_eq!(jobs(&prometheus, figure), [job], "{figure}");
    }
    every_query_finds_data(&prometheus);
    groups.iter().rev().for_each(|group| put_io(group, "-io"));
}

/// With its job.
fn caught(stage: &Stage, name: &str, words: &str) -> (Actor, String) {
    let actor = Actor::start(&stage.copy(name), words);
    let job = actor.caught_as(name);
    (actor, job)
}

/// No limit needs this controller yet. Where somebody else has enabled it the service tells what it counts.
fn put_io(group: &Path, word: &str) {
    std::fs::write(group.join("cgroup.subtree_control"), word).expect("the io controller");
}

/// The jobs that these series are about.
fn jobs(prometheus: &Prometheus, expression: &str) -> Vec<String> {
    let found = prometheus.query(expression);
    found.iter().map(|series| series["metric"]["job_id"].as_str().expect("a job").to_owned()).collect()
}

/// Of those that find nothing without controllers, and of pressure.
fn every_query_finds_data(prometheus: &Prometheus) {
    let needs_limits =
        |query: &shipped::Query| query.needs_controllers() || query.expression.contains("pressure");
    let queries: Vec<_> = shipped::dashboard().into_iter().filter(needs_limits).collect();
    for query in &queries {
        eventually(&format!("data is found by {}", query.expression), || prometheus.answers(query));
    }
    println!("{} queries of the dashboard are answered", queries.len());
}
