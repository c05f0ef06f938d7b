//! Everything at once, because it takes time until something is wrong for long enough: services that are harmed side by
//! side, one Prometheus that scrapes them all, and when all alerts fire there is data for every query.

use super::cases::{CASES, Case};
use super::patient::Patient;
use super::queries;
use netlink_tests::bench::prometheus::{LOWERED, Prometheus, shipped, tools};
use netlink_tests::bench::{eventually, has_controllers, turn};
use netlink_tests::need;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

/// What needs a limit that holds: `alerts_of_limits` makes these fire, in a virtual machine.
const WITHOUT_CONTROLLERS: &[&str] = &["FfrtmpOomKill", "FfrtmpForksRefused", "FfrtmpThrottled"];
/// The same, and what needs one that does not: `promtool test rules` has to do for that.
const WHERE_LIMITS_HOLD: &[&str] =
    &["FfrtmpLimitsNotHolding", "FfrtmpOomKill", "FfrtmpForksRefused", "FfrtmpThrottled"];

#[test]
fn each_alert_fires_when_its_thing_breaks_and_each_query_finds_data() {
    let test = "each_alert_fires_when_its_thing_breaks_and_each_query_finds_data";
    if !need::service(test) || !need::have(test, "strace", Path::new("/usr/bin/strace").exists()) {
        return;
    }
    let Some(tools) = tools(test) else { return };
    let _turn = turn();
    let mut ward: Vec<Patient> = CASES.iter().map(Patient::admit).collect();
    let services: Vec<_> = ward.iter().map(|patient| (patient.case.name, patient.address)).collect();
    let prometheus = Prometheus::start(&tools, &services);
    eventually("all are scraped", || prometheus.query("up == 1").len() == ward.len());
    promtool_accepts(&tools, &ward[0].metrics());

    for patient in &mut ward {
        (patient.case.harm)(patient, &prometheus);
    }
    every_alert_fires(&prometheus);
    queries::find_data(&prometheus, &ward);
}

/// The text form, as its own lint wants it.
fn promtool_accepts(tools: &Path, metrics: &str) {
    let mut file = tempfile::tempfile().expect("a file");
    std::io::Write::write_all(&mut file, metrics.as_bytes()).expect("written");
    std::io::Seek::rewind(&mut file).expect("rewound");
    let mut promtool = Command::new(tools.join("promtool"));
    let done = promtool.args(["check", "metrics"]).stdin(Stdio::from(file)).output().expect("promtool");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn every_alert_fires(prometheus: &Prometheus) {
    let expected = expected();
    let met: BTreeSet<&str> = expected.iter().map(|(alert, _)| alert.as_str()).collect();
    let all = shipped::alerts();
    let unmet: Vec<&str> = all.iter().map(String::as_str).filter(|alert| !met.contains(alert)).collect();
    assert_eq!(unmet, not_here());
    for one in &expected {
        eventually(&format!("{one:?} fires"), || prometheus.firing().contains(one));
        println!("{} fires for the service that is {}", one.0, one.1);
    }
    let lowered = |alert: &str| LOWERED.iter().any(|(name, ..)| *name == alert);
    // What passes by is no lie: each fires here without delay, and two processors serve fourteen services.
    eventually("nothing fires for the one that is well", || {
        let firing = prometheus.firing();
        let wrong = firing.iter().find(|(alert, at)| at == "well" && !lowered(alert));
        if let Some((alert, _)) = wrong {
            println!("{alert} fires for the one that is well");
            std::thread::sleep(std::time::Duration::from_secs(1));
        }
        wrong.is_none()
    });
}

/// The alerts, each with the service that it must fire for.
fn expected() -> Vec<(String, String)> {
    let of_case =
        |case: &'static Case| case.alerts.iter().map(|alert| (alert.to_string(), case.name.to_owned()));
    CASES.iter().flat_map(of_case).filter(|(alert, _)| !not_here().contains(&alert.as_str())).collect()
}

/// Those that no case brings about on this host.
fn not_here() -> &'static [&'static str] {
    if has_controllers() { WHERE_LIMITS_HOLD } else { WITHOUT_CONTROLLERS }
}
