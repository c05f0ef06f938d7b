//! Known bytes, the lies a datagram can tell, and arbitrary bytes.

use super::*;
use crate::model::{Comm, Mono, Pid};
use crate::wire::event::What;
use crate::wire::sample::{connector as message, datagram, netlink, proc_event};
use proptest::prelude::*;

fn all(bytes: &[u8]) -> Vec<Result<Event, Fault>> {
    events(bytes).collect()
}

fn one(bytes: &[u8]) -> Result<Event, Fault> {
    let found = all(bytes);
    assert_eq!(found.len(), 1, "{found:?}");
    found[0]
}

/// Byte by byte after linux/cn_proc.h: what `prctl(PR_SET_NAME, "canary")` and `exit(3)` give.
#[test]
#[cfg(target_endian = "little")]
fn bytes_written_by_hand() {
    #[rustfmt::skip]
    let comm = [
        76, 0, 0, 0,  3, 0,  0, 0,  5, 0, 0, 0,  0, 0, 0, 0,
        1, 0, 0, 0,  1, 0, 0, 0,  5, 0, 0, 0,  0, 0, 0, 0,  40, 0,  0, 0,
        0, 2, 0, 0,  1, 0, 0, 0,  0x15, 0xcd, 0x5b, 0x07, 0, 0, 0, 0,
        0x92, 0x10, 0, 0,  0x92, 0x10, 0, 0,  b'c', b'a', b'n', b'a', b'r', b'y', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let (tid, pid) = (Pid(4242), Pid(4242));
    let what = What::Comm { tid, pid, comm: Comm::new(b"canary") };
    assert_eq!(one(&comm), Ok(Event { at: Mono(123_456_789), cpu: 1, what }));
    let mut exit = comm;
    exit[36..40].copy_from_slice(&[0, 0, 0, 0x80]);
    exit[60..76].copy_from_slice(&[0, 3, 0, 0, 17, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0]);
    assert_eq!(one(&exit).unwrap().what, What::Exit { tid, pid, code: 0x300, signal: 17 });
}

#[test]
fn a_name_without_its_nul_is_as_long_as_a_name_can_be() {
    let words = [7, 7, u32::MAX, u32::MAX, u32::MAX, u32::MAX];
    let datagram = message(1, 1, 0, 40, &proc_event(0x200, 0, 0, &words));
    let What::Comm { comm, .. } = one(&datagram).unwrap().what else { panic!("a comm event") };
    assert_eq!(comm, Comm::new(&[0xff; 15]));
}

#[test]
fn an_exit_of_an_older_kernel_has_no_parent() {
    let old = proc_event(1 << 31, 0, 9, &[7, 7, 256, 17]);
    let what = What::Exit { tid: Pid(7), pid: Pid(7), code: 256, signal: 17 };
    assert_eq!(one(&message(1, 1, 0, 32, &old)).unwrap().what, what);
    let coredump = proc_event(0x4000_0000, 0, 9, &[7, 7]);
    assert_eq!(one(&message(1, 1, 0, 24, &coredump)).unwrap().what, What::Other { kind: 0x4000_0000 });
}

#[test]
fn a_payload_longer_than_known_is_read_as_far_as_known() {
    let newer = proc_event(2, 0, 9, &[7, 7, 1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!(one(&message(1, 1, 0, 56, &newer)).unwrap().what, What::Exec { tid: Pid(7), pid: Pid(7) });
}

#[test]
fn every_kind_cut_short_is_malformed() {
    for (kind, words) in [(0, 1), (1, 4), (2, 2), (4, 4), (0x200, 6), (1 << 31, 4)] {
        let data = proc_event(kind, 0, 0, &vec![1; words]);
        for length in 0..data.len() {
            let cut = one(&message(1, 1, 0, length as u16, &data[..length]));
            assert!(matches!(cut, Err(Fault::Malformed(_))), "kind {kind:#x} of {length} bytes: {cut:?}");
        }
        assert!(one(&message(1, 1, 0, data.len() as u16, &data)).is_ok());
    }
}

#[test]
fn control_messages_have_outcomes_of_their_own() {
    let exec = message(1, 1, 0, 24, &proc_event(2, 0, 0, &[1, 1]));
    let refused = netlink(2, &(-111_i32).to_ne_bytes());
    let acknowledged = netlink(2, &0_i32.to_ne_bytes());
    let all = all(&[netlink(1, b"skip"), refused, acknowledged, netlink(4, b""), exec.clone()].concat());
    let event = one(&exec).unwrap();
    assert_eq!(all, [Err(Fault::Refused { errno: 111 }), Err(Fault::Overrun), Ok(event)]);
    assert!(matches!(one(&netlink(2, b"xx")), Err(Fault::Malformed(_))));
}

#[test]
fn lengths_that_lie() {
    let good = message(1, 1, 0, 24, &proc_event(2, 0, 0, &[1, 1]));
    for length in [0_u32, 1, 15, good.len() as u32 + 1, u32::MAX] {
        let mut bad = good.clone();
        bad[..4].copy_from_slice(&length.to_ne_bytes());
        // Nothing after a wrong netlink length can be trusted.
        assert!(matches!(one(&[bad, good.clone()].concat()[..good.len()]), Err(Fault::Malformed(_))));
    }
    let greedy = message(1, 1, 0, 25, &proc_event(2, 0, 0, &[1, 1]));
    let found = all(&[greedy, good.clone()].concat());
    assert!(matches!(found[..], [Err(Fault::Malformed(_)), Ok(_)]), "the next message is read: {found:?}");
    assert!(matches!(all(&[good, vec![0; 3]].concat())[..], [Ok(_), Err(Fault::Malformed(_))]));
    assert!(all(b"").is_empty());
}

#[test]
fn another_connector_user_is_foreign() {
    let data = proc_event(2, 0, 0, &[1, 1]);
    assert_eq!(one(&message(3, 1, 0, 24, &data)), Err(Fault::Foreign { idx: 3, val: 1 }));
    assert_eq!(one(&message(1, 9, 0, 24, &data)), Err(Fault::Foreign { idx: 1, val: 9 }));
}

fn what() -> impl Strategy<Value = What> {
    let pid = any::<u32>().prop_map(Pid);
    let pids = (pid.clone(), pid.clone());
    let known = [0_u32, 1, 2, 4, 0x200, 1 << 31];
    prop_oneof![
        any::<(u32, u32)>().prop_map(|(to, errno)| What::Ack { to, errno }),
        (pid.clone(), pid.clone(), pid).prop_map(|(parent, child_tid, child)| What::Fork {
            parent,
            child_tid,
            child
        }),
        pids.clone().prop_map(|(tid, pid)| What::Exec { tid, pid }),
        (pids.clone(), any::<(u32, u32)>()).prop_map(|((tid, pid), (real, effective))| What::Uid {
            tid,
            pid,
            real,
            effective
        }),
        (pids.clone(), prop::collection::vec(1_u8.., 0..=15)).prop_map(|((tid, pid), name)| What::Comm {
            tid,
            pid,
            comm: Comm::new(&name)
        }),
        (pids, any::<(u32, u32)>()).prop_map(|((tid, pid), (code, signal))| What::Exit {
            tid,
            pid,
            code,
            signal
        }),
        any::<u32>()
            .prop_filter("a known kind", move |k| !known.contains(k))
            .prop_map(|kind| What::Other { kind }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    (any::<(u64, u32)>(), what()).prop_map(|((at, cpu), what)| Event { at: Mono(at), cpu, what })
}

proptest! {
    #[test]
    fn what_a_kernel_sends_is_read_back(sent in prop::collection::vec(event(), 0..5)) {
        let bytes: Vec<u8> = sent.iter().flat_map(datagram).collect();
        let read: Result<Vec<Event>, Fault> = events(&bytes).collect();
        prop_assert_eq!(read, Ok(sent));
    }

    /// Never a panic (reading outside would be one), and at most one item per 16 bytes: it ends.
    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(events(&bytes).count() <= bytes.len().div_ceil(NETLINK_HEADER));
    }

    /// Bytes that are right but for a few: they get past the framing, where wholly random ones hardly ever do.
    #[test]
    fn damaged_bytes(
        sent in prop::collection::vec(event(), 1..4),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        keep in any::<prop::sample::Index>(),
    ) {
        let mut bytes: Vec<u8> = sent.iter().flat_map(datagram).collect();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(keep.index(bytes.len() + 1));
        prop_assert!(events(&bytes).count() <= bytes.len().div_ceil(NETLINK_HEADER));
    }
}
