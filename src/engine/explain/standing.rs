//! How it stands with a process that is there: which of the answers is its.

use crate::engine::Engine;
use crate::engine::aside::Why;
use crate::engine::deadlines::Timer;
use crate::engine::input::Look;
use crate::engine::jobs::{Job, Phase};
use crate::engine::lifecycle::Governance;
use crate::engine::table::{Entry, Place, Standing};
use crate::model::explanation::State;
use crate::model::{FileName, Identity, Now, Pid};

impl Engine {
    pub(super) fn standing_of(&self, now: Now, look: &Look, entry: Option<&Entry>, matches: bool) -> State {
        let seen = &look.seen;
        let pid = seen.identity.pid;
        if seen.zombie {
            return State::Zombie { parent: seen.ppid, parent_exe: look.parent_exe };
        }
        if seen.kernel_thread {
            return State::KernelThread;
        }
        if pid == self.own || entry.map_or(seen.ppid, |entry| entry.ppid) == self.own {
            return State::OwnChild;
        }
        let next_scan = self.deadlines.at(Timer::Scan).map(|at| at - now.mono);
        let Some(entry) = entry else {
            return if matches { State::Attaching { within: next_scan } } else { State::NotATarget };
        };
        if let Some(job) = entry.job.and_then(|main| self.jobs.get(main)) {
            return match self.is_main(pid, job.main) {
                true => self.with_job(now, job),
                false if entry.place == Place::Apart => {
                    State::Apart { through: self.nearest(look, job.main) }
                }
                false => State::Member { through: self.nearest(look, job.main) },
            };
        }
        // What it was when it was looked at is no longer so, and nobody has told yet.
        let unheard = entry.exec_mark != seen.exec_mark || entry.comm != seen.comm;
        match entry.standing {
            Standing::Plain if matches && unheard => State::Attaching { within: next_scan },
            Standing::Plain => State::NotATarget,
            Standing::Target | Standing::Left | Standing::Released => self.stands_aside(now, pid, entry),
            Standing::Undecided { .. } | Standing::Parked { .. } | Standing::Member | Standing::Dead => {
                State::Attaching { within: None }
            }
        }
    }

    /// The ancestor through which it belongs to a job.
    fn nearest(&self, look: &Look, main: Identity) -> Option<(Pid, Option<FileName>)> {
        let mut ancestors = self.table.ancestors(look.seen.identity.pid);
        let (pid, _) = ancestors.find(|(_, ancestor)| ancestor.job == Some(main))?;
        Some((pid, look.parent_exe.filter(|_| look.seen.ppid == pid)))
    }

    fn with_job(&self, now: Now, job: &Job) -> State {
        match job.phase {
            Phase::Attaching => State::Attaching { within: None },
            Phase::Backoff { until } => {
                let paused = self.breakers.tripped().collect();
                State::Retrying { left: until - now.mono, paused }
            }
            Phase::Paused => {
                let left = self.deadlines.at(Timer::Probe).map(|at| at - now.mono);
                State::Paused { causes: self.breakers.tripped().collect(), left }
            }
            Phase::Held { .. } => State::Governed,
            Phase::Observed => match &self.governance {
                Governance::Unavailable(why) => State::Observed { why: Some(why.clone()) },
                Governance::Unwanted | Governance::Pending | Governance::Ready => {
                    State::Observed { why: None }
                }
            },
            Phase::Releasing => State::Releasing,
            Phase::Buried | Phase::Sought => State::Sought,
        }
    }

    fn stands_aside(&self, now: Now, pid: Pid, entry: &Entry) -> State {
        let Some(aside) = self.asides.get(pid) else {
            // Forked by one that is left, or let go with one.
            return match entry.standing {
                Standing::Released => State::Released { job: self.let_go.job_of(pid).cloned() },
                _ => State::MovedOut { from: None },
            };
        };
        let ours = |why| State::Left { why, by_others: false };
        match &aside.why {
            Why::Refused(why) => State::Ignored { why: why.clone() },
            Why::TooYoung => {
                let at = self.deadlines.at(Timer::Mature(pid, entry.serial));
                State::Waiting { left: at.map(|at| at - now.mono).unwrap_or_default() }
            }
            Why::Foreign(why) => State::Left { why: why.clone(), by_others: true },
            Why::InGroup(job) => ours(format!(
                "it sits in the group of job {job}, which nobody knows; a reload looks at it again"
            )),
            Why::GivenUp(job) => {
                let letter = entry.start.and_then(|start| self.letters.get(Identity { pid, start }));
                State::DeadLetter { job: job.clone(), tries: letter.map(|letter| letter.tries.failed()) }
            }
            Why::Released(job) => State::Released { job: Some(job.clone()) },
            Why::MovedOut(moved) => State::MovedOut { from: Some(moved.clone()) },
            Why::JobOver(job) => {
                ours(format!("its job {job} had to end although it lives; a reload takes it again"))
            }
            Why::Stopping => ours("the service is stopping, its next start takes it".into()),
        }
    }
}
