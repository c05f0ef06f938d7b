//! The simulated governor and cgroup tree: carries out the engine's tasks one after the other, as the real one does,
//! and refuses what it is told to refuse. Between two steps of an attachment a test may let anything happen.

mod attaching;
mod others;

use super::host::{Host, Proc};
use super::{identity, pid};
use crate::engine::effect::{Attach, Born, Task};
use crate::engine::input::{Attached, FoundJob, Inspection, LimitsSet, Prepared, Release, Reply, Stray};
use crate::model::foreign::Bond;
use crate::model::record::{Failure, LimitDrift, Step};
use crate::model::{Identity, JobId, LimitKey, Limits, Overrides, Pid, Wall};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::time::Duration;

/// A job's group and the note on it.
#[derive(Clone, Debug)]
pub(super) struct Group {
    pub note: Attach,
    /// What its files say; what was written to them is in the note.
    pub limits: Limits,
    pub noted: bool,
    pub origin: String,
    pub bond: Option<Bond>,
}

type Meanwhile = Box<dyn FnOnce(&mut Host)>;

#[derive(Default)]
pub(super) struct Governor {
    pub tasks: VecDeque<Task>,
    pub replies: VecDeque<Reply>,
    pub groups: BTreeMap<String, Group>,
    /// Of all jobs together: what stands, and what was written.
    pub total: [Limits; 2],
    pub unavailable: Option<&'static str>,
    pub cannot_hold: Vec<(LimitKey, String)>,
    /// Refusals of the next tasks of a kind.
    pub refuse_attach: VecDeque<Failure>,
    pub refuse_join: VecDeque<Failure>,
    pub refuse_limits: VecDeque<Failure>,
    pub refuse_release: VecDeque<Failure>,
    /// So many attachments are made and cannot be proven.
    pub unproven: u32,
    pub refuse_limit: Vec<(LimitKey, Failure)>,
    /// What some of the processes of jobs whose limits are set cannot be given.
    pub refused_later: Vec<(LimitKey, Failure)>,
    /// Limits of the groups that the next processes come from, tighter than the jobs' own.
    pub kept: Limits,
    /// Open in whoever is attached.
    pub sockets: usize,
    /// How the next jobs stand to those who had their processes before.
    pub bond: Option<Bond>,
    /// Their units have been stopped, and somebody has moved in with them.
    pub unit_gone: bool,
    pub company: Option<Pid>,
    pub signals: Vec<i32>,
    /// Happens after the process was checked and before it is moved.
    pub before_move: Option<Meanwhile>,
    /// Happens after the descendants were taken along and before the answer is given.
    pub before_answer: Option<Meanwhile>,
    /// How often each process was put into a job.
    pub moves: BTreeMap<(u32, u64), u32>,
    pub attaches: usize,
    pub inspections: usize,
}

pub(super) fn group_of(job: &str) -> String {
    format!("/ffrtmp/jobs/{job}")
}

pub(super) fn job_at(group: &str) -> Option<&str> {
    group.strip_prefix("/ffrtmp/jobs/")
}

fn is_run(group: &str) -> bool {
    job_at(group).is_some_and(|job| JobId::found(job).is_run())
}

pub(super) fn failure(step: Step, errno: i32) -> Failure {
    Failure { step, errno, path: "/ffrtmp".into(), detail: "scripted".into() }
}

fn is_born(proc: &Proc, born: Born, asleep: u64) -> bool {
    match born {
        Born::Started(start) => start.0 == proc.start,
        Born::Forked(at) => (proc.start * 1_000).abs_diff(at.0.wrapping_add(asleep)) <= 30_000_000,
    }
}

impl Governor {
    /// Carries out one task; `false` when there is none.
    pub(super) fn step(&mut self, host: &mut Host) -> bool {
        let Some(task) = self.tasks.pop_front() else { return false };
        host.tick();
        let reply = self.carry_out(task, host);
        self.replies.push_back(reply);
        true
    }

