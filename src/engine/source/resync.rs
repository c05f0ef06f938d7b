//! Makes good for missed events: by a full scan that begins after the last of them was missed. The first scan comes at
//! once, the next after a pause that grows while losses go on: a storm of losses never becomes a storm of scans.

use crate::model::Mono;
use std::time::Duration;

/// Between two scans while losses go on, at first and in the end.
pub(super) const SHORTEST: Duration = Duration::from_millis(250);
pub(super) const LONGEST: Duration = Duration::from_secs(8);

#[derive(Debug, Default)]
pub(super) struct Resync {
    missed: Missed,
    walk: Walk,
    pause: Duration,
    rests_until: Mono,
    /// How often all was made good for.
    done: u64,
}

/// What no scan that has begun since will find.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Missed {
    #[default]
    Nothing,
    Something,
    /// A scan was asked for and has not begun.
    Asked,
}

/// The scan under way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Walk {
    #[default]
    None,
    Other,
    MakesGood,
}

impl Resync {
    pub(super) fn missed(&mut self) {
        self.missed = Missed::Something;
    }

    pub(super) fn is_pending(&self) -> bool {
        self.missed != Missed::Nothing || self.walk == Walk::MakesGood
    }

    /// When to ask for a scan, while the source is live: before, it would be in vain.
    pub(super) fn deadline(&self) -> Option<Mono> {
        (self.missed == Missed::Something && self.walk == Walk::None).then_some(self.rests_until)
    }

    pub(super) fn asked(&mut self) {
        self.missed = Missed::Asked;
    }

    /// `complete`: it reads all processes, and whatever happens from now on is heard of.
    pub(super) fn scan_began(&mut self, now: Mono, complete: bool) {
        self.walk = Walk::Other;
        if complete && self.missed != Missed::Nothing {
            (self.missed, self.walk) = (Missed::Nothing, Walk::MakesGood);
            let calm = now >= self.rests_until + self.pause;
            self.pause = if calm { SHORTEST } else { (self.pause * 2).min(LONGEST) };
        }
    }

    /// Whether all is made good for with it.
    pub(super) fn scan_ended(&mut self, now: Mono, well: bool) -> bool {
        if std::mem::take(&mut self.walk) != Walk::MakesGood {
            return false;
        }
        self.rests_until = now + self.pause;
        if !well {
            self.missed = Missed::Something;
        }
        let done = self.missed == Missed::Nothing;
        self.done += u64::from(done);
        done
    }

    pub(super) fn done(&self) -> u64 {
        self.done
    }
}
