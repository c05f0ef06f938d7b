//! Processes that come and go by the thousand.

use super::*;
use std::collections::BTreeSet;

/// Ten seconds of 2000 processes a second: most are never met, 3000 are, and each round all of them are others, under pids
/// that were handed on. Ten go on, and use least.
#[test]
fn churn_leaves_nobody_on_the_list_and_nothing_in_memory() {
    let policy = policy(50, 0.1);
    let mut ranking = Ranking::default();
    for number in 0..60u32 {
        let mut samples: Vec<Sample> = (1..=10).map(|pid| process(pid, 0.001, 0)).collect();
        samples.extend((0..3000).map(|n| {
            let mut short = process(100 + n, 0.002, 0);
            short.identity.start = StartTime(u64::from(number) * 20_000 + u64::from(n));
            short
        }));
        let list = ranking.rank(&round(samples.clone()), &policy, &Users::new()).expect("a list");
        let there: BTreeSet<Identity> = samples.iter().map(|sample| sample.identity).collect();
        let listed: BTreeSet<Identity> = list.rows.iter().map(|row| row.sample.identity).collect();
        assert!(listed.len() == 50 && listed.is_subset(&there));
        assert_eq!(ranking.listed.len(), 50);
        assert!(ranking.listed.capacity() <= 2 * 50, "{}", ranking.listed.capacity());
    }
}

/// A shell that starts them without end is what the list has to show.
#[test]
fn who_starts_them_all_is_listed_with_what_they_used() {
    let mut shell = process(7, 0.2, 10);
    shell.recent = Some(Recent { cores: 0.2, children: 1.5 });
    let mut samples: Vec<Sample> = (100..3100).map(|pid| process(pid, 0.0001, 0)).collect();
    samples.push(shell);
    let mut all = round(samples);
    all.busy = Some(2.1);
    let list = Ranking::default().rank(&all, &policy(10, 0.1), &Users::new()).expect("a list");
    assert_eq!(list.rows[0].sample.identity.pid, Pid(7));
    assert!(list.captured.is_some_and(|part| (0.80..0.82).contains(&part)), "{:?}", list.captured);
}

#[test]
fn the_larger_total_is_what_the_list_has_a_part_of() {
    let captured = |busy| {
        let mut all = round(vec![process(1, 1.0, 0), process(2, 0.5, 0), process(3, 0.5, 0)]);
        all.busy = busy;
        Ranking::default().rank(&all, &policy(1, 0.0), &Users::new()).and_then(|list| list.captured)
    };
    let parts = [None, Some(1.0), Some(4.0), Some(12.0)].map(captured);
    assert_eq!(parts, [Some(0.5), Some(0.5), Some(0.25), Some(0.25)]);
    let idle = round(vec![process(1, 0.0, 10)]);
    let list = Ranking::default().rank(&idle, &policy(1, 0.0), &Users::new()).expect("a list");
    assert_eq!((list.rows.len(), list.captured), (1, None), "of nothing there is no part");
}
