//! The breaker of sampling: what overloads the service, or has it miss events, costs samples before it costs anything else.
//! After a pause one pass is tried, and either sampling goes on or the pause is doubled, up to a bound: never for ever.
//! Discovery's own scans know nothing of it.

use crate::model::Mono;
use crate::model::record::ShedCause;
use std::time::Duration;

const SHORTEST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(300);
/// Whoever has gone on for so long begins with a short pause again.
const CALM: Duration = Duration::from_secs(600);

#[derive(Debug, Default)]
pub(super) struct Shedding {
    shed: Option<Shed>,
    pause: Duration,
    resumed: Option<Mono>,
}

#[derive(Clone, Copy, Debug)]
struct Shed {
    cause: ShedCause,
    since: Mono,
    until: Mono,
}

/// For how long sampling is given up now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Pause {
    pub until: Mono,
    pub lasts: Duration,
    /// It went on before, or was given up for another cause.
    pub is_news: bool,
}

impl Shedding {
    pub(super) fn cause(&self) -> Option<ShedCause> {
        self.shed.map(|shed| shed.cause)
    }

    /// Something stands against sampling; nothing comes of it while a pause is under way.
    pub(super) fn trip(&mut self, now: Mono, cause: ShedCause, at_least: Duration) -> Option<Pause> {
        if self.shed.is_some_and(|shed| now < shed.until) {
            return None;
        }
        let again = self.shed.is_some() || self.resumed.is_some_and(|at| now < at + CALM);
        self.pause = if again { (self.pause * 2).clamp(SHORTEST, LONGEST) } else { SHORTEST };
        let lasts = self.pause.max(at_least);
        let (until, is_news) = (now + lasts, self.cause() != Some(cause));
        let since = self.shed.map_or(now, |shed| shed.since);
        self.shed = Some(Shed { cause, since, until });
        Some(Pause { until, lasts, is_news })
    }

    /// A pass was made and nothing stands against the next; tells how long there was none, if there was none.
    pub(super) fn pass(&mut self, now: Mono) -> Option<Duration> {
        let shed = self.shed.take()?;
        self.resumed = Some(now);
        Some(now - shed.since)
    }

    /// What was too much before may be wanted now: the next pass is tried at once.
    pub(super) fn forgive(&mut self, now: Mono) -> Option<Mono> {
        let shed = self.shed.as_mut()?;
        (self.pause, shed.until) = (Duration::ZERO, now);
        Some(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ShedCause::{Budget, EventsLost, Overload};

    const fn at(seconds: u64) -> Mono {
        Mono(seconds * 1_000_000_000)
    }

    fn until(pause: Option<Pause>) -> (u64, bool) {
        pause.map(|pause| (pause.until.0 / 1_000_000_000, pause.is_news)).expect("a pause")
    }

    #[test]
    fn each_try_that_fails_doubles_the_pause_up_to_five_minutes() {
        let mut shedding = Shedding::default();
        let mut now = 1000;
        for (n, wait) in [30, 60, 120, 240, 300, 300].into_iter().enumerate() {
            let pause = shedding.trip(at(now), Overload, Duration::ZERO);
            assert_eq!(until(pause), (now + wait, n == 0));
            assert_eq!(shedding.trip(at(now + wait - 1), EventsLost, Duration::ZERO), None);
            now += wait;
        }
        assert_eq!(shedding.pass(at(now)), Some(Duration::from_secs(1050)));
        assert_eq!((shedding.pass(at(now)), shedding.cause()), (None, None));
    }

    #[test]
    fn a_relapse_goes_on_where_the_pauses_were_and_calm_is_rewarded() {
        let mut shedding = Shedding::default();
        assert_eq!(until(shedding.trip(at(0), Overload, Duration::ZERO)), (30, true));
        shedding.pass(at(30));
        assert_eq!(until(shedding.trip(at(40), Overload, Duration::ZERO)), (100, true));
        shedding.pass(at(100));
        assert_eq!(until(shedding.trip(at(700), EventsLost, Duration::ZERO)), (730, true));
        assert_eq!(
            until(shedding.trip(at(730), Budget, Duration::from_secs(900))),
            (1630, true),
            "as dear as it is"
        );
        assert_eq!(shedding.forgive(at(800)), Some(at(800)));
        assert_eq!(until(shedding.trip(at(800), Budget, Duration::ZERO)), (830, false));
    }
}
