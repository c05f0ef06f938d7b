//! The event path allocates nothing: receiving and decoding thousands of real events asks for no memory at all, nor does
//! following the processes that they tell of.
#![expect(clippy::disallowed_methods, reason = "a test may wait")]

use ffrtmp::engine::input::Input;
use ffrtmp::sys::connector::Drained;
use ffrtmp::wire::decode;
use netlink_tests::capture::act;
use netlink_tests::counting::{Counting, allocations};
use netlink_tests::driven::Driven;
use netlink_tests::listening::listening;
use netlink_tests::need;
use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::Duration;

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

/// The whole way of processes that are nobody's target, as they start and end: receive, decode, table, look, name,
/// matcher, and what is told of them to who wants to know. Each lives until it has been looked at.
#[test]
fn following_ten_thousand_events_of_processes_that_come_and_go() {
    if !need::root("following_ten_thousand_events_of_processes_that_come_and_go") {
        return;
    }
    let mut connector = listening(64 << 20, 82);
    connector.narrow().expect("no events of the threads that other tests start");
    let mut driven = Driven::running();
    driven.engine.tell_changes(true);
    driven.fx.changes.reserve(1024);
    let (mut events, mut asked) = (0_u64, 0_u64);
    let mut follow = |driven: &mut Driven| {
        let before = allocations();
        while connector.receive(64, |event| {
            events += 1;
            driven.handle(Input::Event(event));
        }) == Drained::More
        {}
        driven.settle();
        // The first show how large the lists get.
        asked += if events > 1000 { allocations() - before } else { 0 };
        events
    };
    while follow(&mut driven) < 11_000 {
        let seen = driven.names;
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().expect("cat");
        // The event of an exec comes a little after whoever called it can go on.
        for _ in 0..1000 {
            std::thread::sleep(Duration::from_micros(20));
            follow(&mut driven);
            if driven.names > seen {
                break;
            }
        }
        drop(child.stdin.take());
        child.wait().expect("its end");
    }
    let Driven { looks, names, changes, .. } = driven;
    assert!(
        looks > 1000 && names > 1000 && changes > 3000,
        "{looks} looks, {names} names, {changes} changes told"
    );
    // A list grows where so much comes at once as never before; event by event nothing does.
    assert!(asked <= 8, "{asked} allocations over {} events, {looks} looks, {names} names", events - 1000);
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
