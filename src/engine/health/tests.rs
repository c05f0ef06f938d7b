//! Health on a clock that jumps.

use super::*;

fn at(seconds: u64) -> Mono {
    Mono(0) + Duration::from_secs(seconds)
}

fn well() -> Facts {
    Facts {
        scan_failures: 0,
        attach_failures: 0,
        good_scan: at(1000),
        scan_interval: Duration::from_secs(10),
        source: None,
        paused: None,
        governs: true,
    }
}

struct Patient {
    checkup: Checkup,
    policy: HealthPolicy,
    learned: Learned,
}

impl Patient {
    fn new() -> Patient {
        let checkup = Checkup::began(at(1000));
        Patient { checkup, policy: HealthPolicy::default(), learned: Learned::default() }
    }

    fn judge(&mut self, now: Mono, facts: Facts) -> Option<Health> {
        self.checkup.judge(now, &facts, &self.policy, &self.learned).map(|change| change.is)
    }

    fn reasons(&self) -> Vec<&'static str> {
        self.checkup.reasons().map(|reason| reason.name()).collect()
    }
}

#[test]
fn the_thresholds() {
    use Health::{Degraded, Unhealthy};
    let cases: [(Facts, Option<(Health, &str)>); 13] = [
        (well(), None),
        (Facts { scan_failures: 2, ..well() }, None),
        (Facts { scan_failures: 3, ..well() }, Some((Degraded, "scan_failures"))),
        (Facts { scan_failures: 4, ..well() }, Some((Degraded, "scan_failures"))),
        (Facts { scan_failures: 5, ..well() }, Some((Unhealthy, "scan_failures"))),
        (Facts { attach_failures: 9, ..well() }, None),
        (Facts { attach_failures: 10, ..well() }, Some((Degraded, "attach_failures"))),
        (Facts { source: Some(Reason::Resync), ..well() }, Some((Degraded, "resync"))),
        (Facts { source: Some(Reason::EventsLost), ..well() }, Some((Degraded, "events_lost"))),
        (Facts { paused: Some(HostCause::Full), ..well() }, Some((Degraded, "attaching_paused"))),
        (Facts { governs: false, ..well() }, Some((Degraded, "not_governing"))),
        (Facts { good_scan: at(881), ..well() }, None),
        (Facts { good_scan: at(880), ..well() }, Some((Unhealthy, "scan_age"))),
    ];
    for (facts, expected) in cases {
        let mut patient = Patient::new();
        let level = patient.judge(at(1000), facts);
        assert_eq!(level, expected.map(|(level, _)| level), "{facts:?}");
        assert_eq!(patient.reasons(), Vec::from_iter(expected.map(|(_, why)| why)), "{facts:?}");
    }
}

#[test]
fn where_scans_are_seldom_three_may_be_missing() {
    let facts = Facts { scan_interval: Duration::from_secs(300), ..well() };
    let mut patient = Patient::new();
    assert_eq!(patient.judge(at(1899), facts), None);
    assert_eq!(patient.checkup.deadline(), Some(at(1900)));
    assert_eq!(patient.judge(at(1900), facts), Some(Health::Unhealthy));
}

#[test]
fn worse_counts_at_once_and_better_when_it_has_lasted() {
    let mut patient = Patient::new();
    let sick = Facts { scan_failures: 3, ..well() };
    assert_eq!(patient.judge(at(1000), sick), Some(Health::Degraded));
    assert_eq!(patient.judge(at(1001), Facts { scan_failures: 5, ..well() }), Some(Health::Unhealthy));
    assert_eq!(patient.judge(at(1002), well()), None);
    assert_eq!(patient.checkup.deadline(), Some(at(1012)));
    assert_eq!(patient.judge(at(1011), well()), None);
    let change = patient.checkup.judge(at(1012), &well(), &patient.policy, &patient.learned);
    let lasted = Duration::from_secs(11);
    assert_eq!(change, Some(Change { was: Health::Unhealthy, is: Health::Healthy, lasted }));
}

#[test]
fn what_comes_and_goes_is_said_once() {
    let mut patient = Patient::new();
    let sick = Facts { source: Some(Reason::Resync), ..well() };
    let said = (0..50).filter(|n| {
        let facts = if n % 2 == 0 { sick } else { well() };
        patient.judge(at(1000 + n), facts).is_some()
    });
    assert_eq!(said.count(), 1);
    assert_eq!(patient.judge(at(1100), well()), Some(Health::Healthy));
}

