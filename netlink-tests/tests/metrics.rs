//! What the running service measures, held against what was done to it and against the kernel's own figures.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::asking::get;
use netlink_tests::bench::scrape::Scrape;
use netlink_tests::bench::{Actor, Service, Setup, Stage, cpu, eventually, has_controllers, turn};
use netlink_tests::need;
use serde_json::json;
use std::collections::BTreeSet;
use std::net::{TcpListener, TcpStream};
use std::process::Command;

const LISTEN: [&str; 2] = ["--metrics-listen", "127.0.0.1:0"];

fn service(yaml: &str) -> Service {
    Setup::new().config(&format!("target_commands: [measured]\n{yaml}")).flags(&LISTEN).start()
}

#[test]
fn counters_agree_with_what_was_done() {
    if !need::service("counters_agree_with_what_was_done") {
        return;
    }
    let _turn = turn();
    let (stage, service) = (Stage::new(), service(""));
    let target = stage.copy("measured");
    let mut actors: Vec<Actor> = (0..3).map(|_| Actor::start(&target, "sleep")).collect();
    actors.iter().for_each(|actor| drop(actor.caught_as("measured")));
    actors[0].kill();
    service.wait_for("ended, its group is removed");
    service.reload("target_commands: [measured, other]\n");
    service.wait_for("Configuration reloaded");
    service.reload("target_commands: [1\n");
    service.wait_for("Configuration not reloaded");
    let idle = service.control();
    eventually("the client is let in", || {
        service.scrape().value("clients_connected{kind=\"control\"}") == 1.0
    });
    let scrape = service.scrape();
    for (series, value) in [
        ("discovery_new_attachments_total", 3.0),
        ("discovery_tracked_processes", 2.0),
        ("process_exits_total", 1.0),
        ("config_reloads_total{result=\"ok\"}", 1.0),
        ("config_reloads_total{result=\"failed\"}", 1.0),
        ("config_last_reload_successful", 0.0),
        ("governance_available", 1.0),
        ("events_source_state{state=\"live\"}", 1.0),
        ("events_source_state{state=\"polling\"}", 0.0),
        ("health_state{state=\"healthy\"}", 1.0),
        ("targets_ungoverned{reason=\"attaching\"}", 0.0),
        ("jobs_without_series", 0.0),
        ("log_lines_dropped_total", 0.0),
        // The one who asks this.
        ("clients_connected{kind=\"http\"}", 1.0),
    ] {
        assert_eq!(scrape.value(series), value, "{series}");
    }
    for series in ["discovery_detection_latency_seconds", "attach_latency_seconds", "attach_duration_seconds"]
    {
        assert_eq!(scrape.value(&format!("{series}_count")), 3.0, "{series}");
    }
    let [seen, held, work] = [
        "discovery_detection_latency_seconds_sum",
        "attach_latency_seconds_sum",
        "attach_duration_seconds_sum",
    ]
    .map(|series| scrape.value(series));
    assert!(seen > 0.0 && held > seen && held > work && work > 0.0, "{seen} {held} {work}");
    for (series, least) in [
        ("events_received_total{kind=\"exec\"}", 3.0),
        ("events_received_total{kind=\"exit\"}", 1.0),
        ("discovery_scans_total", 1.0),
        ("discovery_processes_found", 5.0),
        ("discovery_last_scan_timestamp_seconds", 1e9),
        ("agent_start_time_seconds", 1e9),
        ("agent_cpu_seconds_total", 1e-4),
        ("agent_resident_memory_bytes", 1e6),
        ("agent_open_fds", 10.0),
        ("agent_threads", 5.0),
    ] {
        assert!(scrape.value(series) >= least, "{series} {}", scrape.value(series));
    }
    drop((idle, actors));
}

