//! The filter on a pair of local sockets: the kernel runs it there as it does on the connector, and no root is needed.

use super::*;
use crate::model::{Comm, Mono, Pid};
use crate::wire::event::{Event, What};
use crate::wire::sample::{connector, datagram, proc_event};
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;

struct Pair(UnixDatagram, UnixDatagram);

impl Pair {
    fn narrowed() -> Pair {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        theirs.set_nonblocking(true).unwrap();
        attach(theirs.as_fd()).unwrap();
        Pair(ours, theirs)
    }

    fn passes(&self, bytes: &[u8]) -> bool {
        self.0.send(bytes).unwrap();
        let mut got = [0; 256];
        match self.1.recv(&mut got) {
            Ok(length) => {
                assert_eq!(&got[..length], bytes, "passed, but not whole");
                true
            }
            Err(e) => {
                assert_eq!(e.kind(), io::ErrorKind::WouldBlock);
                false
            }
        }
    }

    fn passes_event(&self, what: What) -> bool {
        self.passes(&datagram(&Event { at: Mono(5), cpu: 0, what }))
    }
}

/// Every kind that knows threads, done by thread `tid` of process 0x1_0002.
fn by(tid: u32) -> [What; 4] {
    let (tid, pid) = (Pid(tid), Pid(0x1_0002));
    [
        What::Fork { parent: Pid(1), child_tid: tid, child: pid },
        What::Uid { tid, pid, real: 0, effective: 0 },
        What::Comm { tid, pid, comm: Comm::new(b"x") },
        What::Exit { tid, pid, code: 0, signal: 17 },
    ]
}

#[test]
fn what_a_process_does_passes_and_what_its_threads_do_does_not() {
    let pair = Pair::narrowed();
    for what in by(0x1_0002) {
        assert!(pair.passes_event(what), "{what:?}");
    }
    // Also with an id that differs in its high half only: a 16-bit comparison would take them for one.
    for what in [0x1_0003, 0x2_0002].into_iter().flat_map(by) {
        assert!(!pair.passes_event(what), "{what:?}");
    }
}

#[test]
fn an_exec_and_an_ack_pass_whoever_made_them() {
    let pair = Pair::narrowed();
    assert!(pair.passes_event(What::Exec { tid: Pid(7), pid: Pid(8) }));
    assert!(pair.passes_event(What::Ack { to: 3, errno: 0 }));
}

#[test]
fn kinds_nobody_needs_are_dropped() {
    let pair = Pair::narrowed();
    for kind in [0x40, 0x80, 0x100, 0x4000_0000, 0x2000_0000, 0x400] {
        assert!(!pair.passes_event(What::Other { kind }), "{kind:#x}");
    }
}

#[test]
fn a_short_message_passes_to_be_counted() {
    let pair = Pair::narrowed();
    assert!(pair.passes(b""), "empty");
    let exit = connector(1, 1, 0, 28, &proc_event(1 << 31, 0, 0, &[7, 8, 0]));
    assert!(exit.len() < 68 && pair.passes(&exit));
}
