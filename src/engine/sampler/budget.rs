//! How far sampling passes are apart: as asked for, or as far as `scanner.cpu_budget` demands. Stretched at once, and
//! shrunk when the last few passes have all left room. Between two passes lies never less than what the first has cost
//! must be paid off in, so over any time sampling takes its budget and one pass at most.

use crate::config::policy::ScannerPolicy;
use std::collections::VecDeque;
use std::time::Duration;

/// So many passes must have been cheaper before the interval shrinks.
const LOOKS_BACK: usize = 6;

/// What a pass may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms<'p> {
    pub policy: &'p ScannerPolicy,
    /// Without events discovery reads every process itself, this often: of these passes sampling takes only notes.
    pub reads_all_every: Option<Duration>,
}

impl Terms<'_> {
    /// How far apart passes of this cost must be.
    fn needed(&self, cost: Duration) -> Duration {
        let afforded = self.policy.cpu_budget / cost.as_secs_f64();
        let free = self.reads_all_every.map_or(0.0, |every| 1.0 / every.as_secs_f64());
        Duration::try_from_secs_f64(1.0 / (afforded + free)).unwrap_or(Duration::MAX)
    }

    /// A quarter more than needed, within what the policy allows: the next little more or less then changes nothing.
    fn with_room(&self, needed: Duration) -> Duration {
        let roomy = needed.saturating_add(needed / 4);
        roomy.min(self.policy.max_interval).max(self.policy.interval)
    }
}

#[derive(Debug, Default)]
pub(super) struct Budget {
    interval: Duration,
    /// What the interval would be if passes cost nothing.
    asked: Duration,
    /// Of the last passes, the latest first.
    costs: VecDeque<Duration>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Verdict {
    pub changed: Option<(Duration, Duration)>,
    /// Even the longest interval is too short; it would have to be this.
    pub too_dear: Option<Duration>,
}

impl Budget {
    pub(super) fn interval(&self, policy: &ScannerPolicy) -> Duration {
        self.interval.max(policy.interval)
    }

    /// What the last pass has cost.
    pub(super) fn last_cost(&self) -> Duration {
        self.costs.front().copied().unwrap_or_default()
    }

    /// A sampling pass has cost so much.
    pub(super) fn charge(&mut self, cost: Duration, terms: Terms<'_>) -> Verdict {
        self.costs.truncate(LOOKS_BACK - 1);
        self.costs.push_front(cost);
        let (from, needed) = (self.interval(terms.policy), terms.needed(cost));
        let enough = terms.with_room(terms.needed(self.dearest()));
        let to = match () {
            () if needed > from => terms.with_room(needed),
            () if enough == terms.policy.interval || enough < from / 5 * 4 => enough,
            () => from,
        };
        (self.interval, self.asked) = (to, terms.policy.interval);
        Verdict {
            changed: (to != from).then_some((from, to)),
            too_dear: (needed > terms.policy.max_interval).then_some(needed),
        }
    }

    /// Other terms: at once what is right by them. Tells of it where the budget, and not the operator alone, sets the
    /// interval before or after.
    pub(super) fn settle(&mut self, terms: Terms<'_>) -> Option<(Duration, Duration)> {
        let (from, was_stretched) = (self.interval, self.interval > self.asked);
        let needed = terms.needed(self.dearest());
        let asked = terms.policy.interval;
        let to = if needed > asked { terms.with_room(needed) } else { asked };
        (self.interval, self.asked) = (to, asked);
        (to != from && (was_stretched || to > asked)).then_some((from, to))
    }

    fn dearest(&self) -> Duration {
        self.costs.iter().max().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