#[test]
fn the_page_tells_of_what_a_running_service_exports() {
    if !need::service("the_page_tells_of_what_a_running_service_exports") {
        return;
    }
    let _turn = turn();
    let service = service("");
    let told: BTreeSet<(String, String)> = service.scrape().types.into_iter().collect();
    let rows = include_str!("../../docs/metrics.md").lines().filter_map(|line| line.strip_prefix("| `"));
    let mut page: BTreeSet<(String, String)> = rows
        .map(|row| {
            let (name, rest) = row.split_once("` | ").expect("a name");
            let kind = rest.split(" | ").next().expect("a type");
            (name.to_owned(), if kind == "info" { "gauge" } else { kind }.to_owned())
        })
        .collect();
    // Told from the first of them on.
    assert!(page.remove(&("ffrtmp_attach_failures_total".to_owned(), "counter".to_owned())));
    assert_eq!(told, page);
    let open = get(service.metrics_address(), "/metrics", "Accept: application/openmetrics-text\r\n");
    let without_units: String =
        open.body.split_inclusive('\n').filter(|line| !line.starts_with("# UNIT")).collect();
    assert!(without_units.ends_with("# EOF\n") && without_units.matches("# TYPE ").count() == told.len());
}

#[test]
fn usage_is_what_processes_really_had_and_ends_with_them() {
    if !need::service("usage_is_what_processes_really_had_and_ends_with_them") {
        return;
    }
    let _turn = turn();
    let (stage, service) = (Stage::new(), service(""));
    let target = stage.copy("measured");
    let (mut busy, lazy) = (Actor::start(&target, "busy"), Actor::start(&target, "sleep"));
    let (job, other) = (busy.caught_as("measured"), lazy.caught_as("measured"));
    let mut control = service.control();
    let mut usage = |job: &str| {
        let jobs = control.ask(json!({ "ask": "ps" }))["jobs"].clone();
        let found = jobs.as_array().expect("a list").iter().find(|of| of["job"] == job).cloned();
        found.expect("it is governed")["usage"].clone()
    };
    let mut seen = json!(null);
    eventually("its processor time is read, and a rate", || {
        let before = cpu::time(busy.pid()).as_secs_f64();
        seen = usage(&job);
        let after = cpu::time(busy.pid()).as_secs_f64();
        let Some(used) = seen["cpu_seconds"].as_f64() else { return false };
        let age = seen["age"].as_f64().expect("an age");
        assert!(used <= after + 0.05 && used >= before - age - 0.25, "{before} {after} {seen}");
        seen["cpu_rate"].as_f64().is_some_and(|rate| rate > 0.0 && rate < 1.2)
    });
    assert!(usage(&other)["cpu_seconds"].as_f64().is_some_and(|used| used < 0.2), "{}", usage(&other));
    let told = service.control().ask(json!({ "ask": "explain", "pid": busy.pid() }));
    assert!(told["explanation"]["job"]["usage"]["cpu_seconds"].is_f64(), "{told}");
    let scrape = service.scrape();
    let labels = |job: &str| format!("{{job_id=\"{job}\",command=\"measured\"}}");
    let [one, two] =
        [&job, &other].map(|job| scrape.value(&format!("job_cpu_usage_seconds_total{}", labels(job))));
    let all = scrape.value("jobs_cpu_usage_seconds_total");
    // Fractions are rounded where they are added up.
    assert!(all >= one + two - 1e-9 && one > two, "{one} {two} {all}");
    assert_eq!(scrape.value(&format!("job_processes{}", labels(&job))), 1.0);
    // What the kernel does not count here is not told.
    let counted = scrape.get(&format!("job_memory_bytes{}", labels(&job))).is_some();
    assert_eq!((counted, seen["memory"].is_u64()), (has_controllers(), has_controllers()));

    busy.kill();
    service.wait_for(&format!("Job {job} ended"));
    let scrape = service.scrape();
    assert_eq!(scrape.of_job(&job), [""; 0]);
    assert!(!scrape.of_job(&other).is_empty());
    eventually("the sum has what the ended one has used", || {
        service.scrape().value("jobs_cpu_usage_seconds_total") >= all
    });
}

