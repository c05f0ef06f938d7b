//! What must hold after a crash, and after the next stop.

use super::run::Cast;
use netlink_tests::bench::actor::children_of;
use netlink_tests::bench::cgroup::Home;
use netlink_tests::bench::{Service, cgroup, eventually, has_controllers};
use serde_json::Value;

/// Wherever it was killed: there is no file yet, or one that tells all of a moment.
pub(super) fn state_is_whole(service: &Service) {
    let Ok(text) = std::fs::read_to_string(service.folder().join("watch-state.json")) else { return };
    let state: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    assert_eq!(state["version"], "1.1");
    assert!(state["statistics"]["total_attachments"].is_u64(), "{text}");
    for (pid, process) in state["processes"].as_object().expect("processes") {
        assert_eq!(process["job_id"], format!("auto-crashee-{pid}"));
        assert!(process["start_time"].is_u64() && process["cgroup"].is_string(), "{text}");
    }
}

pub(super) fn is_as_if_nothing_had_happened(service: Service, cast: &Cast, home: &Home) {
    let mut service = service.start_again();
    is_governed(&service, cast, home);
    state_is_whole(&service);
    // A save may be under way, what a killed one left would stay; so does the lock's file, the kernel keeps the lock itself.
    eventually("nothing is left beside the state file", || {
        let names = std::fs::read_dir(service.folder()).expect("its folder").flatten();
        let mut names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
        !names.any(|name| {
            name.starts_with("watch-state.json.")
                || name.starts_with(".watch-state.json") && name != ".watch-state.json.lock"
        })
    });

    assert!(service.stop().success());
    assert_eq!(service.jobs(), [""; 0]);
    for pid in everybody(cast) {
        assert_eq!(cgroup::of(pid), Some(home.shown()), "{pid} is not where it came from");
    }
    state_is_whole(&service);
}

fn everybody(cast: &Cast) -> Vec<u32> {
    let mut everybody = children_of(cast.family.pid());
    everybody.extend([cast.family.pid(), cast.newcomer.pid()]);
    everybody
}

fn is_governed(service: &Service, cast: &Cast, home: &Home) {
    let mains = [cast.family.pid(), cast.newcomer.pid()];
    let mut jobs = mains.map(|pid| format!("auto-crashee-{pid}"));
    // What is taken along is on its way when the scan is complete; who was put back already has been looked for.
    eventually(&format!("all of {mains:?} are inside"), || {
        everybody(cast)
            .into_iter()
            .all(|pid| cgroup::job_of(pid).as_ref() == Some(&jobs[usize::from(pid == mains[1])]))
    });
    for (pid, job) in mains.iter().zip(&jobs) {
        // Its command line may be read, and all of it told, a moment after it is governed.
        let taken = ["Attached", "Adopted"].map(|how| format!("{how} PID {pid} "));
        eventually(&format!("{pid} is said to be governed"), || {
            taken.iter().any(|said| service.count(said) > 0)
        });
        let said = |what: &str| service.count(&format!("{what} PID {pid} "));
        let taken = (said("Adopted"), said("Attached"), said("Drift: somebody else moved"));
        assert!(
            matches!(taken, (1, 0, 0 | 1) | (0, 1, 0) | (1, 1, 1)),
            "{pid} is taken once: {taken:?} {:?}",
            service.said()
        );
        let group = service.group(job);
        let note = note(&group);
        assert!(note.starts_with(&format!("1 pid={pid} ")) && note.contains(&home.shown()), "{note}");
        assert!(note.contains(" cpu_quota=20 "), "{note}");
        if has_controllers() {
            assert_eq!(cgroup::read(&group, "cpu.max"), "20000 100000");
        }
    }
    let mut standing = service.jobs();
    standing.sort();
    jobs.sort();
    assert_eq!(standing, jobs);
}

fn note(group: &std::path::Path) -> String {
    let mut note = [0; 4096];
    let length = rustix::fs::getxattr(group, "user.ffrtmp.job", &mut note[..]);
    let length = length.unwrap_or_else(|e| panic!("the note of {}: {e}", group.display()));
    String::from_utf8_lossy(&note[..length]).into_owned()
}
