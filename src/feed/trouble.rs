//! The losses of one consumer, from the first until none has come for a while: told once when they begin and once when
//! they are over. The first is made good at once; while losses go on the pause before the next whole picture grows, so
//! that nobody who is too slow for ever, or panics at everything, costs the loop more than a picture now and then.

use crate::model::Mono;
use crate::model::record::ConsumerRecord;
use std::sync::Arc;
use std::time::Duration;

/// Between two pictures while losses go on, at first and in the end.
pub(super) const SHORTEST: Duration = Duration::from_millis(250);
pub(super) const LONGEST: Duration = Duration::from_secs(8);

/// It is over when nothing was lost for so long.
pub(super) const CALM: Duration = Duration::from_secs(10);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Cause {
    Slow,
    Panic,
    /// Something before it was lost.
    Gap,
}

#[derive(Debug, Default)]
pub(super) struct Trouble {
    began: Option<Mono>,
    latest: Mono,
    lost: u64,
    told_slow: bool,
    told_panic: bool,
    pause: Duration,
    rests_until: Mono,
}

impl Trouble {
    /// What is to be told of it, if that is new.
    pub(super) fn lost(&mut self, now: Mono, cause: Cause, name: &Arc<str>) -> Option<ConsumerRecord> {
        self.began.get_or_insert(now);
        self.latest = now;
        self.lost += 1;
        let name = Arc::clone(name);
        let (told, record) = match cause {
            Cause::Slow => (&mut self.told_slow, ConsumerRecord::Behind { name }),
            Cause::Panic => (&mut self.told_panic, ConsumerRecord::Panicked { name }),
            Cause::Gap => return None,
        };
        (!std::mem::replace(told, true)).then_some(record)
    }

    pub(super) fn rests_until(&self) -> Mono {
        self.rests_until
    }

    pub(super) fn made_good(&mut self, now: Mono) {
        self.pause = (self.pause * 2).clamp(SHORTEST, LONGEST);
        self.rests_until = now + self.pause;
    }

    /// When it may be over, if all is made good until then.
    pub(super) fn ends(&self) -> Option<Mono> {
        self.began.map(|_| self.latest + CALM)
    }

    pub(super) fn over(&mut self, now: Mono, name: &Arc<str>) -> Option<ConsumerRecord> {
        self.ends().filter(|ends| *ends <= now)?;
        let Trouble { began, latest, lost, .. } = std::mem::take(self);
        let after = latest - began?;
        Some(ConsumerRecord::CaughtUp { name: Arc::clone(name), lost, after })
    }
}
