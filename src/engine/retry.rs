//! How long a failed attachment waits for its next try, and what its tries have met so far.

use crate::config::policy::RetryPolicy;
use crate::model::Identity;
use crate::model::failure::Tried;
use std::collections::VecDeque;
use std::time::Duration;

/// Errors that are remembered of one process: the latest.
const ERRORS_KEPT: usize = 8;

/// The wait after `failed` failed tries: doubled each time, up to the longest. The jitter (up to a tenth) keeps those
/// that failed together apart; it comes from who the process is, so that a replay of the same inputs waits the same.
pub(super) fn delay(failed: u32, who: Identity, policy: &RetryPolicy) -> Duration {
    let doubled = policy.initial_delay.saturating_mul(1 << failed.saturating_sub(1).min(16));
    let base = doubled.min(policy.max_delay);
    let seed = (u64::from(who.pid.0) ^ who.start.0.rotate_left(17) ^ u64::from(failed) << 40)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    base + base.mul_f64((seed >> 40) as f64 / (1u64 << 24) as f64 / 10.0)
}

/// The tries of one attachment.
#[derive(Clone, Debug, Default)]
pub(super) struct Tries {
    failed: u32,
    errors: VecDeque<Tried>,
}

impl Tries {
    pub(super) fn add(&mut self, tried: Tried) {
        self.failed += 1;
        if self.errors.len() == ERRORS_KEPT {
            self.errors.pop_front();
        }
        self.errors.push_back(tried);
    }

    pub(super) fn failed(&self) -> u32 {
        self.failed
    }

    pub(super) fn last(&self) -> Option<&Tried> {
        self.errors.back()
    }

    /// Oldest first.
    pub(super) fn errors(&self) -> Vec<Tried> {
        self.errors.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::failure::{Class, Failure, Step};
    use crate::model::{Pid, StartTime, Wall};

    const WHO: Identity = Identity { pid: Pid(4242), start: StartTime(99) };

    #[test]
    fn doubles_up_to_five_minutes_with_at_most_a_tenth_of_jitter() {
        for (failed, base) in [(1, 1), (2, 2), (3, 4), (8, 128), (9, 256), (10, 300), (u32::MAX, 300)] {
            let wait = delay(failed, WHO, &RetryPolicy::default());
            assert!(
                wait >= Duration::from_secs(base) && wait <= Duration::from_secs(base) * 11 / 10,
                "{wait:?}"
            );
        }
    }

    #[test]
    fn those_that_failed_together_do_not_come_back_together() {
        let wait = |pid| delay(1, Identity { pid: Pid(pid), ..WHO }, &RetryPolicy::default());
        let mut waits: Vec<Duration> = (1..=100).map(wait).collect();
        waits.sort();
        waits.dedup();
        assert!(waits.len() > 90, "{waits:?}");
        assert!(waits[waits.len() - 1] - waits[0] > Duration::from_millis(50), "{waits:?}");
    }

    #[test]
    fn the_latest_errors_are_kept_and_all_are_counted() {
        let mut tries = Tries::default();
        for errno in 1..=20 {
            let failure = Failure { step: Step::Move, errno, path: String::new(), detail: String::new() };
            tries.add(Tried { at: Wall(0), failure, class: Class::Unknown });
        }
        let kept: Vec<i32> = tries.errors().iter().map(|tried| tried.failure.errno).collect();
        assert_eq!((tries.failed(), kept), (20, (13..=20).collect()));
    }
}