    fn carry_out(&mut self, task: Task, host: &mut Host) -> Reply {
        match task {
            Task::Prepare { policy } => Reply::Prepared(match self.unavailable {
                Some(why) => Err(why.into()),
                None => Ok(Prepared {
                    root: "/ffrtmp".into(),
                    cannot_hold: self.cannot_hold.clone(),
                    total: self.limit_total(&policy.total_limits),
                    total_refused: Vec::new(),
                    remarks: Vec::new(),
                    found: self.survey(host),
                }),
            }),
            Task::Attach(attach) => {
                self.attaches += 1;
                let outcome = self.attach(&attach, host);
                if let Some(meanwhile) = self.before_answer.take() {
                    meanwhile(host);
                }
                Reply::Attached(Box::new(Attached { identity: attach.identity, outcome }))
            }
            Task::Join { job, pid, born } => {
                let outcome = self.join(&job, pid.0, born, host);
                Reply::Joined { job, pid, outcome }
            }
            Task::Inspect { job, members } => {
                self.inspections += 1;
                let result = Ok(self.inspect(&job, &members, host));
                Reply::Inspected { job, result }
            }
            Task::LimitTotal { limits } => {
                Reply::TotalLimited { limits: self.limit_total(&limits), result: Ok(Vec::new()) }
            }
            Task::InspectTotal => Reply::TotalInspected(Ok(self.inspect_total())),
            Task::SetLimits { job, limits, set, names_users, order } => {
                let result = self.set_limits(&job, &limits, (&set, names_users));
                Reply::LimitsSet { job, limits, set, order, result }
            }
            Task::Release { job, why } => Reply::Released { why, result: self.release(&job, host), job },
            Task::Recognise { job, order } => {
                let found = self.groups.get(job.as_str()).map(|group| found(job.as_str(), group, host));
                let found = found.filter(|found| found.made.is_some()).map(Box::new);
                Reply::Recognised { job, order, found }
            }
            Task::PutOut { job, main } => Reply::PutOut { result: Ok(self.put_out(&job, main, host)), job },
            Task::Signal { job, signal } => {
                Reply::Signalled { result: Ok(self.signal(&job, signal, host)), job }
            }
            Task::Remove { job } => Reply::Removed { result: self.remove(&job, host), job },
        }
    }

    fn put(&mut self, pid: u32, group: &str, host: &mut Host) {
        let start = host.procs[&pid].start;
        let moves = self.moves.entry((pid, start)).or_default();
        *moves += 1;
        assert!(*moves == 1, "pid {pid} was moved into a second job without a release");
        host.move_to(pid, group);
    }

    fn inspect(&mut self, job: &JobId, members: &[(Pid, Born)], host: &Host) -> Inspection {
        let group = group_of(job.as_str());
        let lives = |pid: Pid, born: Born| {
            host.procs.get(&pid.0).filter(|p| !p.zombie && is_born(p, born, host.asleep) && p.group != group)
        };
        let strays = members
            .iter()
            .filter_map(|&(pid, born)| Some(Stray { pid, born, at: lives(pid, born)?.group.clone() }));
        let strays = strays.filter(|stray| !stray.at.starts_with("/docker-") && !is_run(&stray.at)).collect();
        let deserted = host.members(&group).is_empty();
        let Some(stands) = self.groups.get_mut(job.as_str()) else {
            return Inspection { deserted, strays, ..Inspection::default() };
        };
        let (found, wanted) = (&stands.limits, &stands.note.limits);
        let drift =
            LimitDrift { limit: LimitKey::CpuQuota, found: found.to_string(), wanted: wanted.to_string() };
        let note_mended = !std::mem::replace(&mut stands.noted, true);
        let limits = if found == wanted { Vec::new() } else { vec![drift] };
        let unit_gone = self.unit_gone && stands.bond.is_some();
        Inspection { deserted, strays, limits, note_mended, company: self.company, unit_gone }
    }

    fn limit_total(&mut self, limits: &Limits) -> Limits {
        self.total = [limits.clone(), limits.clone()];
        limits.clone()
    }

    fn inspect_total(&self) -> Vec<LimitDrift> {
        let [found, wanted] = &self.total;
        let drift =
            LimitDrift { limit: LimitKey::CpuQuota, found: found.to_string(), wanted: wanted.to_string() };
        if found == wanted { Vec::new() } else { vec![drift] }
    }

