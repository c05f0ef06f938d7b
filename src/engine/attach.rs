//! A target's way into its job: taken, attached, held; or tried again, or given up. And its descendants' way after it.

use super::Engine;
use super::deadlines::Timer;
use super::effect::{Attach, Born, Effect, Effects, Task};
use super::failure::{Class, class};
use super::input::{Attached, Description, Join, Look, Outcome};
use super::jobs::{Finding, Job, Phase, Telling};
use super::lifecycle::STOPS;
use super::matcher;
use super::retry;
use super::table::Standing;
use crate::config::policy::Rule;
use crate::model::record::{Discovery, Failure, GovernanceRecord, MatchedBy, Record};
use crate::model::{FileName, Identity, JobId, LimitKey, Limits, Mono, Now, Pid};
use std::sync::Arc;
use std::time::Duration;

impl Engine {
    /// Makes a job of a target, its descendants included, and sends it to the governor.
    pub(super) fn take(&mut self, now: Now, rule: &Rule, by: MatchedBy, look: &Look, fx: &mut Effects) {
        let main = look.seen.identity;
        let Some(entry) = self.table.get(main.pid) else { return };
        let job = Job {
            main,
            id: JobId::of(&rule.command, main),
            command: Arc::clone(&rule.command),
            limits: rule.limits,
            wanted: rule.limits,
            phase: if self.governs() { Phase::Attaching } else { Phase::Observed },
            members: std::iter::once(main.pid).collect(),
            main_alive: true,
            backfill: entry.standing.is_for_scan() && self.is_starting(),
            tries: 0,
            recheck: false,
            found: Finding {
                at: look.seen.read_at,
                rule: by,
                uid: look.seen.uid,
                ppid: entry.ppid,
                parent_name: FileName::new(entry.parent_comm.as_bytes()),
                age: look.seen.age,
            },
            discovered_at: now.wall,
            attached_at: None,
            origin: None,
            telling: Telling::Asked,
        };
        self.backfill += usize::from(job.backfill && job.phase == Phase::Attaching);
        self.scan.new += usize::from(entry.standing.is_for_scan());
        self.statistics.discovered += 1;
        if job.phase == Phase::Attaching {
            self.outbox.submit(order(&job), fx);
        }
        self.jobs.insert(job);
        for pid in std::iter::once(main.pid).chain(self.table.descendants(main.pid)) {
            if self
                .table
                .get(pid)
                .is_some_and(|entry| entry.job.is_none() && entry.standing != Standing::Dead)
            {
                self.enroll_born(pid, main, pid == main.pid, fx);
            }
        }
        fx.want(Effect::ReadArgv { identity: main });
    }

    /// A process whose ancestor is governed belongs to that job; it is taken along if it sits elsewhere.
    pub(super) fn enroll(&mut self, pid: Pid, main: Identity, fx: &mut Effects) {
        self.enroll_born(pid, main, false, fx);
    }

    pub(super) fn enroll_born(&mut self, pid: Pid, main: Identity, inside: bool, fx: &mut Effects) {
        let Some(entry) = self.table.get_mut(pid) else { return };
        self.jobs.enroll(pid, entry, main, inside);
        self.naming.remove(&pid);
        self.stand(pid, Standing::Member, fx);
        if !inside && self.jobs.get(main).is_some_and(Job::is_held) {
            self.take_along(pid, main, fx);
        }
    }

    fn take_along(&mut self, pid: Pid, main: Identity, fx: &mut Effects) {
        let (Some(entry), Some(job)) = (self.table.get(pid), self.jobs.get(main)) else { return };
        let born = entry.start.map_or(Born::Forked(entry.as_of), Born::Started);
        self.outbox.submit(Task::Join { job: job.id.clone(), pid, born }, fx);
    }

