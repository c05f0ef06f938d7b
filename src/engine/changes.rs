//! What becomes of processes, for those who want to know; while nobody does, nothing is told and nothing spent.

use super::Engine;
use super::effect::Effects;
use super::table::{Entry, Standing};
use crate::model::lifecycle::{Change, Process, What};
use crate::model::{Mono, Pid};
use std::sync::Arc;

impl Engine {
    /// Whether somebody wants to know, from now on.
    pub fn tell_changes(&mut self, wanted: bool) {
        self.tells_changes = wanted;
    }

    /// Every living process, in order of their pids.
    pub fn processes(&self) -> Arc<[Process]> {
        let living = self.table.pids(|_, entry| entry.standing != Standing::Dead);
        living.iter().filter_map(|&pid| Some(process(pid, self.table.get(pid)?))).collect()
    }

    pub(super) fn tell_change(&self, at: Mono, pid: Pid, what: What, fx: &mut Effects) {
        if self.tells_changes
            && let Some(entry) = self.table.get(pid)
        {
            fx.changes.push(Change { at, process: process(pid, entry), what });
        }
    }
}

fn process(pid: Pid, entry: &Entry) -> Process {
    Process {
        pid,
        start: entry.start,
        ppid: entry.ppid,
        uid: entry.uid,
        comm: entry.comm,
        governed: entry.job.is_some(),
    }
}
