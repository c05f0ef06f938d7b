//! Every path of the source against a scripted kernel, on a clock that jumps from deadline to deadline.

mod any_order;
mod bench;
mod storms;

use super::state::{ACK, PROOF, RETRY, SILENCE};
use super::{Change, Source, Trouble};
use crate::engine::effect::Effect;
use crate::engine::input::SourceRefusal;
use crate::model::record::SourceRecord;
use crate::wire::event::What;
use bench::{Bench, Kernel, refused};
use std::time::Duration;

const BUFFER: usize = 4096;

fn interrupted() -> impl Fn(&SourceRecord) -> bool {
    |r| matches!(r, SourceRecord::Interrupted { .. })
}

#[test]
fn opens_listens_narrows_and_is_live_once_heard() {
    let mut bench = Bench::new(Kernel::sound());
    assert_eq!(bench.start(), [Change::Live]);
    let [Effect::OpenSource { buffer: BUFFER }, Effect::Listen { seq }, Effect::Narrow, Effect::Canary] =
        bench.wanted[..]
    else {
        panic!("{:?}", bench.wanted)
    };
    assert_ne!(seq, 0, "the number of every IGNORE");
    assert_eq!(bench.records, [SourceRecord::Live { buffer: BUFFER / 2 }]);
    assert!(bench.source.is_live());
}

#[test]
fn an_ack_alone_is_not_life() {
    let mut bench = Bench::new(Kernel { events: false, ..Kernel::sound() });
    assert_eq!(bench.start(), []);
    assert_eq!(bench.jump(), []); // another socket
    assert_eq!(bench.jump(), [Change::Polling]);
    assert_eq!(bench.why(), "the kernel acknowledged the request for process events but sends none");
    bench.kernel = Kernel::sound();
    assert_eq!(bench.after(RETRY), [Change::Live, Change::Resync], "it is tried again");
}

#[test]
fn without_an_answer_it_asks_once_more_and_then_polls_for_good() {
    let mut bench = Bench::new(Kernel { acks: false, ..Kernel::sound() });
    assert_eq!(bench.start(), []);
    // Events may trickle in because somebody else listens: no proof.
    assert_eq!(bench.other_event(), Change::None);
    assert_eq!(bench.after(ACK), []);
    assert_eq!(bench.after(ACK), [Change::Polling]);
    assert_eq!(bench.listens(), 2);
    assert!(bench.why().contains("initial pid and user namespace"));
    assert_eq!((bench.source.deadline(), bench.source.trouble()), (None, None), "never tried again");
    assert_eq!(bench.wanted.last(), Some(&Effect::CloseSource));
}

#[test]
fn the_late_ack_of_the_first_request_counts() {
    let mut bench = Bench::new(Kernel { acks: false, ..Kernel::sound() });
    assert_eq!(bench.start(), []);
    assert_eq!(bench.after(ACK), []);
    let number = bench.number();
    assert_eq!(bench.ack(number.wrapping_add(1), 0), [], "somebody else's");
    assert_eq!(bench.ack(number, 0), [Change::Live]);
    assert_eq!(bench.ack(number, 0), [], "the second ack");
}

#[test]
fn what_cannot_heal_is_not_tried_again() {
    for kernel in [
        Kernel { opens: Err(refused("no network namespace", false)), ..Kernel::sound() },
        Kernel { sends: Err(refused("no network namespace", false)), ..Kernel::sound() },
    ] {
        let mut bench = Bench::new(kernel);
        assert_eq!(bench.start(), [Change::Polling]);
        assert_eq!(
            bench.records,
            [SourceRecord::Polling { why: "no network namespace".into(), chosen: false, expected: false }]
        );
        assert_eq!(bench.source.deadline(), None);
    }
    let mut bench = Bench::new(Kernel { ack_errno: 1, ..Kernel::sound() });
    assert_eq!(bench.start(), [Change::Polling]);
    assert!(bench.why().contains("CAP_NET_ADMIN") && bench.source.deadline().is_none());
}

#[test]
fn what_may_heal_is_tried_every_minute_and_said_once() {
    let mut bench = Bench::new(Kernel { opens: Err(refused("too many files", true)), ..Kernel::sound() });
    assert_eq!(bench.start(), [Change::Polling]);
    bench.wanted.clear();
    for _ in 0..5 {
        assert_eq!(bench.after(RETRY), []);
        assert_eq!(
            bench.wanted,
            [Effect::OpenSource { buffer: BUFFER }, Effect::CloseSource],
            "one socket a minute"
        );
        bench.wanted.clear();
    }
    assert_eq!(bench.records.len(), 1, "{:?}", bench.records);
    bench.kernel.opens = Err(refused("no memory", true));
    assert_eq!(bench.after(RETRY), []);
    assert_eq!(bench.records.len(), 2, "another reason is said");
    bench.kernel = Kernel::sound();
    assert_eq!(bench.after(RETRY), [Change::Live, Change::Resync]);
    assert_eq!(bench.source.polling(), None);
}

#[test]
fn an_unexpected_ack_errno_is_named() {
    let mut bench = Bench::new(Kernel { ack_errno: 22, ..Kernel::sound() });
    assert_eq!(bench.start(), [Change::Polling]);
    assert!(bench.why().ends_with("errno 22"));
    assert!(bench.source.deadline().is_some());
}

#[test]
fn an_overrun_brings_a_new_socket_and_a_full_scan() {
    let mut bench = Bench::live();
    assert_eq!(bench.overrun(), [Change::Live, Change::Resync]);
    assert_eq!(bench.records, [SourceRecord::Overrun { total: 1 }, SourceRecord::Recovered]);
    assert!(matches!(bench.wanted[..], [Effect::OpenSource { .. }, Effect::Listen { .. }, ..]));
}

