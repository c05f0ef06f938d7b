//! The simulated governor and cgroup tree: carries out the engine's tasks one after the other, as the real one does,
//! and refuses what it is told to refuse. Between two steps of an attachment a test may let anything happen.

use super::host::{Host, Proc};
use super::{identity, pid};
use crate::engine::effect::{Attach, Born, Task};
use crate::engine::input::{Attached, FoundJob, Inspection, Join, Outcome, Prepared, Release, Reply, Stray};
use crate::model::record::{Failure, LimitDrift, Step};
use crate::model::{Identity, JobId, LimitKey, Limits, Mono, Overrides, Pid, Wall};
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
}

type Meanwhile = Box<dyn FnOnce(&mut Host)>;

#[derive(Default)]
pub(super) struct Governor {
    pub tasks: VecDeque<Task>,
    pub replies: VecDeque<Reply>,
    pub groups: BTreeMap<String, Group>,
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
    /// Limits of the groups that the next processes come from, tighter than the jobs' own.
    pub kept: Limits,
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

pub(super) fn failure(step: Step, errno: i32) -> Failure {
    Failure { step, errno, path: "/ffrtmp".into(), detail: "scripted".into() }
}

fn is_born(proc: &Proc, born: Born, asleep: u64) -> bool {
    match born {
        Born::Started(start) => start.0 == proc.start,
        Born::Forked(at) => (proc.start * 1_000).abs_diff(at.0 + asleep) <= 30_000_000,
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
            Task::Prepare { .. } => Reply::Prepared(match self.unavailable {
                Some(why) => Err(why.into()),
                None => Ok(Prepared {
                    root: "/ffrtmp".into(),
                    cannot_hold: self.cannot_hold.clone(),
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
            Task::SetLimits { job, limits, set, order } => {
                let result = self.set_limits(&job, limits, set);
                Reply::LimitsSet { job, limits, set, order, result }
            }
            Task::Release { job, why } => Reply::Released { why, result: self.release(&job, host), job },
            Task::Remove { job } => Reply::Removed { result: self.remove(&job, host), job },
        }
    }

    fn attach(&mut self, attach: &Attach, host: &mut Host) -> Outcome {
        let (main, start) = (attach.identity.pid.0, attach.identity.start.0);
        if let Some(why) = self.unavailable {
            return Outcome::Failed(Failure { detail: why.into(), ..failure(Step::Mkdir, 19) });
        }
        let Some(seen) = host.procs.get(&main).cloned() else { return Outcome::Gone };
        match () {
            () if seen.start != start => return Outcome::Stranger { put_back_to: None },
            () if seen.zombie => return Outcome::Gone,
            () => {}
        }
        if let Some(job) = job_at(&seen.group) {
            return Outcome::AlreadyIn { job: JobId::found(job) };
        }
        if seen.group.starts_with("/docker-") {
            return Outcome::Foreign { why: "it runs in a Docker container".into() };
        }
        if let Some(failure) = self.refuse_attach.pop_front() {
            return Outcome::Failed(failure);
        }
        let mut job = JobId::of(&attach.command, attach.identity);
        if !host.members(&group_of(job.as_str())).is_empty() {
            job = JobId::with_start(&attach.command, attach.identity);
        }
        if let Some(meanwhile) = self.before_move.take() {
            meanwhile(host);
        }
        match host.procs.get(&main) {
            None => return Outcome::Gone,
            Some(now) if now.start != start => {
                return Outcome::Stranger { put_back_to: Some("/user.slice".into()) };
            }
            Some(now) if now.zombie => return Outcome::Gone,
            Some(_) => {}
        }
        let group = group_of(job.as_str());
        let note =
            Group { note: attach.clone(), limits: attach.limits, noted: true, origin: seen.group.clone() };
        self.groups.insert(job.to_string(), note);
        self.put(main, &group, host);
        let at = Mono(host.now);
        let mut parents = vec![main];
        while let Some(parent) = parents.pop() {
            let children: Vec<u32> = host
                .procs
                .iter()
                .filter(|(_, p)| p.ppid == parent && !p.zombie)
                .map(|(&pid, _)| pid)
                .collect();
            for child in children {
                let sits = &host.procs[&child].group;
                if job_at(sits).is_none() {
                    self.put(child, &group, host);
                } else if *sits != group {
                    continue; // another job's
                }
                parents.push(child);
            }
        }
        host.tick();
        if self.unproven > 0 {
            self.unproven -= 1;
            return Outcome::Failed(failure(Step::Verify, 0));
        }
        let members = host.members(&group).into_iter().filter(|&p| p != main).map(pid).collect();
        let file = |refused: &Failure| Failure { path: format!("{group}/a-limit"), ..refused.clone() };
        let refused = self.refuse_limit.iter().map(|(key, refused)| (*key, file(refused))).collect();
        Outcome::Held {
            job,
            origin: seen.group,
            members,
            refused,
            kept: self.kept,
            took: Duration::from_micros(310),
            at,
        }
    }

    /// A process sits in its job's group, but the answer said that it could not be verified.
    pub(super) fn adrift(&mut self, main: u32, command: &str, host: &mut Host) {
        let identity = identity(main, host.procs[&main].start);
        let job = JobId::of(command, identity).to_string();
        let note = Attach {
            identity,
            command: command.into(),
            limits: super::policies::limits(200),
            set: Overrides::default(),
            parent: pid(super::host::SHELL),
            parent_name: Default::default(),
        };
        let origin = host.procs[&main].group.clone();
        self.groups.insert(job.clone(), Group { limits: note.limits, note, noted: true, origin });
        self.put(main, &group_of(&job), host);
    }

    /// A release moved this one out and got no further.
    pub(super) fn put_back(&mut self, pid: u32, group: &str, host: &mut Host) {
        self.moves.remove(&(pid, host.procs[&pid].start));
        host.move_to(pid, group);
    }

    fn put(&mut self, pid: u32, group: &str, host: &mut Host) {
        let start = host.procs[&pid].start;
        let moves = self.moves.entry((pid, start)).or_default();
        *moves += 1;
        assert!(*moves == 1, "pid {pid} was moved into a second job without a release");
        host.move_to(pid, group);
    }

    fn join(&mut self, job: &JobId, pid: u32, born: Born, host: &mut Host) -> Join {
        let Some(seen) = host.procs.get(&pid).filter(|p| !p.zombie) else { return Join::Gone };
        let group = group_of(job.as_str());
        match () {
            () if !is_born(seen, born, host.asleep) => Join::Gone,
            () if seen.group == group => Join::WasInside,
            () if !self.groups.contains_key(job.as_str()) => Join::Failed(failure(Step::Move, 2)),
            () => match self.refuse_join.pop_front() {
                Some(failure) => Join::Failed(failure),
                None => {
                    // Where events were missed it may have been taken along by another job, unknown to the engine.
                    self.moves.remove(&(pid, seen.start));
                    self.put(pid, &group, host);
                    Join::Moved
                }
            },
        }
    }

    fn inspect(&mut self, job: &JobId, members: &[(Pid, Born)], host: &Host) -> Inspection {
        let group = group_of(job.as_str());
        let lives = |pid: Pid, born: Born| {
            host.procs.get(&pid.0).filter(|p| !p.zombie && is_born(p, born, host.asleep) && p.group != group)
        };
        let strays = members
            .iter()
            .filter_map(|&(pid, born)| Some(Stray { pid, born, at: lives(pid, born)?.group.clone() }));
        let strays = strays.filter(|stray| !stray.at.starts_with("/docker-")).collect();
        let deserted = host.members(&group).is_empty();
        let Some(stands) = self.groups.get_mut(job.as_str()) else {
            return Inspection { deserted, strays, ..Inspection::default() };
        };
        let (found, wanted) = (stands.limits, stands.note.limits);
        let drift =
            LimitDrift { limit: LimitKey::CpuQuota, found: found.to_string(), wanted: wanted.to_string() };
        let note_mended = !std::mem::replace(&mut stands.noted, true);
        let limits = if found == wanted { Vec::new() } else { vec![drift] };
        Inspection { deserted, strays, limits, note_mended }
    }

    /// Somebody else moves all of a job's processes and removes the group.
    pub(super) fn raze(&mut self, job: &str, to: &str, host: &mut Host) {
        for pid in host.members(&group_of(job)) {
            self.steal(pid, to, host);
        }
        self.groups.remove(job);
    }

    /// Somebody else moves a process.
    pub(super) fn steal(&mut self, pid: u32, to: &str, host: &mut Host) {
        self.moves.remove(&(pid, host.procs[&pid].start));
        host.move_to(pid, to);
    }

    fn set_limits(&mut self, job: &JobId, limits: Limits, set: Overrides) -> Result<Limits, Failure> {
        if let Some(failure) = self.refuse_limits.pop_front() {
            return Err(failure);
        }
        let group = self.groups.get_mut(job.as_str()).ok_or_else(|| failure(Step::LimitWrite, 2))?;
        (group.limits, group.note.limits, group.note.set) = (limits, limits, set);
        Ok(self.kept)
    }

    fn release(&mut self, job: &JobId, host: &mut Host) -> Result<Release, Failure> {
        if let Some(failure) = self.refuse_release.pop_front() {
            return Err(failure);
        }
        let Some(group) = self.groups.remove(job.as_str()) else {
            return Ok(Release { processes: 0, to: String::new() });
        };
        let members = host.members(&group_of(job.as_str()));
        for &pid in &members {
            self.put_back(pid, &group.origin, host);
        }
        host.watched_groups.remove(&group_of(job.as_str()));
        Ok(Release { processes: members.len(), to: group.origin })
    }

    fn remove(&mut self, job: &JobId, host: &mut Host) -> Result<bool, Failure> {
        let empty = host.members(&group_of(job.as_str())).is_empty();
        if empty {
            self.groups.remove(job.as_str());
            host.watched_groups.remove(&group_of(job.as_str()));
        }
        Ok(empty)
    }

    /// What stands from an earlier run.
    fn survey(&mut self, host: &Host) -> Vec<FoundJob> {
        let alive =
            |id: Identity| host.procs.get(&id.pid.0).is_some_and(|p| p.start == id.start.0 && !p.zombie);
        self.groups
            .retain(|name, group| alive(group.note.identity) || !host.members(&group_of(name)).is_empty());
        let found = self.groups.iter().map(|(name, group)| {
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
                limits: group.note.limits,
                set: group.note.set,
                members: members.filter(|&pid| pid != main || proc.is_none()).collect(),
                origin: group.origin.clone(),
                age: Duration::from_nanos(host.now + host.asleep - start.0 * 1_000),
                attached_at: Wall(0),
            }
        });
        found.collect()
    }
}

impl fmt::Debug for Governor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Governor").field("groups", &self.groups).field("moves", &self.moves).finish()
    }
}
