//! How long a process has lived: when it was born, on the clock of the kernel's events, which stands still while the machine
//! sleeps. Processes age meanwhile, so their births are put back by that time; many lie before the clock began.

use super::input::Sighting;
use crate::model::Mono;
use std::time::Duration;

/// Nanoseconds modulo 2^64: those before the beginning are very large, and differences are right nevertheless.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Birth(u64);

impl Birth {
    /// Its fork was told.
    pub(super) fn at(at: Mono) -> Birth {
        Birth(at.0)
    }

    /// By its age, which is counted in hundredths of a second.
    pub(super) fn of(seen: &Sighting) -> Birth {
        Birth(seen.read_at.0).put_back(seen.age)
    }

    pub(super) fn moment(self) -> Mono {
        Mono(self.0)
    }

    pub(super) fn put_back(self, by: Duration) -> Birth {
        Birth(self.0.wrapping_sub(by.as_nanos() as u64))
    }

    pub(super) fn is_after(self, at: Mono) -> bool {
        self.until(at) < 0
    }

    /// Timestamps of two processors may be in the wrong order: then it lived for no time at all.
    pub(super) fn lifetime(self, end: Mono) -> Duration {
        Duration::from_nanos(self.until(end).max(0).cast_unsigned())
    }

    fn until(self, at: Mono) -> i64 {
        at.0.wrapping_sub(self.0).cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lives_that_began_before_the_clock_are_as_long_as_they_are() {
        let old = Birth::at(Mono(5)).put_back(Duration::from_nanos(100));
        assert_eq!(old.lifetime(Mono(10)), Duration::from_nanos(105));
        assert!(!old.is_after(Mono(0)) && Birth::at(Mono(5)).is_after(Mono(4)));
        assert_eq!(Birth::at(Mono(5)).lifetime(Mono(4)), Duration::ZERO);
    }
}
