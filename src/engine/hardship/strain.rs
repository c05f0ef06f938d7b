//! Whether something lasts that a job suffers from: judged by how much of the time it was so, from reading to reading. It
//! is told when it has lasted for a while, and when it has been over for as long.

use crate::model::record::Strain;
use crate::model::{Mono, record::Hardship};
use std::time::Duration;

/// From which share on it counts, below which it is over, and how long either must last.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    begins: f64,
    ends: f64,
    lasts: Duration,
}

/// Held back by a limit is worth a word soon; going short of what others have is usual on a busy host, for a while.
fn bounds(strain: Strain) -> Bounds {
    match strain {
        Strain::Throttled | Strain::MemoryHigh => {
            Bounds { begins: 0.5, ends: 0.25, lasts: Duration::from_secs(10) }
        }
        Strain::NoCpu | Strain::NoMemory | Strain::NoIo => {
            Bounds { begins: 0.8, ends: 0.5, lasts: Duration::from_secs(60) }
        }
    }
}

/// One kind of it.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// Since when it is so, told or not yet told.
    since: Option<Mono>,
    told: bool,
    /// Since when it is not so any more, which is not told yet.
    over: Option<Mono>,
    /// How much of the time since then it was so.
    suffered: Duration,
}

impl Course {
    /// From `from` to `to` it was so for this share of the time.
    pub(super) fn read(&mut self, strain: Strain, from: Mono, to: Mono, share: f64) -> Option<Hardship> {
        let Bounds { begins, ends, lasts } = bounds(strain);
        let goes_on = share >= if self.told { ends } else { begins };
        if !goes_on && !self.told {
            *self = Course::default();
            return None;
        }
        let since = *self.since.get_or_insert(from);
        self.suffered += (to - from).mul_f64(share.clamp(0.0, 1.0));
        if goes_on {
            self.over = None;
            let news = !self.told && to - since >= lasts;
            self.told |= news;
            return news.then(|| Hardship::Strained { strain, percent: self.percent(to), over: to - since });
        }
        let over = *self.over.get_or_insert(from);
        (to - over >= lasts).then(|| {
            let told = Hardship::Eased { strain, percent: self.percent(over), over: over - since };
            *self = Course::default();
            told
        })
    }

    /// While it is told to be so: since when, and for how much of the time.
    pub(super) fn standing(&self, now: Mono) -> Option<(Duration, u8)> {
        let since = self.since.filter(|_| self.told)?;
        Some((now - since, self.percent(now)))
    }

    fn percent(&self, until: Mono) -> u8 {
        let whole = self.since.map(|since| until - since).unwrap_or_default().as_secs_f64();
        let share = if whole > 0.0 { self.suffered.as_secs_f64() / whole } else { 0.0 };
        (share.min(1.0) * 100.0).round() as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Mono {
        Mono(seconds * 1_000_000_000)
    }

    /// A reading every five seconds.
    fn told(strain: Strain, shares: &[f64]) -> Vec<(u64, Hardship)> {
        let mut course = Course::default();
        let times = (0..).map(|nth| (5 * nth, 5 * (nth + 1)));
        let read = |((from, to), share): ((u64, u64), &f64)| {
            Some((to, course.read(strain, at(from), at(to), *share)?))
        };
        times.zip(shares).filter_map(read).collect()
    }

    #[test]
    fn what_lasts_is_told_when_it_begins_and_when_it_is_over() {
        let shares = [0.9, 0.1, 0.8, 0.8, 0.9, 0.3, 0.2, 0.6, 0.0, 0.0, 0.0];
        let (strain, seconds) = (Strain::Throttled, Duration::from_secs);
        assert_eq!(
            told(strain, &shares),
            [
                (20, Hardship::Strained { strain, percent: 80, over: seconds(10) }),
                (50, Hardship::Eased { strain, percent: 60, over: seconds(30) }),
            ]
        );
    }

    #[test]
    fn what_comes_and_goes_is_not_worth_a_word() {
        let shares: Vec<f64> = [1.0, 0.4].repeat(100);
        assert_eq!(told(Strain::Throttled, &shares), []);
        assert_eq!(told(Strain::NoIo, &[1.0; 11]), [], "less than a minute");
        assert_eq!(told(Strain::NoIo, &[1.0; 20]).len(), 1);
    }
}
