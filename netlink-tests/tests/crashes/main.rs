//! The crash matrix: the service is killed at each of its system calls, one run after the other, while it starts, attaches,
//! saves its state and releases. "As if it had not happened" means, within one scan interval of the next start:
//!
//! - every target that lives is in the one group of its own, with its family, its note and its limits; there is no other
//!   group, also not of a target that ended while nobody looked;
//! - the state file is the one before or the one after, whole, and nothing lies beside it;
//! - a stop that was cut short has not taken place: with `on_stop: release` the next start governs again what had been
//!   released already, and the next stop puts everybody back to where they were before the first start.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

mod aftermath;
mod run;

use netlink_tests::bench::{Stage, cgroup, turn, world};
use netlink_tests::need;
use run::{At, Call, Phase};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// Those that change something for others first, then those that only look. A call is counted for each thread, and whichever
/// thread comes to the number first dies of it: where others than the governor make many of the same call, those to the files
/// of groups are a row of their own.
const CALLS: [Call; 26] = [
    Call("mkdirat", At::Anything),
    Call("fsetxattr", At::Anything),
    Call("write", At::Groups),
    Call("openat", At::Groups),
    Call("read", At::Groups),
    Call("renameat", At::Anything),
    Call("unlinkat", At::Anything),
    Call("fsync", At::Anything),
    Call("bind", At::Anything),
    Call("sendto", At::Anything),
    Call("setsockopt", At::Anything),
    Call("pidfd_open", At::Anything),
    Call("inotify_add_watch", At::Anything),
    Call("epoll_ctl", At::Anything),
    Call("write", At::Anything),
    Call("openat", At::Anything),
    Call("fchmod", At::Anything),
    Call("socket", At::Anything),
    Call("signalfd4", At::Anything),
    Call("clone3", At::Anything),
    Call("open", At::Anything),
    Call("fstatfs", At::Anything),
    Call("readlinkat", At::Anything),
    Call("getdents64", At::Anything),
    Call("recvfrom", At::Anything),
    Call("read", At::Anything),
];

/// What is not reached by then is said. An emulated machine does not come to the end of the list.
const SPAN: Duration = Duration::from_secs(120);
const SPAN_IN_A_GUEST: Duration = Duration::from_secs(60);

#[test]
fn killed_at_any_call_it_goes_on_as_if_nothing_had_happened() {
    let test = "killed_at_any_call_it_goes_on_as_if_nothing_had_happened";
    if !need::service(test) || !need::have(test, "strace", Path::new("/usr/bin/strace").exists()) {
        return;
    }
    let _turn = turn();
    let (stage, home) = (Stage::new(), cgroup::Home::new("crashes"));
    // Whatever is started from here begins there.
    home.put(std::process::id());
    let target = stage.copy("crashee");
    let span = if world().is_some() { SPAN_IN_A_GUEST } else { SPAN };
    let (began, mut kills) = (Instant::now(), BTreeMap::new());
    let mut out_of_time = Vec::new();
    for call in CALLS {
        let mut nth = 1;
        while began.elapsed() < span {
            let Some(phase) = run::kill_at(&call, nth, &target, &home) else { break };
            kills.entry((call, phase)).or_insert_with(Vec::new).push(nth);
            // Each of the first twenty, then fewer and fewer: most of the many read one process after the other.
            nth += 1 + nth / 20 * 5;
        }
        if began.elapsed() >= span {
            out_of_time.push(call);
        }
    }
    show(&kills, &out_of_time);
    if !out_of_time.is_empty() {
        return;
    }
    for phase in [Phase::Start, Phase::Attach, Phase::Save, Phase::Release] {
        assert!(kills.keys().any(|(_, killed)| *killed == phase), "never killed in phase {phase:?}");
    }
}

fn show(kills: &BTreeMap<(Call, Phase), Vec<usize>>, out_of_time: &[Call]) {
    for ((call, phase), counts) in kills {
        let Call(name, at) = call;
        println!("{name:18} {at:8?} {phase:7?} {:3} kills, all recovered from", counts.len());
    }
    let total: usize = kills.values().map(Vec::len).sum();
    let names: Vec<&str> = out_of_time.iter().map(|call| call.0).collect();
    println!("{total} kills in all; out of time: {names:?}");
}
