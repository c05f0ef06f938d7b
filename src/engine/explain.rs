//! Why a process is, or is not, governed: what the engine knows of it, put together with what was just read. It decides
//! nothing and changes nothing.

use super::Engine;
use super::aside::{Aside, Why};
use super::deadlines::Timer;
use super::filters::{self, Facts};
use super::input::Look;
use super::inquiry::{Found, Measured, Rest};
use super::jobs::{Job, Phase};
use super::lifecycle::Governance;
use super::matcher;
use super::table::{Entry, Standing};
use crate::config::policy::Rule;
use crate::model::explanation::{Checked, Explanation, Names, State};
use crate::model::process::base_name;
use crate::model::record::MatchedBy;
use crate::model::{FileName, Identity, LimitKey, Now, Pid};
use std::sync::Arc;

/// A job of more processes is not measured: each costs a reading.
const MOST_MEASURED: usize = 1000;

impl Engine {
    /// The job whose memory is to be compared with that of its processes, when this one is asked about.
    pub fn to_measure(&self, pid: Pid) -> Option<Measured> {
        let job = self.table.get(pid).and_then(|entry| entry.job).and_then(|main| self.jobs.get(main))?;
        let measured = Measured { job: job.id.clone(), members: job.members.iter().copied().collect() };
        Some(measured).filter(|measured| job.is_held() && measured.members.len() <= MOST_MEASURED)
    }

    pub fn explain(&self, now: Now, found: Found) -> Explanation {
        let Found { pid, look, rest } = found;
        let stalled = look.is_some() && rest.is_none();
        let Rest { process, argv0, group, outside_memory } = rest.unwrap_or_default();
        let Some(look) = look.filter(|_| process.is_none_or(|process| process == pid)) else {
            let thread_of = process.filter(|&process| process != pid);
            return self.blank(now, pid, self.without_process(pid, thread_of));
        };
        let seen = &look.seen;
        let argv0_name = argv0.as_deref().map(|argv0| FileName::new(base_name(argv0)));
        let names = matcher::Names { exe: look.exe.as_ref(), argv0: argv0_name.as_ref(), comm: &seen.comm };
        let (compared, hit) = matcher::compared(&self.policy, &names);
        let entry = self.table.get(pid).filter(|entry| entry.is(seen.identity.start));
        let job = entry.and_then(|entry| entry.job).and_then(|main| self.jobs.get(main));
        let aside = self.asides.get(pid).filter(|_| entry.is_some());
        let (command, rule) = self.falls_under(pid, job, aside, hit);
        let not_holding = job.map(|job| self.not_holding_of(job)).unwrap_or_default();
        Explanation {
            start: Some(seen.identity.start),
            command: command.clone(),
            rule,
            compared,
            checked: command.map(|command| self.checked(&command, &look)).unwrap_or_default(),
            job: job.map(|job| self.job_view(now, job)),
            failures: self.failures(seen.identity, job),
            outside_memory: outside_memory.filter(|_| job.is_some()),
            not_holding,
            group,
            stalled,
            names: Some(Names { exe: look.exe, argv0, comm: seen.comm }),
            ..self.blank(now, pid, self.standing_of(now, &look, entry, hit.is_some()))
        }
    }

    /// With what needs no process.
    fn blank(&self, now: Now, pid: Pid, state: State) -> Explanation {
        Explanation {
            now,
            pid,
            state,
            targets: self.policy.rules.iter().map(|rule| Arc::clone(&rule.command)).collect(),
            start: None,
            names: None,
            command: None,
            rule: None,
            compared: Vec::new(),
            checked: Vec::new(),
            job: None,
            failures: Vec::new(),
            outside_memory: None,
            not_holding: Vec::new(),
            group: None,
            stalled: false,
        }
    }

    fn without_process(&self, pid: Pid, thread_of: Option<Pid>) -> State {
        match self.departed.last(pid) {
            Some(departure) if thread_of.is_none() => State::Gone(departure.clone()),
            _ => State::NoSuchPid { thread_of },
        }
    }

    /// The target as it was decided, or as its names say now where nothing was.
    fn falls_under(
        &self,
        pid: Pid,
        job: Option<&Job>,
        aside: Option<&Aside>,
        hit: Option<(&Rule, MatchedBy)>,
    ) -> (Option<Arc<str>>, Option<MatchedBy>) {
        match (job, aside, hit) {
            (Some(job), ..) if job.main.pid != pid => (Some(Arc::clone(&job.command)), None),
            (Some(job), _, hit) => {
                // One of an earlier run left no word of how it matched.
                let by = hit.filter(|(rule, _)| rule.command == job.command).map(|(_, by)| by);
                (Some(Arc::clone(&job.command)), by.or(Some(job.found.rule)))
            }
            (None, Some(aside), _) => (Some(Arc::clone(&aside.command)), Some(aside.rule)),
            (None, None, Some((rule, by))) => (Some(Arc::clone(&rule.command)), Some(by)),
            (None, None, None) => (None, None),
        }
    }

    fn checked(&self, command: &str, look: &Look) -> Vec<Checked> {
        let Some(rule) = self.rule_of(command) else { return Vec::new() };
        let unmet = || Facts {
            uid: look.seen.uid,
            ppid: look.seen.ppid,
            parent_comm: self.table.get(look.seen.ppid).map(|parent| parent.comm).unwrap_or_default(),
            parent_exe: look.parent_exe.as_ref(),
            cwd: look.cwd.as_deref(),
            age: look.seen.age,
        };
        let facts = self.facts(look).unwrap_or_else(unmet);
        let checked = |check: filters::Check<'_>| Checked {
            filter: check.name,
            is_about_time: check.is_about_time(),
            passed: check.passed,
            text: check.to_string(),
        };
        filters::checks(&rule.filters, &facts).map(checked).collect()
    }

    fn failures(&self, identity: Identity, job: Option<&Job>) -> Vec<crate::model::failure::Tried> {
        let letter = || self.letters.get(identity).map(|letter| letter.tries.errors());
        job.map(|job| job.tries.errors()).or_else(letter).unwrap_or_default()
    }

    fn not_holding_of(&self, job: &Job) -> Vec<(LimitKey, String)> {
        self.not_holding.iter().filter(|(limit, _)| job.limits.has(*limit)).cloned().collect()
    }

    fn standing_of(&self, now: Now, look: &Look, entry: Option<&Entry>, matches: bool) -> State {
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
                false => State::Member { through: self.nearest(look, job.main) },
            };
        }
        // What it was when it was looked at is no longer so, and nobody has told yet.
        let unheard = entry.exec_mark != seen.exec_mark || entry.comm != seen.comm;
        match entry.standing {
            Standing::Plain if matches && unheard => State::Attaching { within: next_scan },
            Standing::Plain => State::NotATarget,
            Standing::Target | Standing::Left => self.left_alone(now, pid, entry),
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
            Phase::Backoff { until } => State::Retrying { left: until - now.mono },
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

    fn left_alone(&self, now: Now, pid: Pid, entry: &Entry) -> State {
        let Some(aside) = self.asides.get(pid) else {
            return State::MovedOut { from: None }; // forked by one that is left
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
            Why::MovedOut(moved) => State::MovedOut { from: Some(moved.clone()) },
            Why::JobOver(job) => {
                ours(format!("its job {job} had to end although it lives; a reload takes it again"))
            }
            Why::Stopping => ours("the service is stopping, its next start takes it".into()),
        }
    }
}
