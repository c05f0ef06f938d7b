//! What one job has suffered, what of it is still to be told, and when. It is handed counts and readings, and decides about
//! words alone.

use super::episode::Episode;
use super::fallen::{self, Fallen};
use super::shares::shares;
use super::strain::Course;
use crate::model::record::{Hardship, Killer, Strain, Victim};
use crate::model::snapshot::{Killed, Suffered};
use crate::model::usage::{Counts, Reading};
use crate::model::{Comm, Mono, Now, Pid, Wall};
use std::time::Duration;

/// So long is waited for the ends of those whom the kernel has killed, and for more of them.
const GATHER: Duration = Duration::from_millis(300);
/// For one that takes long to end: its name is to be told within a second.
const PATIENCE: Duration = Duration::from_millis(800);

/// What one job has suffered.
#[derive(Debug, Default)]
pub(in crate::engine) struct Toll {
    /// What was told of, or need not be; nothing of a job whose past is not known.
    counted: Option<Counts>,
    /// More than that happened while nobody looked.
    was_away: bool,
    kills: Episode,
    /// Wants of memory at its own limit that no kill has answered yet: the kernel counts the one before the other.
    unanswered: u64,
    by: Option<Killer>,
    fallen: Fallen,
    forks: Episode,
    last_kill: Option<(Wall, Vec<Victim>)>,
    reading: Option<Reading>,
    strains: [Course; Strain::ALL.len()],
}

impl Toll {
    /// Of a group that has just been made.
    pub(in crate::engine) fn begun() -> Toll {
        Toll { counted: Some(Counts::default()), ..Toll::default() }
    }

    /// Of one that an earlier run has left, with the kills that were told of by then, where that is known.
    pub(in crate::engine) fn resumed(oom_kills: Option<u64>) -> Toll {
        let counted = oom_kills.map(|oom_kills| Counts { oom_kills: Some(oom_kills), ..Counts::default() });
        Toll { counted, was_away: true, ..Toll::default() }
    }

    /// Whatever its group has counted by now is no matter of this job's: it has a history of its own, or was made anew.
    pub(in crate::engine) fn begin_anew(&mut self) {
        (self.counted, self.unanswered) = (None, 0);
    }

    /// For the state file.
    pub(in crate::engine) fn oom_kills(&self) -> u64 {
        self.counted.and_then(|counts| counts.oom_kills).unwrap_or(0)
    }

    pub(in crate::engine) fn view(&self, now: Mono) -> Suffered {
        let standing = |(strain, course): (Strain, &Course)| {
            course.standing(now).map(|(over, percent)| (strain, over, percent))
        };
        Suffered {
            oom_kills: self.oom_kills(),
            last_kill: self.last_kill.clone().map(|(at, victims)| Killed { at, victims }),
            forks_refused: self.counted.and_then(|counts| counts.forks_refused).unwrap_or(0),
            strains: Strain::ALL.into_iter().zip(&self.strains).filter_map(standing).collect(),
        }
    }

    /// Takes in what the kernel has counted by now; returns the kills that happened unseen.
    pub(super) fn count(&mut self, now: Mono, counts: Counts) -> u64 {
        let was_away = std::mem::take(&mut self.was_away);
        // Of one whose group was made anew meanwhile nothing is known either.
        let known = self.counted.filter(|before| !was_away || counts.oom_kills >= before.oom_kills);
        let Some(before) = known else {
            self.counted = Some(counts);
            return 0;
        };
        // Two read them, and the later word may be of the earlier reading.
        let newest = counts.or_later(before);
        self.counted = Some(newest);
        let more = |of: fn(&Counts) -> Option<u64>| of(&newest).unwrap_or(0) - of(&before).unwrap_or(0);
        let kills = more(|counts| counts.oom_kills);
        if was_away {
            return kills;
        }
        self.unanswered += more(|counts| counts.oom);
        if kills > 0 {
            let (all, own) = (more(|counts| counts.oom_group_kills) > 0, self.unanswered > 0);
            self.unanswered = 0;
            // Of several the one that the job's owner can do most about is told.
            self.by = self.by.max(Some(killer(all, own)));
        }
        self.kills.add(now, kills, GATHER);
        self.forks.add(now, more(|counts| counts.forks_refused), GATHER);
        0
    }

