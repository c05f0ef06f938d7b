//! How processes come into a job of the simulated governor.

use super::{Governor, Group, failure, group_of, is_born, is_run, job_at};
use crate::engine::effect::{Attach, Born};
use crate::engine::input::{Join, Outcome};
use crate::engine::tests::host::Host;
use crate::engine::tests::pid;
use crate::model::record::{Failure, Step};
use crate::model::{JobId, Mono};
use std::time::Duration;

impl Governor {
    pub(super) fn attach(&mut self, attach: &Attach, host: &mut Host) -> Outcome {
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
        let within = job_at(&seen.group).map(JobId::found);
        if let Some(job) = within.clone().filter(|job| attach.out_of.as_ref() != Some(job)) {
            return Outcome::AlreadyIn { job };
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
        let origin =
            within.map_or_else(|| seen.group.clone(), |job| self.groups[job.as_str()].origin.clone());
        let note = Group {
            note: attach.clone(),
            limits: attach.limits.clone(),
            noted: true,
            origin: origin.clone(),
            bond: self.bond.clone(),
        };
        if attach.out_of.is_some() {
            self.moves.remove(&(main, start));
        }
        self.groups.insert(job.to_string(), note);
        self.put(main, &group, host);
        let at = Mono(host.now);
        let mut parents = if attach.alone { vec![] } else { vec![main] };
        while let Some(parent) = parents.pop() {
            let children: Vec<u32> = host
                .procs
                .iter()
                .filter(|(_, p)| p.ppid == parent && !p.zombie)
                .map(|(&pid, _)| pid)
                .collect();
            for child in children {
                let sits = &host.procs[&child].group;
                if job_at(sits).is_none() || *sits == seen.group {
                    if job_at(sits).is_some() {
                        self.moves.remove(&(child, host.procs[&child].start));
                    }
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
            origin,
            members,
            sockets: self.sockets,
            refused,
            kept: self.kept.clone(),
            bond: self.bond.clone(),
            took: Duration::from_micros(310),
            at,
        }
    }

    pub(super) fn join(&mut self, job: &JobId, pid: u32, born: Born, host: &mut Host) -> Join {
        let Some(seen) = host.procs.get(&pid).filter(|p| !p.zombie) else { return Join::Gone };
        let group = group_of(job.as_str());
        match () {
            () if !is_born(seen, born, host.asleep) => Join::Gone,
            () if seen.group == group => Join::WasInside,
            () if is_run(&seen.group) => Join::Left,
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
}
