//! How it stands with a guest: whether it has something to do, how long it may take, and whether it can be let go.

use super::{Guest, Leaving};
use crate::model::Mono;

impl Guest {
    /// Whether there is something to do that no poll will tell of.
    pub(in super::super) fn is_busy(&self) -> bool {
        match self.leaving {
            Leaving::Not => self.outbox.is_empty() && (self.unheard || self.readable),
            Leaving::Soon => false,
            Leaving::Parting => self.readable,
        }
    }

    pub(in super::super) fn is_done(&self) -> bool {
        let awaits = self.owed > 0 && !self.hung_up;
        let stays = self.stays && !self.hung_up;
        let over = match self.leaving {
            Leaving::Not => !self.unheard && !awaits && !stays,
            Leaving::Soon => !awaits,
            Leaving::Parting => true,
        };
        self.broken || self.ended && self.outbox.is_empty() && over
    }

    pub(in super::super) fn is_leaving(&self) -> bool {
        self.leaving != Leaving::Not
    }

    /// One that has come to stay, or has asked again: not the next best connection of a flood.
    pub(in super::super) fn is_regular(&self) -> bool {
        self.stays || self.answers > 1
    }

    /// Whether it owes nothing: no request, no end of one, no taking of an answer.
    pub(in super::super) fn is_square(&self) -> bool {
        self.outbox.is_empty() && (self.is_leaving() || self.answers > 0 && self.inbox.is_empty())
    }

    /// `None`: it may wait for ever.
    pub(in super::super) fn deadline(&self) -> Option<Mono> {
        let awaits = (self.stays || self.owed > 0) && self.leaving != Leaving::Parting;
        (!awaits || !self.outbox.is_empty() || !self.inbox.is_empty()).then_some(self.deadline)
    }
}
