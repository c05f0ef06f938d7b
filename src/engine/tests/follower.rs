//! One who follows processes by what the engine tells of them, and believes nothing that cannot be: who begins was not
//! there, and who changes or ends was.

use super::sim::Sim;
use crate::engine::Engine;
use crate::model::Pid;
use crate::model::lifecycle::{Change, Process, What};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
pub(super) struct Follower {
    pub known: BTreeMap<Pid, Process>,
    pub told: Vec<Change>,
}

impl Follower {
    pub(super) fn of(engine: &mut Engine) -> Follower {
        engine.tell_changes(true);
        let known = engine.processes().iter().map(|process| (process.pid, *process)).collect();
        Follower { known, told: Vec::new() }
    }

    #[track_caller]
    pub(super) fn hear(&mut self, change: Change) {
        let process = change.process;
        let before = match change.what {
            What::Terminated { .. } => self.known.remove(&process.pid),
            What::Created | What::Updated(_) => self.known.insert(process.pid, process),
        };
        let begins = change.what == What::Created;
        assert_eq!(before.is_none(), begins, "{change:?} of {before:?}, behind {:#?}", self.last());
        self.told.push(change);
    }

    fn last(&self) -> &[Change] {
        &self.told[self.told.len().saturating_sub(10)..]
    }

    /// What it was told of one pid, in few words.
    pub(super) fn story(&self, pid: u32) -> Vec<String> {
        let of = self.told.iter().filter(|change| change.process.pid == Pid(pid));
        of.map(|change| match change.what {
            What::Created => "created".to_owned(),
            What::Terminated { status, lifetime } => {
                let lifetime = lifetime.map_or_else(|| "?".into(), |lived| lived.as_micros().to_string());
                let status = status.map_or_else(|| "?".into(), |status| status.to_string());
                format!("terminated {status} after {lifetime}")
            }
            What::Updated(updated) => {
                let flags = [
                    (updated.program, "program"),
                    (updated.name, "name"),
                    (updated.user, "user"),
                    (updated.governed, "governed"),
                    (updated.cpu.is_some(), "cpu"),
                    (updated.memory.is_some(), "memory"),
                ];
                flags.into_iter().filter(|(on, _)| *on).map(|(_, word)| word).collect::<Vec<_>>().join(" ")
            }
        })
        .collect()
    }
}

impl Sim {
    /// Somebody wants to know from now on, also of the next run.
    pub(super) fn follow(&mut self) {
        self.follower = Some(Follower::of(&mut self.engine));
    }

    /// Once it is quiet the follower knows exactly those who live, and of each what the engine knows.
    #[track_caller]
    pub(super) fn assert_followed(&self) {
        let Some(follower) = &self.follower else { return };
        let started = |process: &Process| Process { start: None, ..*process };
        let told: Vec<Process> = follower.known.values().map(started).collect();
        let known: Vec<Process> = self.engine.processes().iter().map(started).collect();
        assert_eq!(told, known, "behind {:#?}", follower.last());
        let pids: Vec<u32> = known.iter().map(|process| process.pid.0).collect();
        let live: Vec<u32> = self.host.procs.keys().copied().filter(|&pid| self.host.alive(pid)).collect();
        assert_eq!(pids, live, "behind {:#?}", follower.last());
    }
}
