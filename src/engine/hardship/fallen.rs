//! Who of a job has just been killed. The kernel counts whom it kills for want of memory and names nobody; the end of each
//! comes as an event, a little later. Those who died of SIGKILL about when the count grew are the ones.

use crate::model::record::Victim;
use crate::model::{Comm, Mono, Pid};
use std::collections::VecDeque;
use std::time::Duration;

/// The latest so many are kept.
pub(super) const MOST: usize = 8;

/// The count was heard of so long after the death at the most.
const LAG: Duration = Duration::from_secs(1);

#[derive(Debug, Default)]
pub(super) struct Fallen(VecDeque<(Mono, Victim)>);

impl Fallen {
    /// One that is told of twice fell once.
    pub(super) fn add(&mut self, at: Mono, pid: Pid, name: Comm) {
        let known = |(before, victim): &(Mono, Victim)| victim.pid == pid && at < *before + LAG;
        if self.0.iter().any(known) {
            return;
        }
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back((at, Victim { pid, name }));
    }

    /// How many there are for a count that was heard of at `since`.
    pub(super) fn since(&self, since: Mono) -> usize {
        self.0.iter().filter(|(at, _)| *at + LAG >= since).count()
    }

    /// The first `count` of them; nobody is named twice.
    pub(super) fn take(&mut self, since: Mono, count: u64) -> Vec<Victim> {
        let fallen = std::mem::take(&mut self.0).into_iter().filter(|(at, _)| *at + LAG >= since);
        fallen.map(|(_, victim)| victim).take(usize::try_from(count).unwrap_or(MOST)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Mono {
        Mono(ms * 1_000_000)
    }

    fn pids(victims: &[Victim]) -> Vec<u32> {
        victims.iter().map(|victim| victim.pid.0).collect()
    }

    #[test]
    fn those_who_fell_about_then_are_named_once() {
        let mut fallen = Fallen::default();
        for (ms, pid) in [(1000, 1), (4500, 2), (5100, 3), (5100, 3), (5200, 4)] {
            fallen.add(at(ms), Pid(pid), Comm::default());
        }
        assert_eq!(fallen.since(at(5000)), 3);
        assert_eq!(pids(&fallen.take(at(5000), 2)), [2, 3], "who fell long before was not meant");
        assert!(fallen.take(at(5000), 2).is_empty());
    }

    #[test]
    fn of_many_the_latest_are_kept() {
        let mut fallen = Fallen::default();
        (0..1000).for_each(|pid| fallen.add(at(5000), Pid(pid), Comm::default()));
        assert_eq!(pids(&fallen.take(at(5000), 1000)), (992..1000).collect::<Vec<_>>());
    }
}
