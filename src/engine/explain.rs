//! Why a process is, or is not, governed: what the engine knows of it, put together with what was just read. It decides
//! nothing and changes nothing.

mod standing;

use super::Engine;
use super::aside::Aside;
use super::family::MOST_KIN;
use super::filters::{self, Facts};
use super::input::Look;
use super::inquiry::{Found, Measured, Rest};
use super::jobs::Job;
use super::matcher;
use crate::config::policy::Rule;
use crate::model::explanation::{Checked, Explanation, Names, State};
use crate::model::failure::Tried;
use crate::model::process::base_name;
use crate::model::record::MatchedBy;
use crate::model::snapshot::JobView;
use crate::model::{FileName, Identity, Now, Pid};
use std::sync::Arc;

/// A job of more processes is not measured: each costs a reading.
const MOST_MEASURED: usize = 1000;

impl Engine {
    /// The job whose memory is to be compared with that of its processes, when this one is asked about.
    pub fn to_measure(&self, pid: Pid) -> Option<Measured> {
        let job = self.table.get(pid).and_then(|entry| entry.job).and_then(|main| self.jobs.get(main))?;
        let measured = Measured { job: job.id.clone(), members: self.inside(job).collect() };
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
        Explanation {
            start: Some(seen.identity.start),
            command: command.clone(),
            rule,
            compared,
            checked: command.map(|command| self.checked(&command, &look)).unwrap_or_default(),
            job: job
                .map(|job| JobView { family: self.family(job.main, MOST_KIN), ..self.job_view(now, job) }),
            failures: self.failures(seen.identity, job),
            outside_memory: outside_memory.filter(|_| job.is_some()),
            outside_sockets: job.map(|job| job.sockets),
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
            outside_sockets: None,
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

    fn failures(&self, identity: Identity, job: Option<&Job>) -> Vec<Tried> {
        let letter = || self.letters.get(identity).map(|letter| letter.tries.errors());
        job.map(|job| job.tries.errors()).or_else(letter).unwrap_or_default()
    }
}
