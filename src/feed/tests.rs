//! A hub whose clock and world are the test's, and consumers of all kinds.

mod any_order;
mod episodes;
mod filters;
mod threads;

use super::*;
use crate::model::lifecycle::What;
use crate::model::record::{ConsumerRecord, Record};
use crate::model::sample::HostUse;
use crate::model::{Comm, Mono, Pid};
use std::collections::BTreeMap;
use std::time::Duration;

struct Bench {
    hub: Hub,
    now: Mono,
    living: BTreeMap<Pid, Process>,
    records: Vec<Record>,
    pictures: usize,
}

impl Bench {
    fn new() -> Bench {
        let (living, records) = (BTreeMap::new(), Vec::new());
        Bench { hub: Hub::new(|| {}), now: Mono(1 << 40), living, records, pictures: 0 }
    }

    /// One that has been given the first picture, which it has taken.
    fn outlet(&mut self, name: &str, filter: Filter, capacity: usize) -> Outlet {
        let outlet = self.hub.registrar().outlet(name, filter, capacity).unwrap();
        self.tell([]);
        while outlet.try_next().is_some() {}
        outlet
    }

    fn tell(&mut self, changes: impl IntoIterator<Item = Change>) {
        self.serve(changes, false);
    }

    fn serve(&mut self, changes: impl IntoIterator<Item = Change>, sampled: bool) {
        let changes: Vec<Change> = changes.into_iter().collect();
        for Change { process, what, .. } in &changes {
            match what {
                What::Terminated { .. } => drop(self.living.remove(&process.pid)),
                _ => drop(self.living.insert(process.pid, *process)),
            }
        }
        let at = self.now;
        let (host, samples) = (HostUse::default(), Vec::new());
        let round = Round { at, over: None, host, busy: None, samples, left_out: 0 };
        let round = sampled.then(|| Arc::new(round));
        let (living, pictures) = (&self.living, &mut self.pictures);
        let all = || {
            *pictures += 1;
            living.values().copied().collect()
        };
        self.hub.serve(at, changes.into_iter(), round.as_ref(), all, &mut self.records);
    }

    fn told(&mut self) -> Vec<ConsumerRecord> {
        let records = std::mem::take(&mut self.records);
        let told = |record| match record {
            Record::Consumer(record) => record,
            other => panic!("{other:?}"),
        };
        records.into_iter().map(told).collect()
    }

    fn lost(&self) -> u64 {
        self.hub.registrar().standings().iter().map(|standing| standing.lost).sum()
    }
}

fn process(pid: u32) -> Process {
    Process { pid: Pid(pid), start: None, ppid: Pid(1), uid: 0, comm: Comm::new(b"x"), governed: false }
}

fn created(pid: u32) -> Change {
    Change { at: Mono(u64::from(pid)), process: process(pid), what: What::Created }
}

fn ended(process: Process) -> Change {
    Change { at: Mono(0), process, what: What::Terminated { status: None, lifetime: None } }
}

/// A word for each notice, to compare with.
fn word(notice: &Notice) -> String {
    match notice {
        Notice::Change(Change { process, what: What::Created, .. }) => format!("+{}", process.pid),
        Notice::Change(Change { process, what: What::Updated(_), .. }) => format!("~{}", process.pid),
        Notice::Change(Change { process, .. }) => format!("-{}", process.pid),
        Notice::Round(_) => "round".into(),
        Notice::Gap { lost } => format!("gap {lost}"),
        Notice::Resync(all) => format!("all {}", all.len()),
    }
}

fn heard(outlet: &Outlet) -> Vec<String> {
    std::iter::from_fn(|| outlet.try_next()).map(|notice| word(&notice)).collect()
}

#[test]
fn a_newcomer_gets_the_whole_picture_and_then_what_changes() {
    let mut bench = Bench::new();
    bench.tell([created(1), created(2)]);
    let outlet = bench.hub.registrar().outlet("new", Filter::everything(), 8).unwrap();
    bench.tell([created(3)]);
    bench.serve([created(4)], true);
    assert_eq!(heard(&outlet), ["all 3", "+4", "round"]);
}

#[test]
fn who_is_too_slow_learns_how_much_was_lost_and_gets_the_whole_picture() {
    let mut bench = Bench::new();
    let outlet = bench.outlet("slow", Filter::changes(), 8);
    bench.tell((0..20).map(created));
    let standing = Standing { name: "slow".into(), waiting: 8, lost: 12, panics: 0 };
    assert_eq!(bench.hub.registrar().standings(), [standing]);
    let taken: Vec<Notice> = (0..4).filter_map(|_| outlet.try_next()).collect();
    assert_eq!(taken.len(), 4, "half of the queue is free");
    bench.tell([created(20)]);
    bench.tell([created(21)]);
    assert_eq!(heard(&outlet), ["+4", "+5", "+6", "+7", "gap 13", "all 21", "+21"]);
}

#[test]
fn rounds_are_large_so_that_two_of_them_wait_and_no_more() {
    let mut bench = Bench::new();
    let outlet = bench.outlet("rounds", Filter::rounds(), 1000);
    for _ in 0..5 {
        bench.serve([], true);
    }
    assert_eq!(heard(&outlet), ["round", "round"]);
    bench.serve([], true);
    assert_eq!(
        heard(&outlet),
        ["gap 3", "round"],
        "who wants no changes needs no picture but the next round"
    );
}

#[test]
fn a_name_is_taken_until_its_owner_has_left() {
    let bench = Bench::new();
    let registrar = bench.hub.registrar();
    let outlet = registrar.outlet("one", Filter::everything(), 8).unwrap();
    let taken = NotRegistered::NameTaken("one".into());
    assert_eq!(registrar.outlet("one", Filter::rounds(), 8).unwrap_err(), taken);
    drop(outlet);
    assert!(registrar.outlet("one", Filter::rounds(), 8).is_ok());
}

#[test]
fn thousands_come_and_go_and_no_more_than_some_stay() {
    let mut bench = Bench::new();
    let registrar = bench.hub.registrar();
    for _ in 0..20 {
        let all: Vec<Outlet> =
            (0..256).map(|n| registrar.outlet(&format!("{n}"), Filter::changes(), 8).unwrap()).collect();
        assert_eq!(registrar.outlet("more", Filter::changes(), 8).unwrap_err(), NotRegistered::TooMany);
        bench.tell([created(1)]);
        assert_eq!(all.iter().filter(|outlet| heard(outlet) == ["all 1"]).count(), 256);
    }
    assert_eq!(bench.pictures, 20, "all newcomers of a round share one picture");
    bench.tell([]);
    assert!(registrar.standings().is_empty() && !bench.hub.wants_changes());
}

#[test]
fn where_the_loop_has_ended_there_is_nothing_to_wait_for() {
    let bench = Bench::new();
    let registrar = bench.hub.registrar();
    let before = registrar.outlet("before", Filter::everything(), 8).unwrap();
    drop(bench);
    assert!(before.next().is_none());
    assert!(registrar.outlet("after", Filter::everything(), usize::MAX).unwrap().next().is_none());
}