#[test]
fn series_are_bounded_and_sums_are_not() {
    if !need::service("series_are_bounded_and_sums_are_not") {
        return;
    }
    let _turn = turn();
    let (stage, service) = (Stage::new(), service("metrics: { max_jobs: 1 }\n"));
    let target = stage.copy("measured");
    let busy: Vec<Actor> = (0..3).map(|_| Actor::start(&target, "busy")).collect();
    let jobs: Vec<String> = busy.iter().map(|actor| actor.caught_as("measured")).collect();
    eventually("all are counted, and one has a series", || {
        let scrape = service.scrape();
        let one = scrape.of_job(&jobs[0]);
        let first = one.iter().find(|series| series.starts_with("job_cpu_usage")).map(|s| scrape.value(s));
        let all = scrape.get("jobs_cpu_usage_seconds_total");
        assert!(scrape.of_job(&jobs[1]).is_empty() && scrape.of_job(&jobs[2]).is_empty());
        scrape.value("jobs_without_series") == 2.0
            && first.zip(all).is_some_and(|(first, all)| all > first + 0.1)
    });
}

#[test]
fn memory_and_its_want_are_counted() {
    if !need::service("memory_and_its_want_are_counted")
        || !need::have_in_a_world("memory_and_its_want_are_counted", has_controllers())
    {
        return;
    }
    let _turn = turn();
    let (stage, service) = (Stage::new(), service("default_limits: { memory_limit: 64 }\n"));
    let target = stage.copy("measured");
    // What it has before it is governed stays charged elsewhere.
    let go = stage.path().join("go");
    let growing = |mib: u32| Actor::start(&target, &format!("await {} grow {mib} sleep", go.display()));
    let (modest, greedy) = (growing(20), growing(200));
    let (job, killed) = (modest.caught_as("measured"), greedy.caught_as("measured"));
    std::fs::write(&go, "").expect("a word to both");
    let of = |name: &str| format!("{name}{{job_id=\"{job}\",command=\"measured\"}}");
    eventually("its memory is counted", || {
        let scrape = service.scrape();
        scrape.get(&of("job_memory_bytes")).is_some_and(|bytes| bytes >= f64::from(20 << 20))
    });
    service.wait_for(&format!("Job {killed} ended"));
    eventually("the kill is counted, although its job is gone", || {
        service.scrape().get("oom_kills_total").is_some_and(|kills| kills >= 1.0)
    });
    let scrape = service.scrape();
    assert_eq!((scrape.value(&of("job_oom_kills_total")), scrape.of_job(&killed).len()), (0.0, 0));
    assert!(scrape.get(&of("job_cpu_throttled_periods_total")).is_some(), "cpu is counted, too");
}

#[test]
fn lines_that_nobody_takes_are_counted() {
    if !need::service("lines_that_nobody_takes_are_counted") {
        return;
    }
    let _turn = turn();
    // Where it listens cannot be read from a log that is not read.
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let flags = ["--metrics-listen", &free.to_string()];
    let config = "target_commands: [measured]\nscan_interval: 1s\n";
    let service = Setup::new().config(config).flags(&flags).unread().launch();
    eventually("it listens", || TcpStream::connect(free).is_ok());
    let dropped = || Scrape::parse(&get(free, "/metrics", "").body).value("log_lines_dropped_total");
    assert_eq!(dropped(), 0.0);
    let (stage, word) = (Stage::new(), "\u{1}".repeat(4000));
    let target = stage.copy("measured");
    // Escaped, in sentence and field, each is worth some forty kilobytes of log, and two megabytes may wait.
    let start = |_| Actor::of(Command::new(&target).args(["await", &word]));
    let actors: Vec<Actor> = (0..100).map(start).collect();
    eventually("lines are dropped, and it says so here", || dropped() > 0.0);
    drop((actors, service));
}
