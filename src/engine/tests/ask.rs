//! What scenarios do and ask, in their own words.

use super::governor::job_at;
use super::host::SHELL;
use super::sim::Sim;
use crate::model::record::Record;

impl Sim {
    /// The shell starts a program, and everything about it settles.
    pub(super) fn start_program(&mut self, name: &str) -> u32 {
        let pid = self.spawn(SHELL, name);
        self.settle();
        pid
    }

    /// Fork and exec, nothing else.
    pub(super) fn spawn(&mut self, parent: u32, name: &str) -> u32 {
        let pid = self.host.fork(parent);
        self.host.exec(pid, name);
        pid
    }

    /// The job whose group a process sits in.
    pub(super) fn job_of(&self, pid: u32) -> Option<&str> {
        job_at(&self.host.procs[&pid].group)
    }

    pub(super) fn is_governed(&self, pid: u32) -> bool {
        self.job_of(pid).is_some()
    }

    /// How many records there are of a kind.
    pub(super) fn said(&self, kind: impl Fn(&Record) -> bool) -> usize {
        self.records.iter().filter(|record| kind(record)).count()
    }

    /// The records as debug text without their contents: their order is what matters.
    pub(super) fn kinds(&self) -> Vec<String> {
        let name = |record: &Record| {
            let text = format!("{record:?}");
            text.split([' ', '(', '{']).next().unwrap_or_default().to_owned()
        };
        self.records.iter().map(name).collect()
    }

    /// Asserts that a process is governed by a job of its own, under the usual name.
    #[track_caller]
    pub(super) fn assert_own_job(&self, pid: u32, command: &str) {
        assert_eq!(self.job_of(pid), Some(&*format!("auto-{command}-{pid}")), "{:#?}", self.records);
    }

    #[track_caller]
    pub(super) fn assert_free(&self, pid: u32) {
        assert_eq!(self.job_of(pid), None, "{:#?}", self.records);
    }

    /// Whatever no event told of lies before a full scan that ended well.
    #[track_caller]
    pub(super) fn assert_all_is_made_good_for(&self) {
        let good = |missed| self.full_passes.iter().any(|pass| pass.well && pass.began >= missed);
        let missed = self.host.queue.missed;
        assert!(missed.is_none_or(|at| good(at.0)), "{missed:?} {:?}", self.full_passes);
    }

    /// What the engine believes and what is so are the same, and nothing waits without a deadline.
    #[track_caller]
    pub(super) fn assert_consistent(&self) {
        super::invariants::check(self, true);
    }
}
