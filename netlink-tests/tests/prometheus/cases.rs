//! Services, each with the harm that is done to it and the alerts that must tell of it. They run side by side, so each has
//! targets of its own, named like itself.

use super::harms::*;
use super::patient::Patient;
use netlink_tests::bench::prometheus::Prometheus;
use netlink_tests::bench::{Service, Setup};

pub(crate) struct Case {
    pub name: &'static str,
    pub config: &'static str,
    pub start: fn(Setup) -> Service,
    pub harm: fn(&mut Patient, &Prometheus),
    pub alerts: &'static [&'static str],
}

const PLAIN: Case = Case { name: "", config: "", start: Setup::start, harm: Patient::catches, alerts: &[] };

pub(crate) const CASES: [Case; 14] = [
    Case { name: "well", ..PLAIN },
    Case { name: "killed", harm: killed, alerts: &["FfrtmpRestarting", "FfrtmpDown"], ..PLAIN },
    Case {
        name: "observing",
        start: where_cgroups_are_read_only,
        harm: |patient, _| patient.starts(1, "sleep"),
        alerts: &["FfrtmpNotGoverning", "FfrtmpDegraded"],
        ..PLAIN
    },
    Case {
        name: "poor",
        config: "scanner: { interval: 1s, max_interval: 1s, cpu_budget: 0.01 }",
        alerts: &["FfrtmpSamplingShed"],
        ..PLAIN
    },
    Case { name: "full", harm: full, alerts: &["FfrtmpAttachingPaused", "FfrtmpTargetsUngoverned"], ..PLAIN },
    Case {
        name: "hopeless",
        config: "{ retry: { max_attempts: 0 }, breaker: { failures: 1000 } }",
        harm: hopeless,
        alerts: &["FfrtmpDeadLetters"],
        ..PLAIN
    },
    Case {
        name: "limited",
        config: "default_limits: { cpu_quota: 50, memory_limit: 300 }",
        alerts: &["FfrtmpLimitsNotHolding"],
        ..PLAIN
    },
    Case {
        name: "blind",
        config: "scan_interval: 200ms",
        harm: |patient, _| patient.every("getdents64:error=EIO"),
        alerts: &["FfrtmpScansFailing", "FfrtmpScansLate", "FfrtmpUnhealthy"],
        ..PLAIN
    },
    Case {
        name: "slow",
        config: "scan_interval: 2s",
        harm: |patient, _| patient.every("getdents64:delay_enter=400000"),
        alerts: &["FfrtmpScansSlow"],
        ..PLAIN
    },
    Case {
        name: "deaf",
        config: "{ scan_interval: 1h, events: { buffer: 64KiB } }",
        harm: deafened,
        alerts: &["FfrtmpEventOverruns", "FfrtmpSourceLost"],
        ..PLAIN
    },
    Case {
        name: "forgetful",
        start: with_a_folder_for_its_state,
        harm: without_that_folder,
        alerts: &["FfrtmpStateNotSaved"],
        ..PLAIN
    },
    Case {
        name: "misled",
        config: "scan_interval: 1s",
        harm: |patient, _| patient.service().reload("scan_interval: ["),
        alerts: &["FfrtmpReloadFailed"],
        ..PLAIN
    },
    Case {
        name: "contested",
        config: "scan_interval: 200ms",
        harm: contested,
        alerts: &["FfrtmpDriftFight"],
        ..PLAIN
    },
    Case {
        name: "unread",
        config: "{ scan_interval: 10ms, events: { source: poll } }",
        start: |setup| setup.unread().launch(),
        harm: unread,
        alerts: &["FfrtmpLogLinesDropped", "FfrtmpCpuHigh", "FfrtmpMemoryHigh"],
    },
];
