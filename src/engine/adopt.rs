//! Jobs of an earlier run, and those that commands have made: they are believed to be as they were left, nothing is moved.
//! An inspection will tell otherwise.

use super::Engine;
use super::effect::Effects;
use super::hardship::Toll;
use super::input::FoundJob;
use super::jobs::{Finding, Job, Phase, Telling};
use super::table::UNKNOWN;
use super::trees::Clearing;
use super::tug::Tug;
use crate::config::policy::Tree;
use crate::model::record::{MatchedBy, Record};
use crate::model::{Comm, Maker, Mono, Now, Pid};
use std::collections::BTreeSet;

/// Its note tells what was refused, not the kernel's words.
const REFUSED_BEFORE: &str = "it was refused before this service took the job over";

impl Engine {
    /// Of those who are met for the first time nothing older than `as_of` is news.
    pub(super) fn take_over(&mut self, now: Now, found: FoundJob, as_of: Mono, fx: &mut Effects) {
        let (main, by) = (found.identity, found.made.as_ref().map(|made| made.by));
        let past = self.remembered.remove(&main);
        // What a command has made stays together, whatever its processes are called.
        let rule = self.rule_of(&found.command).filter(|_| found.made.is_none());
        let tree = rule.map_or(Tree::Shared, |rule| rule.tree);
        self.jobs.insert(Job {
            main,
            id: found.job.clone(),
            command: found.command,
            limits: found.limits.clone(),
            wanted: found.limits,
            unheld: found.unheld.into_iter().map(|key| (key, REFUSED_BEFORE.to_owned())).collect(),
            set: found.set,
            names_users: None,
            made: found.made,
            phase: Phase::Held { since: Mono::default() },
            tree,
            clearing: Clearing::No,
            out_of: None,
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
            discovered_at: past.map_or(found.attached_at, |past| past.discovered_at),
            attached_at: Some(found.attached_at),
            origin: Some(found.origin),
            sockets: found.sockets,
            bond: found.bond,
            is_ending: false,
            telling: Telling::Told,
            moves: Tug::default(),
            changes: Tug::default(),
            left: Vec::new(),
            toll: Toll::resumed(past.and_then(|past| past.oom_kills)),
        });
        self.jobs.name(main, found.job.clone());
        let mut members: BTreeSet<Pid> = found.members.into_iter().collect();
        members.extend(found.main_alive.then_some(main.pid));
        for pid in members {
            let of_main = pid == main.pid && found.main_alive;
            let entry = match self.table.get_mut(pid) {
                Some(entry) => entry,
                None => self.table.born(pid, UNKNOWN, as_of),
            };
            if of_main {
                (entry.start, entry.ppid) = (Some(main.start), found.parent);
                entry.parent_comm = Comm::new(found.parent_name.as_bytes());
            }
            // Where its group stands it belongs, whatever was thought while nothing could be governed.
            let held = entry.job.and_then(|job| self.jobs.get(job)).is_some_and(Job::is_held);
            // Whoever was started into this one belongs here, whatever job it was forked in.
            if !held || by == Some(Maker::Run) {
                self.enroll_born(pid, main, true, fx);
            }
        }
        fx.record(Record::Adopted { identity: main, job: found.job, by });
        self.inspections.expect(main);
        self.recheck_job(now, main, fx);
    }
}