    pub(super) fn attached(&mut self, now: Now, answer: Attached, fx: &mut Effects) {
        let main = answer.identity;
        let Some(job) = self.jobs.get_mut(main).filter(|job| job.phase == Phase::Attaching) else { return };
        self.backfill -= usize::from(std::mem::take(&mut job.backfill));
        let id = job.id.clone();
        match answer.outcome {
            Outcome::Held { job: id, origin, members, refused, took, at } => {
                for (limit, failure) in refused {
                    self.cannot_hold(limit, &failure, fx);
                }
                self.held(now, main, id, origin, members, (took, at), fx);
            }
            Outcome::Gone => {
                fx.record(Record::Vanished { pid: main.pid, job: id });
                self.dissolve(now, main, Afterwards::Forget, fx);
            }
            Outcome::Stranger { put_back_to } => {
                if let Some(put_back_to) = put_back_to {
                    fx.record(Record::Stranger { pid: main.pid, job: id, put_back_to });
                }
                self.dissolve(now, main, Afterwards::LookAgain, fx);
            }
            Outcome::AlreadyIn { job } => {
                fx.record(Record::AlreadyTracked { pid: main.pid });
                self.dissolve(now, main, Afterwards::Leave, fx);
                if let Some(owner) = self.jobs.named(&job) {
                    self.enroll_born(main.pid, owner, true, fx);
                }
            }
            Outcome::Foreign { why } => {
                let command = Arc::clone(&job.command);
                fx.record(Record::Left { pid: main.pid, command, why });
                self.dissolve(now, main, Afterwards::Leave, fx);
            }
            Outcome::Failed(failure) => self.attach_failed(now, main, failure, fx),
        }
        self.touch(now);
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one answer, taken apart once")]
    fn held(
        &mut self,
        now: Now,
        main: Identity,
        id: JobId,
        origin: String,
        members: Vec<Pid>,
        (took, at): (Duration, Mono),
        fx: &mut Effects,
    ) {
        self.jobs.name(main, id.clone());
        let Some(job) = self.jobs.get_mut(main) else { return };
        job.phase = Phase::Held { since: at };
        job.attached_at = Some(now.wall);
        job.origin = Some(origin);
        match job.telling {
            Telling::Told => fx.record(Record::Attached { pid: main.pid, job: id, took, limits: job.limits }),
            Telling::Asked | Telling::AskedAndHeld(_) => job.telling = Telling::AskedAndHeld(took),
        }
        self.statistics.attachments += 1;
        for pid in members {
            if let Some(entry) = self.table.get_mut(pid).filter(|e| e.job.is_none_or(|job| job == main)) {
                self.jobs.enroll(pid, entry, main, true);
                self.stand(pid, Standing::Member, fx);
            }
        }
        let outside: Vec<Pid> = self.jobs.outside(main, &self.table).collect();
        for pid in outside {
            self.take_along(pid, main, fx);
        }
        if self.is_stopping() && self.policy.release_on_stop {
            return self.release(main, STOPS, fx);
        }
        self.ask_again(main, fx);
    }

    /// What came up while it was being attached.
    fn ask_again(&mut self, main: Identity, fx: &mut Effects) {
        if self.jobs.get(main).is_some_and(|job| job.recheck) {
            self.look_at(main.pid, fx);
        }
    }

    /// The command line is there: the discovery can be told, and the attachment if that was quicker.
    pub(super) fn described(&mut self, main: Identity, about: Description, fx: &mut Effects) {
        let observed = !self.governs();
        let asked = |job: &&mut Job| !matches!(job.telling, Telling::Told);
        let Some(job) = self.jobs.get_mut(main).filter(asked) else { return };
        let (pid, command, id) = (main.pid, Arc::clone(&job.command), job.id.clone());
        fx.record(Record::Discovered(Box::new(Discovery {
            identity: main,
            command: Arc::clone(&command),
            rule: job.found.rule,
            ppid: job.found.ppid,
            uid: job.found.uid,
            user: self.policy.users.get(&job.found.uid).cloned(),
            age: job.found.age,
            cwd: about.cwd,
            exe: about.exe,
            argv: about.argv,
            argv_cut: about.argv_cut,
            cgroup: about.cgroup,
        })));
        self.discoveries += 1;
        let limits = job.limits;
        let told = std::mem::replace(&mut job.telling, Telling::Told);
        if observed {
            if self.policy.dry_run {
                fx.record(Record::WouldAttach { pid, command, job: id, limits });
            }
            return;
        }
        fx.record(Record::Attaching { pid, command, job: id.clone() });
        if let Telling::AskedAndHeld(took) = told {
            fx.record(Record::Attached { pid, job: id, took, limits });
        }
    }

    pub(super) fn joined(&mut self, now: Now, id: JobId, pid: Pid, outcome: Join, fx: &mut Effects) {
        match outcome {
            Join::WasInside | Join::Moved => {
                let owner = self.jobs.named(&id);
                if let Some(entry) = self.table.get_mut(pid).filter(|entry| entry.job == owner) {
                    entry.inside = true;
                }
                if outcome == Join::Moved {
                    fx.record(Record::Joined { pid, job: id });
                }
            }
            Join::Gone | Join::Left => {}
            Join::Failed(failure) => {
                fx.record(Record::AttachFailed { pid, job: id, failure, retry_in: None });
            }
        }
        self.touch(now);
    }

    fn attach_failed(&mut self, now: Now, main: Identity, failure: Failure, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main) else { return };
        let class = class(&failure);
        if class == Class::Gone {
            return self.dissolve(now, main, Afterwards::Forget, fx);
        }
        job.tries += 1;
        let again =
            self.policy.retry.as_ref().filter(|retry| class.retries() && job.tries < retry.max_attempts);
        let retry_in = again.map(|_| retry::delay(job.tries, main));
        fx.record(Record::AttachFailed { pid: main.pid, job: job.id.clone(), failure, retry_in });
        match retry_in {
            Some(wait) => {
                job.phase = Phase::Backoff;
                self.deadlines.set(Timer::Retry(main), now.mono + wait);
                self.ask_again(main, fx);
            }
            None => self.dissolve(now, main, Afterwards::Leave, fx),
        }
    }

