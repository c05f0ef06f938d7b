//! Samples: whose they are, what they say a process has used lately, and over what time.

mod awry;
mod children;
mod conserved;
mod many;
mod passing;

use super::host::SHELL;
use super::pid;
use super::policies::{SCAN_INTERVAL, sampling};
use super::sim::Sim;
use crate::model::sample::{Io, Recent, Round, Sample};
use std::sync::Arc;
use std::time::Duration;

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn last(sim: &Sim) -> &Arc<Round> {
    sim.rounds.last().expect("a round")
}

#[track_caller]
fn sample(sim: &Sim, of: u32) -> &Sample {
    last(sim).of(pid(of)).unwrap_or_else(|| panic!("no sample of {of}"))
}

fn recent(sim: &Sim, of: u32) -> Option<Recent> {
    last(sim).of(pid(of)).and_then(|sample| sample.recent)
}

/// Seconds of processor time that the last round tells of it, and of its children.
#[track_caller]
fn told(sim: &Sim, of: u32) -> (f64, f64) {
    let recent = recent(sim, of).unwrap_or_else(|| panic!("nothing is told of {of}"));
    let over = last(sim).over.expect("a round before").as_secs_f64();
    (f64::from(recent.cores) * over, f64::from(recent.children) * over)
}

/// Within a thousandth of a second, which is more than the simulated clock's own ticking.
#[track_caller]
fn assert_told(sim: &Sim, of: u32, own: f64, children: f64) {
    let told = told(sim, of);
    let near = |a: f64, b: f64| (a - b).abs() < 0.001 + b / 1000.0;
    assert!(near(told.0, own) && near(told.1, children), "{told:?} is not {own} and {children}");
}

#[test]
fn a_rate_is_in_cores_and_the_first_round_has_none() {
    let mut sim = Sim::running(sampling());
    let pid = sim.spawn(SHELL, "bash");
    sim.run(SCAN_INTERVAL);
    sim.host.run(pid, seconds(25.0));
    sim.host.run(SHELL, seconds(5.0));
    sim.run(SCAN_INTERVAL);
    let [first, _, third] = &sim.rounds[..] else { panic!("three rounds: {:?}", sim.rounds.len()) };
    assert!(first.samples.iter().all(|sample| sample.recent.is_none()) && first.busy.is_none());
    assert!((third.busy.unwrap() - 3.0).abs() < 0.001, "{:?}", third.busy);
    assert_told(&sim, pid, 25.0, 0.0);
    assert_told(&sim, SHELL, 5.0, 0.0);
}

#[test]
fn a_sample_says_what_it_is_and_whose() {
    let mut sim = Sim::running(sampling());
    let job = sim.spawn(SHELL, "ffmpeg");
    let (user, zombie) = (sim.spawn(SHELL, "bash"), sim.spawn(SHELL, "ls"));
    sim.host.set_user(user, 33);
    let used = &mut sim.host.proc(user).used;
    (used.threads, used.state, used.resident) = (7, b'D', 1 << 20);
    sim.host.die(zombie);
    sim.host.proc(zombie).used.state = b'Z';
    sim.run(SCAN_INTERVAL);
    assert!(last(&sim).samples.is_sorted_by_key(|sample| sample.identity.pid));
    let said = sample(&sim, user);
    assert_eq!((said.uid, said.used.threads, said.used.state, said.used.resident), (33, 7, b'D', 1 << 20));
    assert_eq!((said.ppid, said.comm.as_bytes()), (pid(SHELL), &b"bash"[..]));
    assert!(sample(&sim, job).governed && !said.governed);
    assert!(sample(&sim, 3).kernel_thread && !said.kernel_thread);
    assert_eq!(sample(&sim, zombie).used.state, b'Z');
}

#[test]
fn a_process_born_since_is_told_over_all_the_time_since_the_round_before() {
    let mut sim = Sim::running(sampling());
    sim.run(seconds(9.0));
    let pid = sim.spawn(SHELL, "bash");
    sim.host.run(pid, seconds(1.0));
    sim.run(seconds(1.0));
    assert_told(&sim, pid, 1.0, 0.0);
}

#[test]
fn the_next_owner_of_a_pid_has_a_rate_of_its_own() {
    let mut sim = Sim::running(sampling());
    let pid = sim.spawn(SHELL, "bash");
    sim.host.run(pid, seconds(3.0));
    sim.run(SCAN_INTERVAL);
    sim.host.exit(pid);
    sim.host.next_fork_gets(pid);
    assert_eq!(sim.spawn(SHELL, "bash"), pid);
    sim.host.run(pid, seconds(4.0));
    sim.run(SCAN_INTERVAL);
    assert_told(&sim, pid, 4.0, 0.0);
}

#[test]
fn what_was_read_and_written_is_asked_of_those_alone_that_have_run() {
    let mut sim = Sim::running(sampling());
    let [idle, busy] = [(); 2].map(|()| sim.spawn(SHELL, "bash"));
    for pid in [idle, busy] {
        sim.host.proc(pid).used.io = Some(Io { read: 1, written: 2 });
    }
    sim.host.run(busy, seconds(0.01));
    sim.io_read.clear();
    sim.run(SCAN_INTERVAL * 3);
    assert_eq!(sim.io_read, [busy], "once, since it has run once");
    assert_eq!(sample(&sim, idle).used.io, None);
    assert_eq!(sample(&sim, busy).used.io, Some(Io { read: 1, written: 2 }), "as true as it was");
    sim.io_read.clear();
    sim.sighted.clear();
    sim.reload(super::policies::usual());
    sim.host.run(busy, seconds(1.0));
    sim.run(SCAN_INTERVAL);
    assert_eq!((sim.io_read.len(), sim.sighted.len()), (0, 0), "nobody wants to know");
}

#[test]
fn a_sampling_pass_notices_what_a_full_one_does() {
    let mut sim = Sim::running(sampling());
    let pid = sim.spawn(SHELL, "bash");
    sim.settle();
    (sim.host.queue.losing, sim.host.queue.secretive) = (true, true);
    sim.host.exec(pid, "ffmpeg"); // nobody hears of it
    sim.assert_free(pid);
    (sim.host.queue.losing, sim.host.queue.dropped) = (false, 0);
    sim.run(SCAN_INTERVAL);
    sim.assert_own_job(pid, "ffmpeg");
    sim.assert_consistent();
}
