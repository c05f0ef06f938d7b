//! The ways a service may be set up in a history. Where it retries at all it does so for longer than any history refuses,
//! or gives up early: both happen.

use super::chance::BLOCKED;
use super::policies::{limits, policy, rule};
use crate::config::policy::{BreakerPolicy, Filters, Policy, RetryPolicy, Rule, ScannerPolicy, Tree};
use proptest::prelude::*;
use std::time::Duration;

/// So many are kept, at most.
pub(super) const SAMPLES: usize = 10;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Manner {
    /// The rules, of four; reloads change between them.
    pub which: u8,
    pub restores: bool,
    pub poll_only: bool,
    pub dry_run: bool,
    /// Of three.
    pub retries: u8,
    /// The first failure of a cause pauses all.
    pub nervous: bool,
    /// Processes are sampled.
    pub samples: bool,
    /// Of three, the first of them most of the time; reloads change it, too.
    pub tree: u8,
}

impl Manner {
    pub(super) fn policy(self) -> Policy {
        let patient = RetryPolicy { max_attempts: 1_000, ..RetryPolicy::default() };
        let nervous = BreakerPolicy { failures: 1, ..BreakerPolicy::default() };
        Policy {
            poll_only: self.poll_only,
            dry_run: self.dry_run,
            restore_on_drift: self.restores,
            retry: [Some(patient), Some(RetryPolicy::default()), None][usize::from(self.retries)].clone(),
            scanner: self.samples.then(|| ScannerPolicy {
                interval: Duration::from_secs(3),
                max_processes: SAMPLES,
                ..ScannerPolicy::default()
            }),
            breaker: if self.nervous { nervous } else { BreakerPolicy::default() },
            ..policy(self.rules().into_iter().map(|rule| Rule { tree: self.tree(), ..rule }).collect())
        }
    }

    pub(super) fn tree(self) -> Tree {
        let turned = if self.tree == 0 { 0 } else { self.tree + self.which };
        [Tree::Shared, Tree::Separate, Tree::RootOnly][usize::from(turned % 3)]
    }

    fn rules(self) -> Vec<Rule> {
        let blocked = || Filters { blocked_uids: [BLOCKED].into(), ..Filters::default() };
        let late = || Filters { min_runtime: Some(Duration::from_secs(2)), ..blocked() };
        match self.which {
            0 => vec![rule("ffmpeg", blocked()), rule("gst-launch-1.0", blocked())],
            1 => vec![rule("ffmpeg", blocked())],
            2 => vec![rule("ffmpeg", late()), rule("gst-launch-1.0", blocked())],
            _ => {
                let mut other = rule("ffmpeg", blocked());
                other.limits = limits(50);
                vec![other, rule("ls", late())]
            }
        }
    }
}

pub(super) fn manner() -> impl Strategy<Value = Manner> {
    let seldom = || prop::bool::weighted(0.2);
    let coin = any::<bool>;
    let tree = prop_oneof![Just(0), 1..3_u8];
    (0..4_u8, coin(), seldom(), prop::bool::weighted(0.1), 0..3_u8, coin(), coin(), tree).prop_map(
        |(which, restores, poll_only, dry_run, retries, nervous, samples, tree)| Manner {
            which,
            restores,
            poll_only,
            dry_run,
            retries,
            nervous,
            samples,
            tree,
        },
    )
}