    pub(super) fn retry(&mut self, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main).filter(|job| job.phase == Phase::Backoff) else { return };
        job.phase = Phase::Attaching;
        self.outbox.submit(order(job), fx);
    }

    /// Undoes a job that never came to be. Its other members may be targets themselves and are looked at.
    pub(super) fn dissolve(&mut self, now: Now, main: Identity, afterwards: Afterwards, fx: &mut Effects) {
        let Some(job) = self.jobs.remove(main) else { return };
        self.deadlines.clear(Timer::Retry(main));
        let is_main = |engine: &Engine, pid| engine.is_main(pid, main);
        for &pid in &job.members {
            if let Some(entry) = self.table.get_mut(pid) {
                (entry.job, entry.inside) = (None, false);
            }
        }
        for pid in job.members {
            match (is_main(self, pid), afterwards) {
                (true, Afterwards::Forget) => self.forget(now, pid, fx),
                (true, Afterwards::Leave) => self.stand(pid, Standing::Target, fx),
                _ => self.consider(pid, false, fx),
            }
        }
    }

    /// Each cause is said once, however many jobs meet it.
    pub(super) fn cannot_hold(&mut self, limit: LimitKey, failure: &Failure, fx: &mut Effects) {
        let cause = format!("{} {}: {}", failure.step.name(), failure.path, failure.detail);
        self.say_cannot_hold(limit, cause, fx);
    }

    pub(super) fn say_cannot_hold(&mut self, limit: LimitKey, cause: String, fx: &mut Effects) {
        if self.not_holding.insert((limit, cause.clone())) {
            fx.record(Record::Governance(GovernanceRecord::LimitCannotHold { limit, cause }));
        }
    }

    /// Brings a held job's limits to what the policy says now.
    pub(super) fn limit(&mut self, main: Identity, limits: Limits, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main).filter(|job| job.is_held()) else { return };
        if std::mem::replace(&mut job.wanted, limits) != limits {
            self.outbox.submit(Task::SetLimits { job: job.id.clone(), limits }, fx);
        }
    }

    pub(super) fn limits_set(
        &mut self,
        id: JobId,
        to: Limits,
        result: Result<(), Failure>,
        fx: &mut Effects,
    ) {
        let Some(job) = self.jobs.named(&id).and_then(|main| self.jobs.get_mut(main)) else { return };
        match result {
            Ok(()) => {
                let from = std::mem::replace(&mut job.limits, to);
                fx.record(Record::LimitsChanged { job: id, from, to });
            }
            Err(failure) => {
                if job.wanted == to {
                    job.wanted = job.limits; // the next reload tries again
                }
                fx.record(Record::LimitsRefused { job: id, failure });
            }
        }
    }

    /// The rule that governs a job now, by its command.
    pub(super) fn rule_of(&self, command: &str) -> Option<&Rule> {
        matcher::by_name(&self.policy, command.as_bytes())
    }
}

/// What becomes of the process a dissolved job was made for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Afterwards {
    Forget,
    Leave,
    LookAgain,
}

fn order(job: &Job) -> Task {
    Task::Attach(Box::new(Attach {
        identity: job.main,
        command: Arc::clone(&job.command),
        limits: job.limits,
        parent: job.found.ppid,
        parent_name: job.found.parent_name,
    }))
}
