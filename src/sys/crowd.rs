//! Tells a crowd of events from a few, and lets a crowd gather for a moment: a thread that is woken for each of ten
//! thousand events a second spends its time on being woken, and takes the processor from those who do the work. A few
//! events are never waited for.

use crate::model::Mono;
use std::time::Duration;

/// Events are counted in windows this long.
const WINDOW: Duration = Duration::from_millis(8);

/// So many in a window are a crowd: five hundred processes that start and end within a second.
const CROWD: usize = 12;

/// How long it gathers. The receive buffer holds a hundred times what comes in meanwhile.
const GATHER: Duration = Duration::from_millis(1);

#[derive(Debug, Default)]
pub struct Crowd {
    began: Mono,
    count: usize,
    /// The window before was crowded.
    before: bool,
}

impl Crowd {
    /// So many events have just been received: is this a crowd?
    pub fn met(&mut self, events: usize, now: Mono) -> bool {
        let over = now - self.began;
        if over >= WINDOW {
            // One that ended long ago says nothing about now.
            self.before = self.count >= CROWD && over < 2 * WINDOW;
            (self.began, self.count) = (now, 0);
        }
        self.count += events;
        self.before || self.count >= CROWD
    }
}

/// To be called when everything received has been dealt with, and nothing else is to do.
pub fn gather() {
    std::thread::sleep(GATHER);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(crowd: &mut Crowd, events: usize, at_ms: u64) -> bool {
        crowd.met(events, Mono(1_000_000_000 + at_ms * 1_000_000))
    }

    #[test]
    fn a_few_events_are_no_crowd_however_long_they_go_on() {
        let mut crowd = Crowd::default();
        assert!((0..100).all(|n| !met(&mut crowd, 1, n)));
    }

    #[test]
    fn a_crowd_is_known_at_once_and_while_it_lasts() {
        let mut crowd = Crowd::default();
        assert!(!met(&mut crowd, 3, 0) && met(&mut crowd, 9, 1));
        assert!((2..50).all(|n| met(&mut crowd, 3, n)));
    }

    #[test]
    fn what_comes_after_a_crowd_is_not_waited_for() {
        let mut crowd = Crowd::default();
        assert!(met(&mut crowd, 500, 0));
        assert!(!met(&mut crowd, 3, 100));
    }
}
