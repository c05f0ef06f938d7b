//! What happens again and again, told in few words: the first of it is gathered for a moment, and while it goes on it is
//! summed up ever more rarely. Nothing of it is left uncounted, and nothing grows.

use crate::model::Mono;
use std::time::Duration;

/// Between two summaries: the first pause, and the longest.
const FIRST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(320);

#[derive(Debug, Default)]
pub(super) struct Episode {
    /// Since `since`; zero while nothing is to be told.
    untold: u64,
    since: Mono,
    due: Option<Mono>,
    /// The pause that follows the next summary.
    pause: Option<Duration>,
}

/// How often, within how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Summary {
    pub count: u64,
    pub over: Duration,
}

impl Episode {
    /// It has happened so many more times. `gather`: so long the first summary waits for more.
    pub(super) fn add(&mut self, now: Mono, more: u64, gather: Duration) {
        if more == 0 {
            return;
        }
        if self.untold == 0 {
            self.since = now;
        }
        self.untold += more;
        self.due.get_or_insert(now + gather);
    }

    pub(super) fn untold(&self) -> u64 {
        self.untold
    }

    pub(super) fn since(&self) -> Mono {
        self.since
    }

    pub(super) fn due(&self) -> Option<Mono> {
        self.due
    }

    /// What is to be told by now is not complete: later.
    pub(super) fn wait(&mut self, until: Mono) {
        self.due = Some(until);
    }

    /// What there is to tell, be it due or not; the episode goes on.
    pub(super) fn sum_up(&mut self, now: Mono) -> Option<Summary> {
        let count = std::mem::take(&mut self.untold);
        if count == 0 {
            *self = Episode::default(); // a whole pause was quiet
            return None;
        }
        let pause = self.pause.unwrap_or(FIRST);
        (self.due, self.pause) = (Some(now + pause), Some((2 * pause).min(LONGEST)));
        Some(Summary { count, over: now - self.since })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Duration = Duration::from_millis(300);

    /// Once a millisecond for a day: the lines, and how many times they tell of.
    #[test]
    fn a_storm_is_a_few_lines_that_leave_nothing_out() {
        let (mut episode, mut told, mut lines) = (Episode::default(), 0, 0);
        for ms in 0..86_400_000u64 {
            let now = Mono(ms * 1_000_000);
            episode.add(now, 1, MOMENT);
            if episode.due().is_some_and(|due| due <= now) {
                told += episode.sum_up(now).map_or(0, |summary| summary.count);
                lines += 1;
            }
        }
        assert!((270..285).contains(&lines), "{lines}");
        assert_eq!(told + episode.untold(), 86_400_000);
    }

    #[test]
    fn after_a_quiet_pause_the_next_is_told_like_the_first() {
        let mut episode = Episode::default();
        episode.add(Mono(0), 2, MOMENT);
        assert_eq!(episode.due(), Some(Mono(0) + MOMENT));
        let now = Mono(0) + MOMENT;
        assert_eq!(episode.sum_up(now), Some(Summary { count: 2, over: MOMENT }));
        assert_eq!((episode.due(), episode.sum_up(now + FIRST)), (Some(now + FIRST), None));
        assert_eq!(episode.due(), None);
        episode.add(now + 2 * FIRST, 1, MOMENT);
        assert_eq!(episode.due(), Some(now + 2 * FIRST + MOMENT));
    }
}
