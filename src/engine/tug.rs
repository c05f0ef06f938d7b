//! How patient one is with somebody who undoes again and again what one has done. A few times it is put right and said;
//! a fight is said once, and then it is for the caller to give in or to go on more slowly.

use crate::model::Mono;
use std::time::Duration;

/// So often it is answered as if it had been an accident.
const PATIENCE: u32 = 3;

/// After this long without another pull all is forgiven.
const LULL: Duration = Duration::from_secs(600);

/// The pace in a fight.
const SLOWLY: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tug {
    times: u32,
    last: Mono,
    answered: Mono,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Pull {
    /// Put it right and say so.
    Answer,
    /// Say that this goes on and on.
    Fight,
    /// Put it right without a word.
    Quietly,
    /// It is not time yet.
    Wait,
}

impl Tug {
    /// Somebody has done it again.
    pub(super) fn pull(&mut self, now: Mono) -> Pull {
        if now - self.last > LULL {
            self.times = 0;
        }
        self.times = self.times.saturating_add(1);
        self.last = now;
        let pull = match self.times {
            ..=PATIENCE => Pull::Answer,
            times if times == PATIENCE + 1 => Pull::Fight,
            _ if now - self.answered >= SLOWLY => Pull::Quietly,
            _ => return Pull::Wait,
        };
        self.answered = now;
        pull
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Mono {
        Mono(1_000_000_000_000) + Duration::from_secs(second)
    }

    #[test]
    fn patience_ends_and_the_pace_slows_until_it_has_been_quiet() {
        let mut tug = Tug::default();
        let pulls: Vec<Pull> = (0..16).map(|n| tug.pull(at(10 * n))).collect();
        let mut expected = vec![Pull::Answer; 3];
        expected.push(Pull::Fight); // at 30 s
        expected.extend([[Pull::Wait; 5].as_slice(), &[Pull::Quietly]].concat().repeat(2));
        assert_eq!(pulls, expected);
        assert_eq!(tug.pull(at(150 + 600)), Pull::Quietly);
        assert_eq!(tug.pull(at(750 + 601)), Pull::Answer);
    }
}