#[test]
fn each_socket_listens_under_another_number() {
    let mut bench = Bench::live();
    let first = bench.number();
    let _ = bench.overrun(); // at the same instant
    assert_ne!(bench.number(), first);
}

#[test]
fn overruns_while_connecting_end_in_polling_that_heals() {
    let mut bench = Bench::live();
    bench.kernel.acks = false;
    assert_eq!(bench.overrun(), []);
    assert_eq!(bench.source.trouble(), Some(Trouble::Resyncing));
    assert_eq!(bench.overrun(), []);
    assert_eq!(bench.overrun(), [Change::Polling]);
    let why = "events came faster than they could be read";
    assert_eq!(bench.source.trouble(), Some(Trouble::LostPolling { why }));
    assert_eq!(bench.why(), "events came faster than they could be read");
    bench.kernel = Kernel::sound();
    assert_eq!(bench.after(RETRY), [Change::Live, Change::Resync]);
    assert_eq!((bench.records.last(), bench.source.trouble()), (Some(&SourceRecord::Recovered), None));
}

#[test]
fn a_broken_socket_is_replaced() {
    let mut bench = Bench::live();
    assert_eq!(bench.broken("receiving: EIO"), [Change::Live, Change::Resync]);
    let why = "receiving: EIO".to_owned();
    assert_eq!(bench.records, [SourceRecord::Interrupted { why }, SourceRecord::Recovered]);
}

#[test]
fn silence_is_asked_about_and_an_answer_is_enough() {
    let mut bench = Bench::live();
    assert_eq!(bench.after(SILENCE - Duration::from_secs(1)), []);
    assert_eq!(bench.other_event(), Change::None);
    assert_eq!(bench.after(Duration::from_secs(2)), []);
    assert!(bench.wanted.is_empty(), "an event puts the canary off");
    for _ in 0..10 {
        assert_eq!(bench.after(SILENCE), []);
    }
    assert!(bench.wanted.iter().all(|e| *e == Effect::Canary), "{:?}", bench.wanted);
    assert!(bench.records.is_empty() && bench.source.is_live());
}

#[test]
fn an_ack_of_somebody_else_is_no_sign_of_life() {
    let mut bench = Bench::live();
    let before = bench.source.deadline();
    assert_eq!(bench.after(SILENCE / 2), []);
    assert_eq!(bench.ack(0, 0), []);
    assert_eq!(bench.source.deadline(), before);
}

#[test]
fn silenced_by_another_program_it_asks_again() {
    let mut bench = Bench::live();
    bench.kernel.silenced = true;
    assert_eq!(bench.after(SILENCE), []);
    assert!(bench.source.is_live(), "not judged yet");
    assert_eq!(bench.after(PROOF), [Change::Live, Change::Resync]);
    assert!(!bench.wanted.iter().any(|e| matches!(e, Effect::OpenSource { .. })), "the socket was sound");
    assert!(
        matches!(&bench.records[..], [r, SourceRecord::Recovered] if interrupted()(r)),
        "{:?}",
        bench.records
    );
}

#[test]
fn deaf_for_good_it_tries_another_socket_and_then_polls() {
    let mut bench = Bench::live();
    bench.kernel = Kernel { acks: false, events: false, ..Kernel::sound() };
    assert_eq!(bench.after(SILENCE), []);
    let changes = (0..12).map(|_| bench.jump()).find(|changes| !changes.is_empty());
    assert_eq!(changes, Some(vec![Change::Polling]));
    let opened = bench.wanted.iter().filter(|e| matches!(e, Effect::OpenSource { .. })).count();
    assert!(opened >= 2 && bench.records.iter().filter(|r| interrupted()(r)).count() == 1);
    bench.kernel = Kernel::sound();
    assert_eq!(bench.after(RETRY), [Change::Live, Change::Resync]);
}

#[test]
fn a_socket_that_is_never_opened_is_given_up() {
    let mut bench = Bench::new(Kernel { answers: false, ..Kernel::sound() });
    assert_eq!(bench.start(), []);
    assert_eq!(bench.after(PROOF), []);
    assert_eq!(bench.after(PROOF), [Change::Polling]);
    bench.forget();
    assert_eq!(bench.opened(Ok(1)), Change::None);
    assert_eq!(bench.wanted, [Effect::CloseSource], "come too late, it is closed");
}

#[test]
fn a_filter_that_cannot_be_set_is_said_and_survived() {
    let mut bench = Bench::new(Kernel { narrows: Err(refused("no memory", true)), ..Kernel::sound() });
    assert_eq!(bench.start(), [Change::Live]);
    assert!(matches!(bench.records[0], SourceRecord::Wide { .. }));
}

#[test]
fn poll_only_is_a_state_and_nothing_is_opened() {
    let mut bench = Bench::new(Kernel::sound());
    bench.source = Source::new(Some("--poll-only".into()), BUFFER);
    assert_eq!(bench.start(), [Change::Polling]);
    assert_eq!(
        bench.records,
        [SourceRecord::Polling { why: "--poll-only".into(), chosen: true, expected: false }]
    );
    assert_eq!((bench.source.polling(), bench.source.trouble()), (Some("--poll-only"), None));
    assert_eq!(bench.after(RETRY * 100), []);
    assert!(bench.wanted.is_empty() && bench.source.deadline().is_none());
}

#[test]
fn started_twice_is_started_once() {
    let mut bench = Bench::live();
    assert_eq!(bench.start(), []);
    assert!(bench.wanted.is_empty());
}
