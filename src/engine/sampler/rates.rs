//! What each process has used since the round before: two readings of one identity, and the time between just these.

use super::children;
use crate::model::StartTime;
use crate::model::sample::{Recent, Round, Sample};
use std::time::Duration;

/// `samples` in order of their pids; `newest`: the last start in the round before.
pub(super) fn fill(last: &Round, newest: StartTime, samples: &mut [Sample]) {
    let credits = children::already_told(last, samples);
    for sample in samples {
        let before = last.of(sample.identity.pid).filter(|before| before.identity == sample.identity);
        sample.recent = match before {
            Some(before) => {
                let told = credits.get(&sample.identity.pid).copied().unwrap_or_default();
                let children = sample.used.reaped.since(before.used.reaped).saturating_sub(told);
                let own = sample.used.cpu.since(before.used.cpu);
                recent(own, children, sample.read_at - before.read_at)
            }
            None if sample.identity.start >= newest => {
                let own = sample.used.cpu.since(Default::default());
                recent(own, sample.used.reaped.since(Default::default()), sample.read_at - last.at)
            }
            // It was there and was not read, or not kept: what it has used since is not known.
            None => None,
        };
    }
}

fn recent(own: Duration, children: Duration, over: Duration) -> Option<Recent> {
    let cores = |used: Duration| (used.as_secs_f64() / over.as_secs_f64()) as f32;
    (!over.is_zero()).then(|| Recent { cores: cores(own), children: cores(children) })
}
