//! Sampling keeps within its means on a real host, and whatever becomes of it, targets are found as ever.

use netlink_tests::bench::actor::beside_tests;
use netlink_tests::bench::scrape::Scrape;
use netlink_tests::bench::{Actor, Service, Setup, Stage, eventually, turn};
use netlink_tests::need;
use serde_json::{Value, json};

const LISTEN: [&str; 2] = ["--metrics-listen", "127.0.0.1:0"];

fn service(yaml: &str) -> Service {
    Setup::new().config(yaml).flags(&LISTEN).start()
}

fn scanner(service: &Service) -> Value {
    service.control().ask(json!({ "ask": "status" }))["status"]["scanner"].clone()
}

/// Counters and the log tell the same.
fn agree(service: &Service) -> Scrape {
    let mut scrape = service.scrape();
    eventually("metrics agree with what was said", || {
        let said = |part: &str| service.count(part) as f64;
        let before = (said("Sampling every"), said("Sampling is given up"));
        scrape = service.scrape();
        let sheds = ["budget", "overload", "events_lost"]
            .map(|cause| scrape.value(&format!("scanner_sheds_total{{cause=\"{cause}\"}}")));
        before == (scrape.value("scanner_interval_changes_total"), sheds.iter().sum())
    });
    scrape
}

#[test]
fn a_tiny_budget_stretches_the_interval_and_a_larger_one_shrinks_it_again() {
    if !need::service("a_tiny_budget_stretches_the_interval_and_a_larger_one_shrinks_it_again") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let crowd = stage.copy("crowded");
    let _crowd: Vec<Actor> = (0..300).map(|_| Actor::start(&crowd, "sleep")).collect();
    let tiny = "scanner: { interval: 200ms, max_interval: 10h, cpu_budget: 0.02, overload: 1000 }";
    let service = service(tiny);
    service.wait_for("Sampling every");
    let scrape = agree(&service);
    let (interval, spent) =
        (scrape.value("scanner_interval_seconds"), scrape.value("scanner_pass_cpu_seconds_total"));
    println!("a pass of {spent} s: every {interval} s");
    assert_eq!(
        (scrape.value("scanner_rounds_total"), scrape.value("scanner_shed{cause=\"budget\"}")),
        (1.0, 0.0)
    );
    assert!(interval * 0.0002 >= spent && spent > 0.0, "{interval} {spent}");
    assert!(scrape.value("scanner_processes") >= 300.0);
    assert_eq!(scanner(&service)["interval"].as_f64(), Some(interval));

    let target = Actor::start(&stage.copy("ffmpeg"), "sleep");
    target.caught_as("ffmpeg");
    eventually("it was found by its event, and that is told", || {
        service.scrape().value("discovery_detection_latency_seconds_count") == 1.0
    });

    service.reload("scanner: { interval: 200ms, max_interval: 10h, cpu_budget: 1000, overload: 1000 }");
    service.wait_for("Sampling every 200ms instead of");
    let rounds = || service.scrape().value("scanner_rounds_total");
    eventually("samples come again, often", || rounds() >= 4.0);
    assert_eq!(agree(&service).value("scanner_interval_seconds"), 0.2);
    assert_eq!(service.count("Sampling is given up"), 0);
}

/// Without asking meanwhile: whoever asks again and again is a load.
fn load_after_scans(service: &Service, scans: usize) -> f64 {
    service.wait_for_nth("Scan complete", service.count("Scan complete") + scans);
    scanner(service)["own_cores"].as_f64().expect("it has been measured by now")
}

#[test]
fn an_overloaded_service_samples_nothing_finds_everything_and_recovers() {
    if !need::service("an_overloaded_service_samples_nothing_finds_everything_and_recovers") {
        return;
    }
    let _turn = turn();
    let stage = Stage::new();
    let yaml = |overload: f64| {
        let sampled = format!("scanner: {{ interval: 1s, cpu_budget: 1000, overload: {overload} }}");
        format!("scan_interval: 1s\nevents: {{ buffer: 16MiB }}\n{sampled}\n")
    };
    let service = service(&yaml(1000.0));
    let usual = load_after_scans(&service, 4);
    // Twice what it needs in peace, however slow this machine is.
    let overload = (usual * 200.0).max(3.0);
    service.reload(&yaml(overload));
    service.wait_for("Configuration reloaded");
    let mut storm = Actor::start(&beside_tests("crowd"), "5000");
    // On a machine that has little time left for a storm the questions make up for it.
    let mut load = 0.0;
    eventually("its load is too much", || {
        load = scanner(&service)["own_cores"].as_f64().unwrap_or_default();
        service.count("Sampling is given up") > 0
    });
    println!("{usual} cores in peace, {load} in the storm");
    service.wait_for("the service uses more than scanner.overload; processes are found and governed as ever");
    let target = stage.copy("ffmpeg");
    let targets: Vec<Actor> = (0..20).map(|_| Actor::start(&target, "sleep")).collect();
    targets.iter().for_each(|target| drop(target.caught_as("ffmpeg")));
    let before = service.scrape();
    service.wait_for_nth("Scan complete", service.count("Scan complete") + 4);
    let after = agree(&service);
    let rounds = |scrape: &Scrape| scrape.value("scanner_rounds_total");
    // One is tried when the pause is over, which may be just now.
    assert!(rounds(&after) <= rounds(&before) + 1.0, "scans go on and sample nothing");
    storm.kill();
    eventually("its load is what it was", || load_after_scans(&service, 3) * 100.0 < overload);
    // Tried again at once, so that nobody has to wait for the end of the pause; a neighbour may be loud, too.
    service.reload(&yaml(overload * 3.0));
    service.wait_for("Sampling goes on, after");
    eventually("there are samples again", || rounds(&service.scrape()) > rounds(&after));
    assert_eq!(service.count("Attached PID"), 20);
}