    /// One of it has been killed, by whomever.
    pub(super) fn fell(&mut self, at: Mono, pid: Pid, name: Comm) {
        self.fallen.add(at, pid, name);
    }

    pub(super) fn due(&self) -> Option<Mono> {
        self.kills.due().into_iter().chain(self.forks.due()).min()
    }

    /// Whether somebody is still to be named, and may be.
    pub(super) fn awaits_names(&self, now: Mono) -> bool {
        let known = self.fallen.since(self.kills.since()) as u64;
        known < self.kills.untold().min(fallen::MOST as u64) && now < self.kills.since() + PATIENCE
    }

    /// What is to be told by now.
    pub(super) fn tell_due(&mut self, now: Now) -> impl Iterator<Item = Hardship> + use<> {
        let is_due = |at: Option<Mono>| at.is_some_and(|at| at <= now.mono);
        let kills = match is_due(self.kills.due()) {
            true if self.awaits_names(now.mono) => {
                self.kills.wait(self.kills.since() + PATIENCE);
                None
            }
            true => self.tell_kills(now),
            false => None,
        };
        let forks = is_due(self.forks.due()).then(|| self.tell_refusals(now.mono)).flatten();
        kills.into_iter().chain(forks)
    }

    /// All that there is to tell: the job is over.
    pub(super) fn tell_all(&mut self, now: Now) -> impl Iterator<Item = Hardship> + use<> {
        self.tell_kills(now).into_iter().chain(self.tell_refusals(now.mono))
    }

    fn tell_kills(&mut self, now: Now) -> Option<Hardship> {
        let since = self.kills.since();
        let summary = self.kills.sum_up(now.mono)?;
        let victims = self.fallen.take(since, summary.count);
        self.last_kill = Some((now.wall, victims.clone()));
        let by = self.by.take().unwrap_or(Killer::OwnLimit);
        Some(Hardship::OomKilled { count: summary.count, over: summary.over, victims, by })
    }

    fn tell_refusals(&mut self, now: Mono) -> Option<Hardship> {
        let summary = self.forks.sum_up(now)?;
        Some(Hardship::ForksRefused { count: summary.count, over: summary.over })
    }

    /// What a further reading of its use says of lasting strain.
    pub(super) fn read(&mut self, reading: Reading) -> Vec<Hardship> {
        let Some(before) = self.reading.replace(reading).filter(|before| before.at < reading.at) else {
            return Vec::new();
        };
        let shares = shares(&before.usage, &reading.usage, reading.at - before.at);
        let courses = Strain::ALL.into_iter().zip(&mut self.strains).zip(shares);
        courses
            .filter_map(|((strain, course), share)| course.read(strain, before.at, reading.at, share))
            .collect()
    }
}

fn killer(all: bool, own: bool) -> Killer {
    match (all, own) {
        (true, _) => Killer::OwnLimitAll,
        (false, true) => Killer::OwnLimit,
        (false, false) => Killer::Above,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_want_of_memory_that_was_read_before_its_kill_is_answered_by_it_and_by_no_other() {
        let counts = |oom, kills| Counts { oom: Some(oom), oom_kills: Some(kills), ..Counts::default() };
        let mut toll = Toll::begun();
        toll.count(Mono(1), counts(1, 0));
        toll.count(Mono(2), counts(1, 1));
        assert_eq!(toll.by.take(), Some(Killer::OwnLimit));
        toll.count(Mono(3), counts(1, 2));
        assert_eq!(toll.by, Some(Killer::Above));
    }
}
