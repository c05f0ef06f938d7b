//! The consumer: what it is told, and what it tells.

use super::*;
use crate::config::Policy;
use crate::config::policy::ScannerPolicy;
use crate::feed::{Consumer, Notice};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

fn with(top: Option<TopPolicy>) -> Arc<Policy> {
    let scanner = Some(ScannerPolicy { top, ..ScannerPolicy::default() });
    Arc::new(Policy { scanner, ..crate::config::tests::defaults().policy })
}

#[test]
fn each_round_makes_a_list_as_the_policy_of_its_time_says() {
    let woken = Arc::new(AtomicU32::new(0));
    let wake = Arc::clone(&woken);
    let wake = move || {
        wake.fetch_add(1, Relaxed);
    };
    let (mut top, lists, policies) = Top::new(with(Some(policy(1, 0.0))), wake);
    let told = Notice::Round(Arc::new(round(vec![process(1, 1.0, 1), process(2, 0.5, 900)])));
    let mut next = || {
        top.hear(&told);
        lists.try_recv().ok().map(|list| pids(&list))
    };
    assert_eq!(next(), Some(vec![2]));
    policies.send(with(Some(TopPolicy { memory_weight: 0.0, ..policy(2, 0.0) }))).unwrap();
    assert_eq!(next(), Some(vec![1, 2]));
    policies.send(with(Some(policy(2, 0.0)))).unwrap();
    policies.send(with(None)).unwrap();
    assert_eq!(next(), None, "the last one counts");
    policies.send(with(Some(policy(1, 0.0)))).unwrap();
    assert_eq!((next(), woken.load(Relaxed)), (Some(vec![2]), 3));
}

#[test]
fn what_was_lost_is_made_good_by_the_next_round() {
    let (mut top, lists, _policies) = Top::new(with(Some(policy(1, 0.0))), || {});
    top.hear(&Notice::Gap { lost: 7 });
    top.hear(&Notice::Resync([].into()));
    assert!(lists.try_recv().is_err());
    top.hear(&Notice::Round(Arc::new(round(vec![process(1, 1.0, 1)]))));
    assert!(lists.try_recv().is_ok());
}
