//! How trouble is told, and how its cost is kept down.

use super::super::trouble::{CALM, LONGEST, SHORTEST};
use super::*;

#[test]
fn trouble_is_told_once_when_it_begins_and_once_when_it_is_over() {
    let mut bench = Bench::new();
    let outlet = bench.outlet("slow", Filter::changes(), 8);
    for _ in 0..3 {
        bench.tell((0..20).map(created));
        let _ = heard(&outlet);
        bench.now = bench.hub.next_deadline(bench.now).unwrap_or(bench.now);
        bench.tell([]);
    }
    let name: Arc<str> = "slow".into();
    assert_eq!(bench.told(), [ConsumerRecord::Behind { name: Arc::clone(&name) }]);
    let lost = bench.lost();
    assert!(lost > 12, "{lost}");
    let _ = heard(&outlet);
    let mut rounds = 0;
    while let Some(at) = bench.hub.next_deadline(bench.now) {
        (bench.now, rounds) = (at, rounds + 1);
        bench.tell([]);
        let _ = heard(&outlet);
        assert!(rounds < 5);
    }
    let told = bench.told();
    let [ConsumerRecord::CaughtUp { lost: all, after, .. }] = told[..] else { panic!("{told:?}") };
    assert_eq!(all, lost);
    assert!(after < CALM, "{after:?}");
    bench.tell((0..20).map(created));
    assert_eq!(bench.told(), [ConsumerRecord::Behind { name }], "another trouble is news again");
}

#[test]
fn who_has_not_taken_the_picture_has_not_caught_up() {
    let mut bench = Bench::new();
    let outlet = bench.outlet("stuck", Filter::changes(), 8);
    bench.tell((0..9).map(created));
    (0..8).for_each(|_| drop(outlet.try_next()));
    for _ in 0..3 {
        bench.tell([]);
        bench.now = bench.now + CALM;
    }
    assert_eq!(bench.told(), [ConsumerRecord::Behind { name: "stuck".into() }]);
    assert_eq!(heard(&outlet), ["gap 1", "all 9"]);
    bench.tell([]);
    assert!(matches!(bench.told()[..], [ConsumerRecord::CaughtUp { lost: 1, .. }]));
}

#[test]
fn one_that_panics_at_everything_costs_a_picture_now_and_then() {
    let mut bench = Bench::new();
    let outlet = bench.outlet("hopeless", Filter::changes(), 8);
    let (began, before) = (bench.now, bench.pictures);
    bench.tell([created(1)]);
    while bench.now < began + Duration::from_secs(3600) {
        bench.tell([]);
        while outlet.try_next().is_some() {
            outlet.seat.panicked();
            bench.tell([]);
        }
        bench.now = bench.hub.next_deadline(bench.now).expect("it is to be made good");
    }
    let pictures = (bench.pictures - before) as u32;
    let most = 3600 / LONGEST.as_secs() as u32 + (LONGEST.as_millis() / SHORTEST.as_millis()).ilog2() + 2;
    assert!((most - 10..=most).contains(&pictures), "{pictures} pictures in an hour");
    assert_eq!(bench.told(), [ConsumerRecord::Panicked { name: "hopeless".into() }]);
}

#[test]
fn what_several_lose_at_once_is_made_good_by_one_picture() {
    let mut bench = Bench::new();
    let outlets = ["a", "b", "c"].map(|name| bench.outlet(name, Filter::changes(), 8));
    bench.tell((0..9).map(created));
    outlets.iter().for_each(|outlet| assert_eq!(heard(outlet).len(), 8));
    let before = bench.pictures;
    bench.tell([]);
    assert_eq!(bench.pictures, before + 1);
    outlets.iter().for_each(|outlet| assert_eq!(heard(outlet), ["gap 1", "all 9"]));
}
