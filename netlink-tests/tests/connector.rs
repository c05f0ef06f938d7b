//! The connector's socket on the real kernel of this host: what it hears, what the filter keeps out, how it says
//! that events were lost, whom it refuses.

use ffrtmp::model::{Comm, Pid};
use ffrtmp::sys::connector::{Connector, Counts, Drained};
use ffrtmp::wire::event::{Event, What};
use ffrtmp::wire::request::{Operation, encode};
use netlink_sys::{Socket, SocketAddr};
use netlink_tests::listening::{listening, queued, until};
use netlink_tests::{capture, need};
use nix::sys::socket::{NetlinkAddr, getsockname};
use std::os::fd::{AsFd, AsRawFd};
use std::process::{Command, Stdio};

const BUFFER: usize = 4 << 20;

const EMITTER: &str = env!("CARGO_BIN_EXE_emitter");

fn act(arguments: &[&str]) -> Pid {
    Pid(capture::act(EMITTER, arguments))
}

fn is_exit_of(event: &Event, process: Pid) -> bool {
    matches!(event.what, What::Exit { pid, tid, .. } if pid == process && tid == process)
}

/// Everything heard about the emitter, up to its end.
fn heard(connector: &mut Connector, arguments: &[&str]) -> (Pid, Vec<What>) {
    let process = act(arguments);
    let events = until(connector, |e| is_exit_of(e, process));
    let about = |what: &What| match *what {
        What::Fork { child: pid, .. }
        | What::Exec { pid, .. }
        | What::Uid { pid, .. }
        | What::Comm { pid, .. }
        | What::Exit { pid, .. } => pid == process,
        What::Ack { .. } | What::Other { .. } => false,
    };
    (process, events.into_iter().map(|e| e.what).filter(about).collect())
}

#[test]
fn a_listen_is_acknowledged_and_one_process_is_heard_in_full() {
    if !need::events("a_listen_is_acknowledged_and_one_process_is_heard_in_full") {
        return;
    }
    let mut connector = listening(BUFFER, 71);
    connector.narrow().expect("narrow");
    let (pid, all) = heard(&mut connector, &["uid"]);
    let (tid, nobody) = (pid, 65534);
    assert!(matches!(all[0], What::Fork { parent, child_tid, child }
        if parent == Pid(std::process::id()) && child_tid == pid && child == pid));
    let uid = What::Uid { tid, pid, real: nobody, effective: nobody };
    assert_eq!(all[1..], [What::Exec { tid, pid }, uid, What::Exit { tid, pid, code: 0, signal: 17 }]);
}

#[test]
fn the_canary_is_heard() {
    if !need::events("the_canary_is_heard") {
        return;
    }
    let mut connector = listening(BUFFER, 72);
    connector.narrow().expect("narrow");
    let (pid, all) = heard(&mut connector, &["canary"]);
    let canary = What::Comm { tid: pid, pid, comm: Comm::new(b"emitter") };
    assert!(all.contains(&canary), "{all:?}");
}

#[test]
fn the_filter_drops_a_storm_of_threads_and_keeps_the_process() {
    if !need::events("the_filter_drops_a_storm_of_threads_and_keeps_the_process") {
        return;
    }
    let mut wide = listening(BUFFER, 73);
    let mut narrow = listening(BUFFER, 74);
    narrow.narrow().expect("narrow");
    let (pid, few) = heard(&mut narrow, &["threads", "1000"]);
    assert!(matches!(few[..], [What::Fork { .. }, What::Exec { .. }, What::Exit { .. }]), "{few:?}");
    // The storm was real: start, name and end of every thread.
    let all = until(&mut wide, |e| is_exit_of(e, pid));
    let threads = |what: &What| match *what {
        What::Fork { child, child_tid: tid, .. } => child == pid && tid != pid,
        What::Comm { tid, pid: p, .. } | What::Exit { tid, pid: p, .. } => p == pid && tid != pid,
        _ => false,
    };
    assert!(all.iter().filter(|e| threads(&e.what)).count() >= 3000);
}

#[test]
fn an_overrun_is_told_and_a_new_socket_works() {
    if !need::events("an_overrun_is_told_and_a_new_socket_works") {
        return;
    }
    let (mut small, reached) = Connector::open(1).expect("open");
    assert!((1..BUFFER).contains(&reached), "the kernel's least: {reached}");
    small.listen(75).expect("listen");
    act(&["children", "20"]);
    // What was lost is told once, first; what had fitted is still there.
    assert_eq!(small.receive(64, |_| ()), Drained::Overrun);
    assert!(!queued(&mut small).is_empty());
    drop(small);
    let mut connector = listening(BUFFER, 76);
    let (_, all) = heard(&mut connector, &["canary"]);
    assert!(all.len() >= 3, "{all:?}");
}

#[test]
fn the_buffer_reached_is_the_one_asked_for() {
    if !need::events("the_buffer_reached_is_the_one_asked_for") {
        return;
    }
    // More than any usual net.core.rmem_max: only SO_RCVBUFFORCE gets there.
    let (_, reached) = Connector::open(64 << 20).expect("open");
    assert_eq!(reached, 64 << 20);
}

#[test]
fn a_budget_is_kept() {
    if !need::events("a_budget_is_kept") {
        return;
    }
    let mut connector = listening(BUFFER, 77);
    act(&["children", "5"]);
    let mut received = 0;
    assert_eq!(connector.receive(10, |_| received += 1), Drained::More);
    assert_eq!(received, 10);
}

#[test]
fn what_another_program_sends_is_refused() {
    if !need::events("what_another_program_sends_is_refused") {
        return;
    }
    let mut connector = listening(BUFFER, 78);
    let ours: NetlinkAddr = getsockname(connector.as_fd().as_raw_fd()).expect("getsockname");
    let mut stranger = Socket::new(11).expect("socket");
    stranger.bind_auto().expect("bind");
    // A forged ack would do, were it believed.
    let mut forged = encode(Operation::Listen, 4711);
    forged[36..].copy_from_slice(&0_u32.to_ne_bytes());
    stranger.send_to(&forged, &SocketAddr::new(ours.pid(), 0), 0).expect("send");
    let all = queued(&mut connector);
    assert_eq!(connector.counts(), Counts { foreign: 1, malformed: 0 });
    assert!(!all.iter().any(|e| matches!(e.what, What::Ack { to: 4711, .. })), "{all:?}");
}

#[test]
fn outside_of_the_initial_network_namespace_it_is_refused_with_cause_and_remedy() {
    if !need::events("outside_of_the_initial_network_namespace_it_is_refused_with_cause_and_remedy") {
        return;
    }
    let mut emitter = Command::new(EMITTER);
    let output = emitter.arg("other-network").stderr(Stdio::inherit()).output().expect("emitter");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(
        said.starts_with(&format!("errno {} heals false: asking for process events", libc::ECONNREFUSED)),
        "{said}"
    );
    assert!(said.contains("not the initial network namespace") && said.contains("hostNetwork"), "{said}");
}
