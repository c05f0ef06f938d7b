//! Targets that have ended, the latest of them: what they were and how they ended, for whoever asks after the fact. Nothing
//! is decided by it.

use super::Engine;
use super::aside::Aside;
use super::jobs::Job;
use crate::model::explanation::{Departure, Was};
use crate::model::{Identity, Mono, Now, Pid};
use std::collections::VecDeque;
use std::sync::Arc;

/// A busy host ends so many targets in some minutes.
const MOST: usize = 1000;

#[derive(Debug, Default)]
pub(super) struct Departed(VecDeque<Departure>);

impl Departed {
    pub(super) fn add(&mut self, departure: Departure) {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        self.0.push_back(departure);
    }

    /// The last owner of this pid that was a target.
    pub(super) fn last(&self, pid: Pid) -> Option<&Departure> {
        self.0.iter().rev().find(|departure| departure.identity.pid == pid)
    }

    /// An event of that moment tells how a process ended, which may be known to have ended already. A later one is about
    /// the next owner of its pid.
    pub(super) fn told(&mut self, pid: Pid, at: Mono, status: u32) {
        let last = self.0.iter_mut().rev().find(|departure| departure.identity.pid == pid);
        if let Some(departure) = last.filter(|departure| at <= departure.at.mono) {
            departure.status = Some(status);
        }
    }
}

impl Engine {
    /// The main process of a job has ended.
    pub(super) fn depart(&mut self, now: Now, main: Identity, was: Was) {
        let Some(job) = self.jobs.get(main) else { return };
        let Job { command, id, status, .. } = job;
        let departure = Departure {
            identity: main,
            command: Arc::clone(command),
            job: Some(id.clone()),
            was,
            lived: Some(job.lived(now.mono)),
            status: *status,
            at: now,
        };
        self.departed.add(departure);
    }

    /// A target that was left alone has ended.
    pub(super) fn depart_aside(&mut self, now: Now, identity: Identity, aside: Option<Aside>) {
        let Some(aside) = aside else { return };
        let Some(why) = aside.why.counts_as() else { return };
        let (job, command, was) = (aside.why.job().cloned(), aside.command, Was::NotGoverned(why));
        let departure = Departure { identity, command, job, was, lived: None, status: None, at: now };
        self.departed.add(departure);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::StartTime;
    use std::time::Duration;

    fn departure(pid: u32, start: u64) -> Departure {
        Departure {
            identity: Identity { pid: Pid(pid), start: StartTime(start) },
            command: "ffmpeg".into(),
            job: None,
            was: Was::Governed,
            lived: None,
            status: None,
            at: Now::default(),
        }
    }

    #[test]
    fn the_latest_are_remembered_and_the_last_owner_of_a_pid_is_the_one_meant() {
        let mut departed = Departed::default();
        (1..=MOST as u32 + 1).for_each(|pid| departed.add(departure(pid, 1)));
        departed.add(departure(7, 2));
        assert_eq!((departed.0.len(), departed.last(Pid(1))), (MOST, None));
        assert_eq!(departed.last(Pid(7)).unwrap().identity.start, StartTime(2));
    }

    #[test]
    fn how_it_ended_is_told_before_or_after_and_of_the_next_owner_not_at_all() {
        let mut departed = Departed::default();
        departed.add(departure(7, 1));
        let noticed = departed.last(Pid(7)).unwrap().at.mono;
        departed.told(Pid(7), noticed, 9);
        departed.told(Pid(7), noticed + Duration::from_secs(1), 0);
        departed.told(Pid(8), noticed, 0);
        assert_eq!(departed.last(Pid(7)).unwrap().status, Some(9));
    }
}
