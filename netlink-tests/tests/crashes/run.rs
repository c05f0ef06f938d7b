//! One run of the service, which dies at a chosen system call, and the run after it.

use super::aftermath;
use netlink_tests::bench::cgroup::Home;
use netlink_tests::bench::{Actor, Service, Setup, patience};
use nix::sys::signal::{Signal, kill};
use std::path::Path;
use std::time::{Duration, Instant};

/// A system call, and whether any of it counts or only those to the files of groups.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Call(pub(super) &'static str, pub(super) At);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum At {
    Anything,
    Groups,
}

/// How far it had come.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Phase {
    /// Looking for the hierarchy, the first scan, and what it attaches.
    Start,
    /// Attaching one that events told of.
    Attach,
    /// Its state with that one in it.
    Save,
    /// After SIGTERM.
    Release,
}

const CONFIG: &str = "target_commands: [crashee]\ncgroup: {on_stop: release}\nstate: {flush_interval: 100ms}\n\
                      default_limits: {cpu_quota: 20}\n";

/// Those that live through it.
pub(super) struct Cast {
    pub(super) family: Actor,
    pub(super) newcomer: Actor,
}

/// Kills the service when one of its threads makes a call for the `nth` time, and looks what becomes of it. `None`: it
/// came to its end before.
pub(super) fn kill_at(call: &Call, nth: usize, target: &Path, home: &Home) -> Option<Phase> {
    let start = |words: &str| Actor::start(target, words);
    let (family, mut ending) = (start("children 1 sleep"), start("sleep"));
    let setup = Setup::new().config(CONFIG);
    let group = setup.root().join(format!("jobs/auto-crashee-{}", family.pid()));
    let (trace, inject) = (format!("trace={}", call.0), format!("inject={}:signal=KILL:when={nth}", call.0));
    // Not with --seccomp-bpf, under which strace 6.1 counts wrongly.
    let mut strace =
        ["strace", "-D", "-f", "-o", "/dev/null", "-e", &trace, "-e", &inject].map(String::from).to_vec();
    if call.1 == At::Groups {
        let files = ["", "cgroup.procs", "cpu.max", "cgroup.events"].map(|file| group.join(file));
        let files = files.into_iter().chain([group.clone(), home.path().join("cgroup.procs")]);
        strace.extend(files.flat_map(|file| ["-P".to_owned(), file.display().to_string()]));
    }
    let strace: Vec<&str> = strace.iter().map(String::as_str).collect();
    let mut service = setup.under(&strace).launch();
    let mut newcomer = None;
    let died = live_and_die(&mut service, || newcomer.insert(start("sleep")).pid());
    if died.is_some() {
        let newcomer = newcomer.unwrap_or_else(|| start("sleep"));
        aftermath::state_is_whole(&service);
        ending.kill();
        aftermath::is_as_if_nothing_had_happened(service.without_wrapper(), &Cast { family, newcomer }, home);
    }
    died
}

fn live_and_die(service: &mut Service, newcomer: impl FnOnce() -> u32) -> Option<Phase> {
    let said = |part: &'static str, nth: usize| move |service: &Service| service.count(part) >= nth;
    if !lives_until(service, said("Auto-attach service started", 1)) {
        return Some(Phase::Start);
    }
    let attached = format!("Attached PID {} ", newcomer());
    if !lives_until(service, |service| service.count(&attached) > 0) {
        return Some(Phase::Attach);
    }
    let saves = service.count("State saved");
    if !lives_until(service, said("State saved", saves + 1)) {
        return Some(Phase::Save);
    }
    let pid = nix::unistd::Pid::from_raw(service.pid().cast_signed());
    kill(pid, Signal::SIGTERM).expect("a signal to the service");
    (!service.ended().success()).then_some(Phase::Release)
}

/// `false`: it has died before.
fn lives_until(service: &mut Service, holds: impl Fn(&Service) -> bool) -> bool {
    let began = Instant::now();
    while !holds(service) {
        if !service.is_running() {
            service.ended();
            return false;
        }
        assert!(began.elapsed() < patience(), "it neither died nor went on: {:?}", service.said());
        std::thread::sleep(Duration::from_millis(2));
    }
    true
}
