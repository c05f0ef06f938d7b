//! Everything the engine waits for, in order of time. Setting a timer again moves it; a timer is set at most once.
//! Not for waiting itself: the reactor sleeps until `next`.

use crate::model::{Identity, Mono, Pid};
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Timer {
    /// The next reconciliation.
    Scan,
    /// A target reaches its min_runtime; the number is the table's serial of the process.
    Mature(Pid, u32),
    /// The next try of an attachment that failed.
    Retry(Identity),
    /// A pause of all attaching is over.
    Probe,
    /// Governing was not possible and may be by now.
    Prepare,
    /// A removed group whose process has not been reported dead yet.
    Bury(Identity),
    /// What a job suffered has been gathered for long enough.
    Toll(Identity),
    /// A job has outlived its unit for as long as that would have waited.
    Outlived(Identity),
    /// The state on disk is older than it should be.
    Save,
    /// Stopping has taken long enough.
    GiveUp,
}

#[derive(Debug, Default)]
pub(super) struct Deadlines {
    order: BTreeSet<(Mono, Timer)>,
    at: HashMap<Timer, Mono>,
}

impl Deadlines {
    pub(super) fn set(&mut self, timer: Timer, at: Mono) {
        self.clear(timer);
        self.order.insert((at, timer));
        self.at.insert(timer, at);
    }

    /// Like `set`, but never later than it stands already.
    pub(super) fn set_by(&mut self, timer: Timer, at: Mono) {
        if self.at.get(&timer).is_none_or(|&set| at < set) {
            self.set(timer, at);
        }
    }

    pub(super) fn clear(&mut self, timer: Timer) {
        if let Some(at) = self.at.remove(&timer) {
            self.order.remove(&(at, timer));
        }
    }

    /// Processes have aged by so much while the clock stood still: those that wait for an age wait less.
    pub(super) fn age(&mut self, by: Duration) {
        let ripens = |&(timer, _): &(Timer, Mono)| matches!(timer, Timer::Mature(..));
        let ripening: Vec<_> = self.at.iter().map(|(&timer, &at)| (timer, at)).filter(ripens).collect();
        for (timer, at) in ripening {
            self.set(timer, at.sooner_by(by));
        }
    }

    /// When it is due, if it is set.
    pub(super) fn at(&self, timer: Timer) -> Option<Mono> {
        self.at.get(&timer).copied()
    }

    pub(super) fn next(&self) -> Option<Mono> {
        self.order.first().map(|&(at, _)| at)
    }

    /// Takes one timer that is due.
    pub(super) fn due(&mut self, now: Mono) -> Option<Timer> {
        let &(at, timer) = self.order.first().filter(|&&(at, _)| at <= now)?;
        self.order.remove(&(at, timer));
        self.at.remove(&timer);
        Some(timer)
    }

    #[cfg(test)]
    pub(super) fn timers(&self) -> impl Iterator<Item = Timer> {
        assert_eq!(self.order.len(), self.at.len());
        self.order.iter().map(|&(_, timer)| timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timers_come_out_in_order_and_only_when_due() {
        let mut d = Deadlines::default();
        d.set(Timer::Scan, Mono(20));
        d.set(Timer::Save, Mono(10));
        assert_eq!(d.next(), Some(Mono(10)));
        assert_eq!(d.due(Mono(9)), None);
        assert_eq!(d.due(Mono(30)), Some(Timer::Save));
        assert_eq!(d.due(Mono(30)), Some(Timer::Scan));
        assert_eq!((d.due(Mono(30)), d.next()), (None, None));
    }

    #[test]
    fn setting_again_moves_a_timer_and_clearing_forgets_it() {
        let mut d = Deadlines::default();
        d.set(Timer::Scan, Mono(20));
        d.set(Timer::Scan, Mono(5));
        d.set_by(Timer::Scan, Mono(9));
        assert_eq!(d.next(), Some(Mono(5)));
        d.clear(Timer::Scan);
        assert_eq!(d.next(), None);
    }
}
