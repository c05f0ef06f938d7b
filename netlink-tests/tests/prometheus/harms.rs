//! What is done to services, for real: nothing here pretends.

use super::patient::Patient;
use netlink_tests::bench::actor::program;
use netlink_tests::bench::cgroup::Home;
use netlink_tests::bench::prometheus::Prometheus;
use netlink_tests::bench::scrape::Scrape;
use netlink_tests::bench::{Actor, Service, Setup, Stage, cgroup, eventually};

/// Again and again, and then for good.
pub(crate) fn killed(patient: &mut Patient, prometheus: &Prometheus) {
    for times in 1..=3 {
        patient.restart();
        let seen = format!("changes(ffrtmp_agent_start_time_seconds{{instance=\"killed\"}}[30m]) >= {times}");
        eventually("Prometheus has seen it start again", || prometheus.finds(&seen));
    }
    patient.kill();
}

pub(crate) fn where_cgroups_are_read_only(setup: Setup) -> Service {
    let (actor, mount) = (program(), cgroup::mount());
    let text = |path: &std::path::Path| path.to_str().expect("a path").to_owned();
    let words = [&text(&actor), "unshare", "mnt", "readonly", &text(&mount), "exec"];
    setup.under(&words).start()
}

/// No group can be made any more.
pub(crate) fn full(patient: &mut Patient, _: &Prometheus) {
    let limit = patient.service().root().join("jobs/cgroup.max.descendants");
    std::fs::write(limit, "0").expect("written");
    patient.starts(4, "sleep");
}

/// And each is given up at once. Of a counter that is there from its first count on Prometheus sees the second.
pub(crate) fn hopeless(patient: &mut Patient, prometheus: &Prometheus) {
    full(patient, prometheus);
    let seen = "ffrtmp_retry_dead_letters{instance=\"hopeless\"} == 4";
    eventually("Prometheus has seen that they were given up", || prometheus.finds(seen));
    patient.starts(1, "sleep");
}

/// Frozen, it reads nothing, and events are lost: again and again, until it gets no new socket for them. (A stop signal
/// would do the same, and confuse strace.)
pub(crate) fn deafened(patient: &mut Patient, _: &Prometheus) {
    let (stage, home) = (Stage::new(), Home::new("deaf"));
    let crowd = stage.copy("crowd");
    home.put(patient.service().own_pid());
    let freeze = |word: &str| {
        std::fs::write(home.path().join("cgroup.freeze"), word).expect("written");
        let frozen = format!("frozen {word}");
        eventually(&frozen, || cgroup::read(home.path(), "cgroup.events").ends_with(&frozen));
    };
    for then in ["live", "live", "live", "live", "polling"] {
        if then == "polling" {
            patient.every("bind:error=EADDRINUSE");
        }
        let overruns = |scrape: &Scrape| scrape.value("events_overruns_total");
        let before = overruns(&patient.scrape());
        freeze("1");
        assert!(Actor::start(&crowd, "short 1000").wait().success());
        freeze("0");
        eventually(&format!("events were lost, and its source is {then}"), || {
            let scrape = patient.scrape();
            let is_so = scrape.value(&format!("events_source_state{{state=\"{then}\"}}")) == 1.0;
            overruns(&scrape) > before && is_so
        });
    }
}

pub(crate) fn with_a_folder_for_its_state(setup: Setup) -> Service {
    let file = setup.config_path().with_file_name("kept").join("watch-state.json");
    setup.flags(&["--state-path", file.to_str().expect("a path"), "--state-flush-interval", "100ms"]).start()
}

/// Something else stands in its place.
pub(crate) fn without_that_folder(patient: &mut Patient, _: &Prometheus) {
    let folder = patient.service().folder().join("kept");
    std::fs::remove_dir_all(&folder).expect("removed");
    std::fs::write(&folder, "").expect("written");
    patient.starts(1, "sleep");
}

/// Somebody moves its process out until it gives in.
pub(crate) fn contested(patient: &mut Patient, prometheus: &Prometheus) {
    patient.catches(prometheus);
    let home = Home::new("contested");
    let (service, pid) = (patient.service(), patient.last());
    let mut moves = 0;
    eventually("it gives in", || {
        if service.count("Attached PID") > moves {
            home.put(pid);
            moves += 1;
        }
        service.count("left there: it was moved back again and again") > 0
    });
}

/// Far more than may wait to be read: of words like these each byte takes five in each of two places.
pub(crate) fn unread(patient: &mut Patient, _: &Prometheus) {
    patient.starts(120, &format!("sleep {}", "\u{1}".repeat(4000)));
}
