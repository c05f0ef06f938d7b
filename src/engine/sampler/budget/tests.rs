//! The arithmetic of the interval, in numbers that can be checked by hand: of 0.75 % of a core 75 ms are afforded in ten
//! seconds.

use super::*;

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn live(policy: &ScannerPolicy) -> Terms<'_> {
    Terms { policy, reads_all_every: None }
}

#[test]
fn what_the_budget_affords_changes_nothing() {
    let (mut budget, policy) = (Budget::default(), ScannerPolicy::default());
    for cost in [0, 1, 75, 74, 75, 3, 75, 0, 0, 0, 0] {
        assert_eq!(budget.charge(millis(cost), live(&policy)), Verdict::default());
    }
    assert_eq!(budget.interval(&policy), seconds(10));
}

#[test]
fn a_dear_pass_stretches_at_once_and_cheap_ones_shrink_after_a_while() {
    let (mut budget, policy) = (Budget::default(), ScannerPolicy::default());
    let verdict = budget.charge(millis(150), live(&policy));
    assert_eq!(verdict, Verdict { changed: Some((seconds(10), seconds(25))), too_dear: None });
    for _ in 0..5 {
        assert_eq!(budget.charge(millis(30), live(&policy)), Verdict::default(), "one of six was dear");
    }
    assert_eq!(budget.charge(millis(30), live(&policy)).changed, Some((seconds(25), seconds(10))));
}

#[test]
fn what_no_interval_can_pay_for_is_told() {
    let (mut budget, policy) = (Budget::default(), ScannerPolicy::default());
    let verdict = budget.charge(millis(750), live(&policy));
    assert_eq!(verdict, Verdict { changed: Some((seconds(10), seconds(60))), too_dear: Some(seconds(100)) });
    let verdict = budget.charge(millis(440), live(&policy));
    assert_eq!(verdict, Verdict::default(), "58.7 s are within the longest");
}

#[test]
fn without_events_only_passes_beyond_discoverys_own_are_paid_for() {
    let policy = ScannerPolicy { interval: seconds(1), ..ScannerPolicy::default() };
    let polling = Terms { policy: &policy, reads_all_every: Some(seconds(10)) };
    let mut budget = Budget::default();
    assert_eq!(
        budget.charge(seconds(3600), polling),
        Verdict {
            changed: Some((seconds(1), polling.with_room(polling.needed(seconds(3600))))),
            too_dear: None
        }
    );
    assert!(polling.needed(seconds(3600)) < seconds(10), "a pass that is made anyway is never too dear");
    assert_eq!(polling.needed(millis(75)), seconds(5), "one of two is discovery's");
}

#[test]
fn other_terms_are_kept_at_once() {
    let (mut budget, usual) = (Budget::default(), ScannerPolicy::default());
    budget.charge(millis(300), live(&usual));
    assert_eq!(budget.interval(&usual), seconds(50));
    let rich = ScannerPolicy { cpu_budget: 0.03, ..usual.clone() };
    assert_eq!(budget.settle(live(&rich)), Some((seconds(50), seconds(10))));
    assert_eq!(budget.settle(live(&usual)), Some((seconds(10), seconds(50))));
    let rare = ScannerPolicy { interval: seconds(55), ..usual.clone() };
    assert_eq!(budget.settle(live(&rare)), Some((seconds(50), seconds(55))));
    let rarer = ScannerPolicy { interval: seconds(60), ..usual };
    assert_eq!(budget.settle(live(&rarer)), None, "that is the operator's own wish");
}
