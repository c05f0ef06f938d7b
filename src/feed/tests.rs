//! A hub, and consumers of all kinds.

use super::*;
use crate::model::lifecycle::What;
use crate::model::{Comm, Mono, Pid};
use std::sync::mpsc::channel;

fn process(pid: u32) -> Process {
    Process { pid: Pid(pid), start: None, ppid: Pid(1), uid: 0, comm: Comm::new(b"x"), governed: false }
}

fn created(pid: u32) -> Change {
    Change { at: Mono(u64::from(pid)), process: process(pid), what: What::Created }
}

fn told(hub: &mut Hub, pids: std::ops::Range<u32>) {
    hub.serve(pids.map(created), None, &mut || [process(7), process(8)].into());
}

#[test]
fn a_consumer_hears_what_it_wants_in_order() {
    let mut hub = Hub::new(|| {});
    let (heard, hears) = channel();
    let filter = Filter::changes().of(|process| process.pid.0 % 2 == 0);
    let registration = hub.registrar().register("even", filter, 64, move |notice: &Notice| {
        if let Notice::Change(change) = notice {
            heard.send(change.process.pid.0).unwrap();
        }
    });
    told(&mut hub, 0..0);
    told(&mut hub, 0..10);
    assert_eq!(hears.iter().take(5).collect::<Vec<_>>(), [0, 2, 4, 6, 8]);
    registration.unwrap().unregister();
    told(&mut hub, 10..20);
    assert_eq!(hears.iter().count(), 0, "its thread has ended");
}

#[test]
fn who_is_too_slow_learns_how_much_was_lost_and_gets_the_whole_picture() {
    let mut hub = Hub::new(|| {});
    let outlet = hub.registrar().outlet("slow", Filter::changes(), 8).unwrap();
    told(&mut hub, 0..0);
    assert!(matches!(outlet.try_next(), Some(Notice::Resync(all)) if all.len() == 2), "the first it is told");
    told(&mut hub, 0..20);
    assert_eq!(
        hub.standings().next().unwrap(),
        Standing { name: "slow".into(), waiting: 8, lost: 12, panics: 0 }
    );
    assert_eq!((0..8).filter_map(|_| outlet.try_next()).count(), 8);
    told(&mut hub, 0..0);
    assert!(matches!(outlet.try_next(), Some(Notice::Gap { lost: 12 })));
    assert!(matches!(outlet.try_next(), Some(Notice::Resync(all)) if all.len() == 2));
    told(&mut hub, 20..21);
    assert!(matches!(outlet.try_next(), Some(Notice::Change(change)) if change.process.pid == Pid(20)));
}

#[test]
fn a_name_is_taken_until_its_owner_has_left() {
    let mut hub = Hub::new(|| {});
    let outlet = hub.registrar().outlet("one", Filter::everything(), 8).unwrap();
    assert_eq!(hub.registrar().outlet("one", Filter::rounds(), 8).unwrap_err(), NameTaken("one".into()));
    drop(outlet);
    told(&mut hub, 0..1);
    assert!(hub.registrar().outlet("one", Filter::rounds(), 8).is_ok());
}
