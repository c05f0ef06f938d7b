//! What a filter lets through, and what becomes of one that panics.

use super::*;
use crate::model::lifecycle::Updated;

fn named(pid: u32, comm: &[u8]) -> Process {
    Process { comm: Comm::new(comm), ..process(pid) }
}

fn renamed(pid: u32, comm: &[u8]) -> Change {
    let what = What::Updated(Updated { name: true, ..Updated::default() });
    Change { at: Mono(0), process: named(pid, comm), what }
}

#[test]
fn of_all_changes_those_of_processes_that_fit_are_heard() {
    let mut bench = Bench::new();
    bench.tell([created(2), created(3)]);
    let even = Filter::changes().of(|process| process.pid.0.is_multiple_of(2));
    let outlet = bench.hub.registrar().outlet("even", even, 8).unwrap();
    bench.tell([]);
    bench.tell((4..8).map(created).chain([ended(process(2)), ended(process(3))]));
    assert_eq!(heard(&outlet), ["all 1", "+4", "+6", "-2"]);
}

#[test]
fn one_that_ceases_to_fit_is_told_of_a_last_time() {
    let mut bench = Bench::new();
    let fits = |process: &Process| process.comm == Comm::new(b"ffmpeg");
    let outlet = bench.outlet("ffmpeg", Filter::changes().of(fits), 8);
    bench.tell([created(5), renamed(5, b"sh"), renamed(5, b"ffmpeg"), renamed(5, b"cat"), renamed(5, b"dd")]);
    bench.tell([ended(named(5, b"dd")), created(6), renamed(6, b"ffmpeg"), ended(named(6, b"ffmpeg"))]);
    assert_eq!(heard(&outlet), ["~5", "~5", "~6", "-6"]);
}

#[test]
fn a_filter_that_panics_is_its_consumers_panic_and_asked_again_later() {
    let mut bench = Bench::new();
    let asked = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let filter = Filter::changes().of(move |process| {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        assert!(process.pid != Pid(13), "as told");
        true
    });
    let outlet = bench.outlet("unlucky", filter, 8);
    let other = bench.outlet("other", Filter::changes(), 64);
    bench.tell((12..20).map(created));
    // 12 and 13, and of the whole picture the same two.
    assert_eq!(asked.load(std::sync::atomic::Ordering::Relaxed), 4);
    assert_eq!(heard(&outlet), ["+12"]);
    assert_eq!(heard(&other).len(), 8, "others do not notice");
    bench.tell([ended(process(13))]);
    bench.now = bench.hub.next_deadline(bench.now).expect("after a pause");
    bench.tell([]);
    // The panics at 13 and at the picture, what came after 13, and its end.
    assert_eq!(heard(&outlet), ["gap 9", "all 7"]);
    assert_eq!(bench.told(), [ConsumerRecord::Panicked { name: "unlucky".into() }]);
}
