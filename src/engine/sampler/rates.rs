//! What a process has used since the round before: two readings of one identity, and the time between just these two. The
//! clock of readings stands still while the machine sleeps, as processes do.

use super::children::Owes;
use super::ledger::{Ledger, Reading};
use crate::engine::input::Sighting;
use crate::model::Mono;
use crate::model::sample::Recent;
use std::time::Duration;

/// Start times are cut to whole ticks: so much older than it is may a process seem.
const TICK: Duration = Duration::from_millis(10);

/// Whether it was born after the last round had begun. `slept`: what the machine has until now, since ages count it.
pub(super) fn is_newborn(seen: &Sighting, slept: Duration, last: &Ledger) -> bool {
    seen.age <= (seen.read_at - last.at) + slept.saturating_sub(last.slept) + TICK
}

/// What it has used, with its threads, and over what time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Span {
    own: Duration,
    /// What has come to its account of ended children.
    reaped: Duration,
    over: Duration,
}

/// `None` for one that was there and was not read: what it has used since is not known. `last`: when that round began.
pub(super) fn since(last: Mono, before: Option<&Reading>, now: &Reading) -> Option<Span> {
    let (cpu, reaped, at) = match before {
        Some(before) => (before.cpu, before.reaped, before.at),
        None if now.newborn => (Default::default(), Default::default(), last),
        None => return None,
    };
    Some(Span { own: now.cpu.since(cpu), reaped: now.reaped.since(reaped), over: now.at - at })
}

impl Span {
    /// `owes`: what of its ended children's time rounds have told before. What remains is bounded by what `cores` can do
    /// at all: of children that ended unread, rounds before know nothing.
    pub(super) fn recent(self, owes: Owes, cores: u32) -> Option<Recent> {
        let off = Duration::from_nanos(owes.unsigned_abs());
        let children = if owes > 0 { self.reaped.saturating_sub(off) } else { self.reaped + off };
        let children = children.min(self.over.saturating_mul(cores));
        let cores = |used: Duration| (used.as_secs_f64() / self.over.as_secs_f64()) as f32;
        (!self.over.is_zero()).then(|| Recent { cores: cores(self.own), children: cores(children) })
    }
}
