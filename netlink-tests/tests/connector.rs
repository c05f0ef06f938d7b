//! The connector's socket on the real kernel of this host: what it hears, what the filter keeps out, how it says
//! that events were lost, whom it refuses.
#![expect(clippy::disallowed_methods, reason = "the kernel's own table is a file")]

use ffrtmp::model::{Comm, Pid};
use ffrtmp::sys::connector::{Connector, Counts, Drained};
use ffrtmp::wire::event::{Event, What};
use ffrtmp::wire::request::{Operation, encode};
use netlink_sys::{Socket, SocketAddr};
use netlink_tests::listening::{listening, queued, until, wait};
use netlink_tests::{capture, need};
use nix::sys::socket::{NetlinkAddr, getsockname, getsockopt, sockopt};
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

/// What one of them starts, names and ends would overflow a buffer like the narrow one's many times.
#[test]
fn the_filter_drops_a_storm_of_threads_and_keeps_the_process() {
    if !need::events("the_filter_drops_a_storm_of_threads_and_keeps_the_process") {
        return;
    }
    let mut wide = listening(32 << 20, 73);
    let mut narrow = listening(1 << 20, 74);
    narrow.narrow().expect("narrow");
    let (pid, few) = heard(&mut narrow, &["threads", "10000"]);
    assert!(matches!(few[..], [What::Fork { .. }, What::Exec { .. }, What::Exit { .. }]), "{few:?}");
    assert_eq!(narrow.drops().expect("drops"), 0);
    // The storm was real: start, name and end of every thread.
    let all = until(&mut wide, |e| is_exit_of(e, pid));
    let threads = |what: &What| match *what {
        What::Fork { child, child_tid: tid, .. } => child == pid && tid != pid,
        What::Comm { tid, pid: p, .. } | What::Exit { tid, pid: p, .. } => p == pid && tid != pid,
        _ => false,
    };
    assert!(all.iter().filter(|e| threads(&e.what)).count() >= 30_000);
}

/// Threads neither wake the reader nor take room, so whoever sleeps through a storm of them has lost nothing.
#[test]
fn a_storm_of_threads_wakes_nobody() {
    if !need::events("a_storm_of_threads_wakes_nobody") {
        return;
    }
    let mut connector = listening(BUFFER, 79);
    connector.narrow().expect("narrow");
    let mut emitter = Command::new(EMITTER).args(["threads", "10000"]).spawn().expect("emitter");
    let process = Pid(emitter.id());
    let (mut wakeups, mut events, mut ended) = (0, 0, false);
    while !ended {
        wait(&connector);
        wakeups += 1;
        let drained = connector.receive(1000, |event| {
            events += 1;
            ended |= is_exit_of(&event, process);
        });
        assert!(matches!(drained, Drained::Empty | Drained::More), "{drained:?}");
    }
    assert!(emitter.wait().expect("emitter").success());
    println!("10,000 threads: {wakeups} wake-ups, {events} events, those of other processes here included");
    assert!(events < 10_000, "{events}");
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

/// Whatever reads a socket's error takes it away from the next `recv`. The count remains, and a new socket begins at none.
#[test]
fn a_loss_whose_error_was_taken_is_still_counted() {
    if !need::events("a_loss_whose_error_was_taken_is_still_counted") {
        return;
    }
    let (mut small, _) = Connector::open(1).expect("open");
    small.listen(80).expect("listen");
    assert_eq!(small.drops().expect("drops"), 0);
    act(&["children", "20"]);
    assert_eq!(getsockopt(&small, sockopt::SocketError).expect("SO_ERROR"), libc::ENOBUFS);
    let mut rest = Drained::More;
    while rest == Drained::More {
        rest = small.receive(64, |_| ());
    }
    assert_eq!(rest, Drained::Empty, "nothing tells of the loss any more");
    let (counted, shown) = (small.drops().expect("drops"), drops_shown(&small));
    assert!(counted > 0);
    // More may be dropped between the two readings.
    assert!(shown >= counted && small.drops().expect("drops") >= shown, "{counted} {shown}");
    drop(small);
    assert_eq!(listening(BUFFER, 81).drops().expect("drops"), 0);
}

/// What /proc shows as the Drops of a socket, found by its inode.
fn drops_shown(connector: &Connector) -> u32 {
    let inode = rustix::fs::fstat(connector).expect("fstat").st_ino.to_string();
    let table = std::fs::read_to_string("/proc/net/netlink").expect("the table of sockets");
    let rows = || table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let column =
        |name: &str| rows().next().expect("a head").iter().position(|c| *c == name).expect("a column");
    let row = rows().find(|row| row.get(column("Inode")) == Some(&&*inode)).expect("our socket");
    row[column("Drops")].parse().expect("a number")
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
