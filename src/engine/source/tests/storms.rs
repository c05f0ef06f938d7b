//! Losses upon losses: what is missed is always made good for, and neither scans nor lines come one for each.

use super::super::losses::MINUTE;
use super::super::resync::{LONGEST, SHORTEST};
use super::super::{Change, Trouble};
use super::bench::{Bench, Kernel};
use crate::model::record::SourceRecord;
use std::time::Duration;

fn scans(changes: &[Change]) -> usize {
    changes.iter().filter(|change| **change == Change::Resync).count()
}

#[test]
fn a_storm_of_overruns_brings_few_scans_and_fewer_lines() {
    let mut bench = Bench::live();
    let (mut resyncs, step) = (0, Duration::from_millis(10));
    for _ in 0..6_000 {
        resyncs += scans(&bench.overrun());
        resyncs += scans(&bench.after(step));
    }
    // Doubling from the shortest pause to the longest, and that one for the rest of the minute.
    assert!((8..=14).contains(&resyncs), "{resyncs}");
    let [
        SourceRecord::Overrun { total: 1 },
        SourceRecord::Recovered,
        SourceRecord::LostAgain { more, total, .. },
    ] = bench.records[..]
    else {
        panic!("{:?}", bench.records)
    };
    assert_eq!((more, total), (5_999, 6_000));
    assert_eq!(scans(&bench.after(LONGEST)), 1, "the last loss is made good for, too");
    assert_eq!((bench.records.last(), bench.source.trouble()), (Some(&SourceRecord::Recovered), None));
    bench.forget();
    assert_eq!(bench.after(MINUTE), [], "a quiet minute is not told of");
    assert_eq!(bench.records, []);
}

#[test]
fn after_a_calm_the_next_loss_is_made_good_for_at_once_and_told_again() {
    let mut bench = Bench::live();
    for total in [1, 2] {
        assert_eq!(bench.overrun(), [Change::Live, Change::Resync]);
        assert_eq!(bench.records, [SourceRecord::Overrun { total }, SourceRecord::Recovered]);
        let _ = bench.after(MINUTE);
        bench.forget();
    }
}

#[test]
fn a_scan_that_comes_in_the_pause_makes_good_if_it_is_full() {
    let mut bench = Bench::live();
    let _ = bench.overrun();
    assert_eq!(bench.overrun(), [Change::Live]);
    assert_eq!((bench.scan(false), bench.source.trouble()), (vec![], Some(Trouble::Resyncing)));
    assert_eq!((bench.scan(true), bench.source.trouble()), (vec![], None));
    assert_eq!(bench.after(SHORTEST * 3), []);
}

#[test]
fn a_failed_scan_makes_nothing_good_and_is_repeated_with_pauses() {
    let mut bench = Bench::live();
    bench.kernel.scans = false;
    assert_eq!(bench.overrun(), [Change::Live, Change::Resync]);
    let mut tries = 1;
    for _ in 0..100 {
        tries += scans(&bench.after(Duration::from_millis(100)));
    }
    assert!((4..8).contains(&tries), "{tries}");
    assert_eq!(bench.records, [SourceRecord::Overrun { total: 1 }]);
    bench.kernel.scans = true;
    assert_eq!(scans(&bench.after(LONGEST)), 1);
    assert_eq!((bench.records.last(), bench.source.trouble()), (Some(&SourceRecord::Recovered), None));
}

#[test]
fn a_loss_that_nobody_told_of_is_found_at_the_next_scan() {
    let mut bench = Bench::live();
    assert_eq!(bench.scan(false), [], "nothing was dropped");
    bench.kernel.drops = 3;
    assert_eq!(bench.scan(false), [Change::Live, Change::Resync]);
    assert_eq!(bench.records, [SourceRecord::Overrun { total: 1 }, SourceRecord::Recovered]);
}

#[test]
fn drops_that_were_told_are_not_counted_again() {
    let mut bench = Bench::live();
    bench.kernel.drops = 3;
    assert_eq!(bench.overrun(), [Change::Live, Change::Resync]);
    assert_eq!(bench.after(Duration::from_secs(10)), []);
    assert_eq!(bench.scan(false), [], "a new socket has dropped nothing");
    assert_eq!(bench.records.len(), 2);
}

#[test]
fn polling_asks_for_no_count() {
    let mut bench = Bench::new(Kernel { acks: false, ..Kernel::sound() });
    let _ = (bench.start(), bench.jump(), bench.jump());
    bench.forget();
    assert_eq!((bench.scan(true), bench.wanted.len()), (vec![], 0));
}
