//! What the whole service uses of a core, from one pass to a later one. Measured by its processor time alone, on the clock
//! that stands still in suspend: sleep and a set wall clock are no load.

use crate::model::Mono;
use std::time::Duration;

/// Over less a burst that is over at once would look like load.
const LEAST: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(super) struct Load {
    since: Option<(Mono, Duration)>,
    cores: Option<f64>,
}

impl Load {
    /// `own`: processor time of the service since its start.
    pub(super) fn measure(&mut self, now: Mono, own: Duration) {
        let (at, before) = *self.since.get_or_insert((now, own));
        let over = now - at;
        if over >= LEAST {
            self.cores = Some(own.saturating_sub(before).as_secs_f64() / over.as_secs_f64());
            self.since = Some((now, own));
        }
    }

    /// When it was measured last; nothing before.
    pub(super) fn cores(&self) -> Option<f64> {
        self.cores
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Mono {
        Mono(seconds * 1_000_000_000)
    }

    #[test]
    fn load_is_measured_over_seconds_and_short_spans_add_up() {
        let mut load = Load::default();
        load.measure(seconds(100), Duration::from_secs(40));
        assert_eq!(load.cores(), None);
        load.measure(seconds(101), Duration::from_secs(41));
        assert_eq!(load.cores(), None, "a second tells little");
        load.measure(seconds(104), Duration::from_secs(41));
        assert_eq!(load.cores(), Some(0.25));
        load.measure(seconds(104), Duration::from_secs(50));
        assert_eq!(load.cores(), Some(0.25), "no time has passed");
        load.measure(seconds(112), Duration::from_secs(41));
        assert_eq!(load.cores(), Some(0.0));
    }
}
