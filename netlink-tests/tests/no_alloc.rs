//! The event path allocates nothing: receiving and decoding thousands of real events asks for no memory at all.

use ffrtmp::sys::connector::Drained;
use ffrtmp::wire::decode;
use netlink_tests::capture::act;
use netlink_tests::counting::{Counting, allocations};
use netlink_tests::listening::listening;
use netlink_tests::need;
use std::hint::black_box;

#[global_allocator]
static COUNTING: Counting = Counting;

const EMITTER: &str = env!("CARGO_BIN_EXE_emitter");

#[test]
fn the_counter_counts() {
    let before = allocations();
    drop(black_box(vec![0_u8; 100]));
    assert_eq!(allocations(), before + 1);
}

#[test]
fn receiving_ten_thousand_events() {
    if !need::events("receiving_ten_thousand_events") {
        return;
    }
    let mut connector = listening(64 << 20, 81);
    act(EMITTER, &["threads", "4000"]);
    act(EMITTER, &["children", "100"]);
    let mut events = 0_u64;
    let before = allocations();
    let end = loop {
        match connector.receive(64, |event| events += u64::from(black_box(event).at.0 > 0)) {
            Drained::More => {}
            end => break end,
        }
    };
    let asked = allocations() - before;
    assert_eq!(end, Drained::Empty);
    assert!(events >= 10_000, "{events} events");
    assert_eq!(asked, 0, "allocations over {events} events");
}

/// A stranger's bytes must not make us allocate either.
#[test]
fn refusing_bytes_of_every_length() {
    let mut bytes = [0_u8; 200];
    let before = allocations();
    let mut faults = 0;
    for length in 0..200_u8 {
        for kind in 0..5 {
            (bytes[0], bytes[4], bytes[16], bytes[20]) = (length, kind, 1, 1);
            faults += decode::events(black_box(&bytes[..100])).filter(Result::is_err).count();
        }
    }
    assert_eq!(allocations(), before);
    assert!(faults > 500, "{faults}");
}
