//! Jobs of an earlier run: they are believed to be as they were left, nothing is moved. An inspection will tell otherwise.

use super::Engine;
use super::effect::Effects;
use super::input::FoundJob;
use super::jobs::{Finding, Job, Phase, Telling};
use super::table::UNKNOWN;
use super::tug::Tug;
use crate::model::record::{MatchedBy, Record};
use crate::model::{Comm, Mono, Now, Pid};
use std::collections::BTreeSet;

impl Engine {
    pub(super) fn take_over(&mut self, now: Now, found: FoundJob, fx: &mut Effects) {
        let main = found.identity;
        self.jobs.insert(Job {
            main,
            id: found.job.clone(),
            command: found.command,
            limits: found.limits,
            wanted: found.limits,
            set: found.set,
            phase: Phase::Held { since: Mono::default() },
            members: Default::default(),
            main_alive: found.main_alive,
            backfill: false,
            tries: Default::default(),
            recheck: false,
            status: None,
            found: Finding {
                at: now.mono,
                rule: MatchedBy::Exe,
                uid: 0,
                ppid: found.parent,
                parent_name: found.parent_name,
                age: found.age,
                execed: None,
                taken: now.mono,
            },
            discovered_at: self.remembered.remove(&main).unwrap_or(found.attached_at),
            attached_at: Some(found.attached_at),
            origin: Some(found.origin),
            telling: Telling::Told,
            moves: Tug::default(),
            changes: Tug::default(),
            left: Vec::new(),
        });
        self.jobs.name(main, found.job.clone());
        let mut members: BTreeSet<Pid> = found.members.into_iter().collect();
        members.extend(found.main_alive.then_some(main.pid));
        for pid in members {
            let of_main = pid == main.pid && found.main_alive;
            let entry = match self.table.get_mut(pid) {
                Some(entry) => entry,
                None => self.table.born(pid, UNKNOWN, Mono::default()),
            };
            if of_main {
                (entry.start, entry.ppid) = (Some(main.start), found.parent);
                entry.parent_comm = Comm::new(found.parent_name.as_bytes());
            }
            // Where its group stands it belongs, whatever was thought while nothing could be governed.
            let held = entry.job.and_then(|job| self.jobs.get(job)).is_some_and(Job::is_held);
            if !held {
                self.enroll_born(pid, main, true, fx);
            }
        }
        fx.record(Record::Adopted { identity: main, job: found.job });
        self.inspections.expect(main);
        self.recheck_job(now, main, fx);
    }
}