    /// Nobody of the simulated host heeds it.
    fn signal(&mut self, job: &JobId, signal: i32, host: &Host) -> usize {
        self.signals.push(signal);
        host.members(&group_of(job.as_str())).len()
    }

    fn set_limits(
        &mut self,
        job: &JobId,
        limits: &Limits,
        (set, names_users): (&Overrides, bool),
    ) -> Result<LimitsSet, Failure> {
        if let Some(failure) = self.refuse_limits.pop_front() {
            return Err(failure);
        }
        let group = self.groups.get_mut(job.as_str()).ok_or_else(|| failure(Step::LimitWrite, 2))?;
        (group.limits, group.note.limits, group.note.set) = (limits.clone(), limits.clone(), set.clone());
        group.note.names_users = names_users;
        Ok(LimitsSet { kept: self.kept.clone(), refused: self.refused_later.clone() })
    }

    fn release(&mut self, job: &JobId, host: &mut Host) -> Result<Release, Failure> {
        if let Some(failure) = self.refuse_release.pop_front() {
            return Err(failure);
        }
        let Some(group) = self.groups.remove(job.as_str()) else {
            return Ok(Release::default());
        };
        let members = host.members(&group_of(job.as_str()));
        for &pid in &members {
            self.put_back(pid, &group.origin, host);
        }
        host.watched_groups.remove(&group_of(job.as_str()));
        host.counts.remove(&group_of(job.as_str()));
        Ok(Release { processes: members.len(), to: group.origin, refused: Vec::new() })
    }

    fn put_out(&mut self, job: &JobId, main: Identity, host: &mut Host) -> Release {
        let Some(origin) = self.groups.get(job.as_str()).map(|group| group.origin.clone()) else {
            return Release::default();
        };
        let mut others = host.members(&group_of(job.as_str()));
        others.retain(|&pid| (pid, host.procs[&pid].start) != (main.pid.0, main.start.0));
        for &pid in &others {
            self.put_back(pid, &origin, host);
        }
        Release { processes: others.len(), to: origin, refused: Vec::new() }
    }

    fn remove(&mut self, job: &JobId, host: &mut Host) -> Result<bool, Failure> {
        let empty = host.members(&group_of(job.as_str())).is_empty();
        if empty {
            self.groups.remove(job.as_str());
            host.watched_groups.remove(&group_of(job.as_str()));
            host.counts.remove(&group_of(job.as_str()));
        }
        Ok(empty)
    }

    /// What stands from an earlier run.
    fn survey(&mut self, host: &Host) -> Vec<FoundJob> {
        let alive =
            |id: Identity| host.procs.get(&id.pid.0).is_some_and(|p| p.start == id.start.0 && !p.zombie);
        self.groups
            .retain(|name, group| alive(group.note.identity) || !host.members(&group_of(name)).is_empty());
        self.groups.iter().map(|(name, group)| found(name, group, host)).collect()
    }
}

fn found(name: &str, group: &Group, host: &Host) -> FoundJob {
    let Identity { pid: main, start } = group.note.identity;
    let proc = host.procs.get(&main.0).filter(|p| p.start == start.0 && !p.zombie);
    let members = host.members(&group_of(name)).into_iter().map(pid);
    FoundJob {
        job: JobId::found(name),
        identity: identity(main.0, start.0),
        main_alive: proc.is_some(),
        command: group.note.command.clone(),
        parent: group.note.parent,
        parent_name: group.note.parent_name,
        limits: group.note.limits.clone(),
        unheld: Default::default(),
        set: group.note.set.clone(),
        made: group.note.made.clone(),
        sockets: 0,
        bond: group.bond.clone(),
        members: members.filter(|&pid| pid != main || proc.is_none()).collect(),
        origin: group.origin.clone(),
        age: Duration::from_nanos(host.now + host.asleep - start.0 * 1_000),
        attached_at: Wall(0),
    }
}

impl fmt::Debug for Governor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Governor").field("groups", &self.groups).field("moves", &self.moves).finish()
    }
}
