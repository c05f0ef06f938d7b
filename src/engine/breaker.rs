//! Circuit breakers: what would fail for every process alike is not tried with every process. One per cause: closed, and
//! open once the cause has shown itself; after a pause half open, for one probe, whose outcome opens or closes it again.
//! Failures that concern one process alone are none of its business.

use super::failure::errno::*;
use crate::config::policy::BreakerPolicy;
use crate::model::Mono;
use crate::model::failure::{Failure, Step};
use crate::model::record::HostCause;
use std::collections::BTreeMap;
use std::time::Duration;

/// What a failure says about the host; nothing where it concerns the process alone.
pub(super) fn cause(failure: &Failure) -> Option<HostCause> {
    Some(match (failure.step, failure.errno) {
        (_, EROFS) => HostCause::ReadOnly,
        (_, ENOMEM) => HostCause::Memory,
        (_, EMFILE | ENFILE) => HostCause::Descriptors,
        (Step::Mkdir, EAGAIN) | (Step::Mkdir | Step::Xattr, ENOSPC) => HostCause::Full,
        (Step::Mkdir | Step::Controllers, EACCES | EPERM) => HostCause::Delegation,
        (Step::Move | Step::Controllers, EBUSY) | (Step::Move, EOPNOTSUPP) => HostCause::Layout,
        (Step::Controllers, _) => HostCause::Controllers,
        _ => return None,
    })
}

/// Whether one process's failure tells for certain that the next one's would be the same.
fn meets_all(cause: HostCause) -> bool {
    matches!(cause, HostCause::ReadOnly | HostCause::Delegation | HostCause::Controllers)
}

/// Whether an attachment may be tried now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Gate {
    Free,
    /// One, to see whether the cause is gone.
    Probe,
    Shut,
}

#[derive(Debug, Default)]
pub(super) struct Breakers {
    breakers: BTreeMap<HostCause, Breaker>,
    probing: bool,
}

/// One that is not here is closed and has nothing against it.
#[derive(Clone, Copy, Debug)]
struct Breaker {
    state: State,
    pause: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Closed { failures: u32 },
    Open { until: Mono },
    HalfOpen,
}

impl Breakers {
    pub(super) fn gate(&self) -> Gate {
        let state = |wanted: fn(State) -> bool| self.breakers.values().any(|breaker| wanted(breaker.state));
        match () {
            () if state(|s| matches!(s, State::Open { .. })) => Gate::Shut,
            () if !state(|s| s == State::HalfOpen) => Gate::Free,
            () if self.probing => Gate::Shut,
            () => Gate::Probe,
        }
    }

    pub(super) fn probe_begins(&mut self) {
        self.probing = true;
    }

    /// Whatever came of it.
    pub(super) fn probe_ended(&mut self) {
        self.probing = false;
    }

    /// A failure of this cause; tells how long attaching pauses now, if it does and did not before. What cannot be
    /// otherwise for the next process opens it at once, the rest when it has come several times without a success between.
    pub(super) fn failed(&mut self, now: Mono, cause: HostCause, policy: &BreakerPolicy) -> Option<Duration> {
        let fresh = Breaker { state: State::Closed { failures: 0 }, pause: policy.pause };
        let breaker = self.breakers.entry(cause).or_insert(fresh);
        let failures = match breaker.state {
            State::Closed { failures } => failures + 1,
            State::HalfOpen => {
                breaker.pause = (breaker.pause * 2).min(policy.max_pause);
                breaker.state = State::Open { until: now + breaker.pause };
                return None;
            }
            State::Open { .. } => return None, // it was under way when the breaker opened
        };
        if failures < policy.failures && !meets_all(cause) {
            breaker.state = State::Closed { failures };
            return None;
        }
        *breaker = Breaker { state: State::Open { until: now + policy.pause }, pause: policy.pause };
        Some(policy.pause)
    }

    /// An attachment went all the way: none of the causes stands any more. Tells which were believed in until now.
    pub(super) fn passed(&mut self) -> Vec<HostCause> {
        let held = std::mem::take(&mut self.breakers).into_iter();
        held.filter(|(_, breaker)| breaker.is_tripped()).map(|(cause, _)| cause).collect()
    }

    /// Pauses that are over end here.
    pub(super) fn tick(&mut self, now: Mono) {
        for breaker in self.breakers.values_mut() {
            if matches!(breaker.state, State::Open { until } if until <= now) {
                breaker.state = State::HalfOpen;
            }
        }
    }

    /// When the next pause is over; what is half open looks for a probe as often as that.
    pub(super) fn next(&self, now: Mono) -> Option<Mono> {
        let next = |breaker: &Breaker| match breaker.state {
            State::Closed { .. } => None,
            State::Open { until } => Some(until),
            State::HalfOpen => Some(now + breaker.pause),
        };
        self.breakers.values().filter_map(next).min()
    }

    pub(super) fn stands_against(&self, cause: HostCause) -> bool {
        self.breakers.get(&cause).is_some_and(Breaker::is_tripped)
    }

    /// The causes for which attaching is paused.
    pub(super) fn tripped(&self) -> impl Iterator<Item = HostCause> {
        self.breakers.iter().filter(|(_, breaker)| breaker.is_tripped()).map(|(&cause, _)| cause)
    }
}

impl Breaker {
    fn is_tripped(&self) -> bool {
        !matches!(self.state, State::Closed { .. })
    }
}

#[cfg(test)]
mod tests;