#[test]
fn another_reason_is_said_although_the_level_stays() {
    let mut patient = Patient::new();
    let one = Facts { scan_failures: 3, ..well() };
    assert_eq!(patient.judge(at(1000), one), Some(Health::Degraded));
    assert_eq!(patient.judge(at(1001), Facts { governs: false, ..one }), Some(Health::Degraded));
    assert_eq!(patient.judge(at(1002), Facts { governs: false, scan_failures: 4, ..one }), None);
    assert_eq!(patient.reasons(), ["scan_failures", "not_governing"]);
}

/// A host whose scans take 40 ms, with some variation, and whose events come at 300 a second.
fn experienced(policy: HealthPolicy) -> Patient {
    let mut patient = Patient { policy, ..Patient::new() };
    for n in 0..200 {
        patient.learned.scan(false, Duration::from_millis(38 + n % 5));
        patient.learned.events(3000 + n % 100, Duration::from_secs(10));
        patient.learned.attached(false);
    }
    patient
}

fn adaptive() -> HealthPolicy {
    HealthPolicy { adaptive: true, ..HealthPolicy::default() }
}

#[test]
fn a_scan_and_a_rate_far_from_what_is_usual_here_are_told_with_what_is_usual() {
    let mut patient = experienced(adaptive());
    assert_eq!(patient.judge(at(1000), well()), None);
    patient.learned.scan(false, Duration::from_millis(400));
    patient.learned.events(400_000, Duration::from_secs(10));
    assert_eq!(patient.judge(at(1001), well()), Some(Health::Degraded));
    let said: Vec<String> = patient.checkup.reasons().map(|reason| reason.to_string()).collect();
    assert!(said[0].starts_with("a scan took 400ms (usual here 4"), "{said:?}");
    assert!(said[0].ends_with("learned limit 100ms)"), "{said:?}");
    assert!(said[1].starts_with("40000 process events a second (usual here 30"), "{said:?}");
    for _ in 0..2 {
        patient.learned.scan(false, Duration::from_millis(40));
        patient.learned.events(3000, Duration::from_secs(10));
    }
    assert_eq!(patient.judge(at(1002), well()), None);
    assert_eq!(patient.judge(at(1012), well()), Some(Health::Healthy));
}

#[test]
fn a_full_pass_is_compared_with_full_passes() {
    let mut patient = experienced(adaptive());
    patient.learned.scan(true, Duration::from_secs(3));
    assert_eq!(patient.judge(at(1000), well()), None, "nothing is usual yet");
}

#[test]
fn fixed_thresholds_know_no_usual() {
    let mut patient = experienced(HealthPolicy::default());
    patient.learned.scan(false, Duration::from_secs(60));
    patient.learned.events(4_000_000, Duration::from_secs(10));
    assert_eq!(patient.judge(at(1000), well()), None);
}

#[test]
fn what_is_learned_stays_within_bounds() {
    // Hardly ever a failure: two in a row of scans, three of attachments mean something. Every second one: ten and 14.
    let limits = |every: u32| {
        let mut learned = Learned::default();
        for n in 0..1000 {
            match n % every {
                0 => learned.scan_failed(),
                _ => learned.scan(false, Duration::from_millis(1)),
            }
            learned.attached(n % every == 0);
        }
        let limits = learned.limits(&adaptive());
        (limits.scan_failures_degraded, limits.scan_failures_unhealthy, limits.attach_failures_degraded)
    };
    assert_eq!(limits(900), (2, 4, 3));
    let (scans, unhealthy, attachments) = limits(2);
    assert_eq!((scans, unhealthy), (10, 12));
    assert!((10..=20).contains(&attachments), "{attachments}");
    assert_eq!(limits(1).2, 30);
    // A host so slow or so busy that nothing would be unusual is held to the bounds.
    let mut patient = Patient { policy: adaptive(), ..Patient::new() };
    for n in 0..200 {
        patient.learned.scan(false, Duration::from_secs(n % 60));
    }
    patient.learned.scan(false, Duration::from_secs(6));
    assert_eq!(patient.judge(at(1000), well()), Some(Health::Degraded));
}

#[test]
fn before_it_has_seen_enough_the_fixed_thresholds_hold() {
    assert_eq!(Learned::default().limits(&adaptive()), adaptive().thresholds);
}
