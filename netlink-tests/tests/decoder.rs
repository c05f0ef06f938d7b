//! The decoder against an independent one: thousands of real datagrams, each read by ours and by neli, compared
//! field by field.

use ffrtmp::model::{Comm, Mono, Pid};
use ffrtmp::wire::decode::{self, Fault};
use ffrtmp::wire::event::{Event, What};
use neli::FromBytes;
use neli::connector::{CnMsg, ProcEvent, ProcEventHeader};
use neli::consts::nl::Nlmsg;
use neli::nl::Nlmsghdr;
use netlink_tests::capture::{act, capture};
use netlink_tests::need;
use std::collections::BTreeMap;
use std::io::Cursor;

const EMITTER: &str = env!("CARGO_BIN_EXE_emitter");
/// Where `proc_event.what` lies in a datagram.
const WHAT: std::ops::Range<usize> = 36..40;

fn ours(datagram: &[u8]) -> Result<Event, Fault> {
    let mut events = decode::events(datagram);
    let event = events.next().expect("one event");
    assert_eq!(events.next(), None, "and no more: {datagram:?}");
    event
}

/// What neli reads, in our words. The kinds we do not look into are named by the number in the bytes.
fn neli(datagram: &[u8]) -> Result<Event, String> {
    let message = Nlmsghdr::<Nlmsg, CnMsg<ProcEventHeader>>::from_bytes(&mut Cursor::new(datagram));
    let message = message.map_err(|e| e.to_string())?;
    let connector = message.get_payload().ok_or("no payload")?;
    let header = connector.payload();
    let id = |id: i32| Pid(id as u32);
    let what = match header.event {
        ProcEvent::Ack { err } => What::Ack { to: connector.ack().wrapping_sub(1), errno: err },
        ProcEvent::Fork { parent_tgid, child_pid, child_tgid, .. } => {
            What::Fork { parent: id(parent_tgid), child_tid: id(child_pid), child: id(child_tgid) }
        }
        ProcEvent::Exec { process_pid, process_tgid } => {
            What::Exec { tid: id(process_pid), pid: id(process_tgid) }
        }
        ProcEvent::Uid { process_pid, process_tgid, ruid, euid } => {
            What::Uid { tid: id(process_pid), pid: id(process_tgid), real: ruid, effective: euid }
        }
        ProcEvent::Comm { process_pid, process_tgid, comm } => {
            let end = comm.iter().position(|b| *b == 0).unwrap_or(comm.len());
            What::Comm { tid: id(process_pid), pid: id(process_tgid), comm: Comm::new(&comm[..end]) }
        }
        ProcEvent::Exit { process_pid, process_tgid, exit_code, exit_signal, .. } => {
            What::Exit { tid: id(process_pid), pid: id(process_tgid), code: exit_code, signal: exit_signal }
        }
        ProcEvent::Gid { .. }
        | ProcEvent::Sid { .. }
        | ProcEvent::Ptrace { .. }
        | ProcEvent::Coredump { .. } => What::Other { kind: kind(datagram) },
    };
    Ok(Event { at: Mono(header.timestamp_ns), cpu: header.cpu, what })
}

fn kind(datagram: &[u8]) -> u32 {
    u32::from_ne_bytes(datagram[WHAT].try_into().expect("four bytes"))
}

fn everything() -> Vec<Vec<u8>> {
    capture(|| {
        act(EMITTER, &["children", "200"]);
        act(EMITTER, &["threads", "1000"]);
        act(EMITTER, &["names"]);
        act(EMITTER, &["other-kinds"]);
    })
}

#[test]
fn thousands_of_real_events_are_read_alike() {
    if !need::events("thousands_of_real_events_are_read_alike") {
        return;
    }
    let datagrams = everything();
    let mut kinds = BTreeMap::<u32, usize>::new();
    for datagram in &datagrams {
        assert_eq!(ours(datagram).map_err(|e| e.to_string()), neli(datagram), "{datagram:?}");
        *kinds.entry(kind(datagram)).or_default() += 1;
    }
    let expected = [
        (0, 1),           // our LISTEN's ack
        (1, 1400),        // FORK
        (2, 400),         // EXEC
        (4, 200),         // UID
        (0x40, 1),        // GID
        (0x80, 1),        // SID
        (0x200, 1200),    // COMM
        (0x4000_0000, 1), // COREDUMP
        (1 << 31, 1400),  // EXIT
    ];
    for (kind, least) in expected {
        assert!(kinds.get(&kind).is_some_and(|n| *n >= least), "{least} of {kind:#x} in {kinds:x?}");
    }
}

/// Several datagrams as one: the kernel may batch messages, and ours reads on.
#[test]
fn one_long_datagram_is_read_like_many() {
    if !need::events("one_long_datagram_is_read_like_many") {
        return;
    }
    let datagrams = everything();
    let one: Result<Vec<Event>, Fault> = decode::events(&datagrams.concat()).collect();
    let many: Result<Vec<Event>, String> = datagrams.iter().map(|d| neli(d)).collect();
    assert_eq!(one.map_err(|e| e.to_string()), many);
}

/// Where neli is known to differ, and why ours is right: the kernel never sends NONZERO_EXIT (it is a bit of the
/// event mask), and a kind from the future is no error.
#[test]
fn the_known_differences() {
    if !need::events("the_known_differences") {
        return;
    }
    let datagrams = everything();
    let mut exit = datagrams.into_iter().find(|d| kind(d) == 1 << 31).expect("an exit");
    let as_sent = neli(&exit);
    exit[WHAT].copy_from_slice(&0x2000_0000_u32.to_ne_bytes());
    assert_eq!(neli(&exit), as_sent, "neli takes NONZERO_EXIT for an exit");
    assert_eq!(ours(&exit).map(|e| e.what), Ok(What::Other { kind: 0x2000_0000 }));
    exit[WHAT].copy_from_slice(&0x0800_u32.to_ne_bytes());
    assert!(neli(&exit).is_err(), "neli refuses an unknown kind");
    assert_eq!(ours(&exit).map(|e| e.what), Ok(What::Other { kind: 0x0800 }));
}
