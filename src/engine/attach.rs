//! A target's way into its job: taken, attached, held; or tried again, or given up. And its descendants' way after it.

use super::Engine;
use super::aside::{Aside, Why};
use super::breaker::Gate;
use super::deadlines::Timer;
use super::effect::{Attach, Effect, Effects, Task};
use super::hardship::Toll;
use super::input::{Attached, Look, Outcome};
use super::jobs::{Feat, Finding, Job, Phase, Telling};
use super::retry::Tries;
use super::table::{Entry, Place, Standing};
use super::trees::Clearing;
use super::tug::Tug;
use crate::config::foreign::Foreign;
use crate::config::policy::{Rule, Tree};
use crate::model::explanation::Was;
use crate::model::foreign::Bond;
use crate::model::record::{MatchedBy, Record};
use crate::model::snapshot::Ungoverned;
use crate::model::{FileName, Identity, JobId, Limits, Made, Mono, Now, Overrides, Pid};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

impl Engine {
    /// Makes a job of a target, its descendants included, and sends it to the governor.
    pub(super) fn take(
        &mut self,
        now: Now,
        rule: &Rule,
        by: MatchedBy,
        made: Option<Made>,
        look: &Look,
        fx: &mut Effects,
    ) {
        let main = look.seen.identity;
        let Some(entry) = self.table.get(main.pid) else { return };
        let attaching = self.governs();
        // Readiness, said after the last of the first attachments, is to find them told.
        let soon = entry.standing.is_for_scan() && self.is_starting();
        let out_of =
            self.job_above(main.pid).and_then(|outer| self.jobs.get(outer)).map(|outer| outer.id.clone());
        let job = Job {
            main,
            id: JobId::of(&rule.command, main),
            command: Arc::clone(&rule.command),
            limits: rule.limits.clone(),
            wanted: rule.limits.clone(),
            unheld: BTreeMap::new(),
            set: Overrides::default(),
            names_users: Some(made.is_some() || rule.filters.names_users()),
            made,
            phase: if attaching { Phase::Attaching } else { Phase::Observed },
            tree: rule.tree,
            clearing: Clearing::No,
            out_of,
            members: std::iter::once(main.pid).collect(),
            main_alive: true,
            backfill: soon && attaching,
            tries: Tries::default(),
            recheck: false,
            status: None,
            found: Finding {
                at: look.seen.read_at,
                rule: by,
                uid: look.seen.uid,
                ppid: entry.ppid,
                parent_name: FileName::new(entry.parent_comm.as_bytes()),
                age: look.seen.age,
                execed: entry.execed,
                taken: now.mono,
            },
            discovered_at: now.wall,
            attached_at: None,
            origin: None,
            sockets: 0,
            bond: None,
            is_ending: false,
            telling: Telling::Asked,
            moves: Tug::default(),
            changes: Tug::default(),
            left: Vec::new(),
            toll: Toll::begun(),
        };
        self.backfill += usize::from(job.backfill);
        self.scan.new += usize::from(entry.standing.is_for_scan());
        self.statistics.discovered += 1;
        if let Some(letter) = self.letters.take(main) {
            let tries = letter.tries.failed();
            fx.record(Record::Revived { identity: main, job: letter.job, tries });
        }
        self.jobs.insert(job);
        if attaching {
            self.submit(main, fx);
        }
        let before = self.table.get(main.pid).and_then(|entry| entry.job);
        self.enroll_born(main.pid, main, true, fx);
        for pid in self.table.descendants(main.pid) {
            // Below a descendant that is governed otherwise, the younger job is the nearer one.
            let ours = |entry: &Entry| entry.job.is_none() || entry.job == before || entry.job == Some(main);
            let way = self.table.ancestors(pid).take_while(|&(ancestor, _)| ancestor != main.pid);
            let free = |entry: &Entry| ours(entry) && entry.standing != Standing::Dead;
            if way.map(|(_, entry)| entry).all(ours) && self.table.get(pid).is_some_and(free) {
                self.enroll_born(pid, main, false, fx);
                self.ask_for_itself(pid, fx);
            }
        }
        fx.want(Effect::ReadArgv { identity: main, soon });
    }

    pub(super) fn attached(&mut self, now: Now, answer: Attached, fx: &mut Effects) {
        let main = answer.identity;
        // What is held is told in its turn, and one that belongs to a job already is no discovery.
        let waits = !matches!(answer.outcome, Outcome::Held { .. } | Outcome::AlreadyIn { .. });
        if let Some(job) = self.jobs.get_mut(main)
            && matches!(job.telling, Telling::Asked)
            && waits
        {
            job.telling = Telling::AskedAndAnswered(Box::new(answer));
            return;
        }
        self.answered_for(main);
        let Some(job) = self.jobs.get_mut(main).filter(|job| job.phase == Phase::Attaching) else { return };
        self.backfill -= usize::from(std::mem::take(&mut job.backfill));
        let (id, command) = (job.id.clone(), Arc::clone(&job.command));
        let rule = job.found.rule;
        let aside = |why| Aside { command: Arc::clone(&command), rule, why };
        match answer.outcome {
            Outcome::Held { job, origin, members, sockets, refused, took, at, kept, bond } => {
                let unheld = self.cannot_hold_all(&refused, fx);
                if let Some(job) = self.jobs.get_mut(main) {
                    job.unheld = unheld;
                }
                let origin = Some(origin);
                self.held(now, main, Proof { job, origin, members, sockets, kept, bond, took, at }, fx);
                self.succeeded(fx);
            }
            Outcome::Gone => {
                self.depart(now, main, Was::NotGoverned(Ungoverned::Attaching));
                fx.record(Record::Vanished { identity: main, job: id });
                self.dissolve(now, main, Afterwards::Forget, fx);
            }
            Outcome::Stranger { put_back_to } => {
                if let Some(put_back_to) = put_back_to {
                    fx.record(Record::Stranger { identity: main, job: id, put_back_to });
                }
                self.dissolve(now, main, Afterwards::LookAgain, fx);
            }
            Outcome::AlreadyIn { job } => {
                if self.may_leave(main, &job) {
                    return self.attach_out_of(main, job, fx);
                }
                let ours = [JobId::of(&command, main), JobId::with_start(&command, main)].contains(&job);
                let owner = self.jobs.named(&job).filter(|&owner| owner != main);
                if ours && owner.is_none() {
                    // An earlier try moved it and could not prove it; the limits may be those of that time.
                    let proof = Proof {
                        job,
                        origin: None,
                        members: Vec::new(),
                        sockets: 0,
                        kept: Limits::default(),
                        bond: None,
                        took: Duration::ZERO,
                        at: now.mono,
                    };
                    self.held(now, main, proof, fx);
                    if let Some(job) = self.jobs.get(main) {
                        self.outbox.submit(job.set_limits(None), fx);
                    }
                } else {
                    fx.record(Record::AlreadyTracked { identity: main });
                    self.refuse_attachment(main, &format!("it belongs to job {job} already"), fx);
                    self.dissolve(now, main, Afterwards::Leave, fx);
                    match owner {
                        Some(owner) if self.is_main(main.pid, main) => {
                            self.enroll_born(main.pid, owner, true, fx);
                        }
                        _ => {
                            self.recognise(&job, fx);
                            self.set_aside(main.pid, aside(Why::InGroup(job)));
                        }
                    }
                }
            }
            Outcome::Foreign { why } => {
                let left = aside(Why::Foreign(why.clone()));
                self.refuse_attachment(main, &format!("it is left alone: {why}"), fx);
                fx.record(Record::Left { identity: main, command, why });
                self.dissolve(now, main, Afterwards::Leave, fx);
                self.set_aside(main.pid, left);
            }
            Outcome::Failed(failure) => self.attach_failed(now, main, failure, fx),
        }
        // A probe that told nothing: the next one goes.
        if self.breakers.gate() == Gate::Probe {
            self.probe(now, fx);
        }
        self.touch(now);
    }

    fn held(&mut self, now: Now, main: Identity, proof: Proof, fx: &mut Effects) {
        let Proof { job: id, origin, members, sockets, kept, bond, took, at } = proof;
        if let Some(before) = self.jobs.named(&id).filter(|&owner| owner != main) {
            self.finish(now, before, fx); // nobody lived in its group any more, else this one had another name
        }
        self.jobs.name(main, id.clone());
        let Some(job) = self.jobs.get_mut(main) else { return };
        job.phase = Phase::Held { since: at };
        let first = job.attached_at.is_none();
        job.attached_at.get_or_insert(now.wall);
        job.origin = origin;
        job.sockets = sockets;
        (job.bond, job.is_ending) = (bond, false);
        if job.place().is_some() {
            job.toll.begin_anew();
        }
        let feat = Feat { took, first: first.then_some(at), kept };
        match job.telling {
            Telling::Told => job.tell_attached(&feat, fx),
            _ => job.telling = Telling::AskedAndHeld(feat),
        }
        self.statistics.attachments += u64::from(first);
        for pid in members {
            // What was heard of a pid since then may be about a later process.
            let same = |entry: &Entry| entry.as_of <= at;
            let lost = |job: &Job| matches!(job.phase, Phase::Buried | Phase::Sought);
            let free = |entry: &Entry| match entry.job.filter(|&job| job != main) {
                Some(job) => entry.place != Place::Inside || self.jobs.get(job).is_some_and(lost),
                None => true,
            };
            // Taken along on the way to a job of its own.
            let other = self.table.get(pid).and_then(|entry| entry.job).filter(|&job| job != main);
            if other.is_some_and(|other| self.is_out_of(other, &id)) {
                continue;
            }
            if self.table.get(pid).is_some_and(|entry| same(entry) && free(entry)) {
                self.enroll_born(pid, main, true, fx);
                self.ask_for_itself(pid, fx);
            }
        }
        self.take_rest_along(main, fx);
        self.put_out(main, fx);
        self.ask_again(main, fx);
        self.release_if_stopping(main, fx);
    }

    /// What came up while it was being attached.
    pub(super) fn ask_again(&mut self, main: Identity, fx: &mut Effects) {
        if self.jobs.get(main).is_some_and(|job| job.recheck) {
            self.look_at(main.pid, fx);
        }
    }

    /// Undoes a job that never came to be. Its other members may be targets themselves and are looked at.
    pub(super) fn dissolve(&mut self, now: Now, main: Identity, afterwards: Afterwards, fx: &mut Effects) {
        let Some(job) = self.jobs.remove(main) else { return };
        self.deadlines.clear(Timer::Retry(main));
        self.deadlines.clear(Timer::Toll(main));
        self.deadlines.clear(Timer::Outlived(main));
        self.end_orders(main, fx);
        for &pid in &job.members {
            if let Some(entry) = self.table.get_mut(pid) {
                (entry.job, entry.place) = (None, Place::Outside);
                self.tell_governed(pid, fx);
            }
        }
        let why = Why::Released(job.id.clone());
        let released = Aside { command: job.command, rule: job.found.rule, why };
        for pid in job.members {
            match (self.is_main(pid, main), afterwards) {
                (true, Afterwards::Forget) => self.forget(now, pid, fx),
                (true, Afterwards::Leave) if job.out_of.is_some() => {
                    self.falls_to(pid, Standing::Target, fx);
                }
                (true, Afterwards::Leave) => self.stand(pid, Standing::Target, fx),
                (_, Afterwards::Abandon) => self.stand(pid, Standing::Left, fx),
                (_, Afterwards::LetGo) => self.let_go(pid, &job.id, fx),
                _ => self.consider(pid, false, fx),
            }
        }
        if afterwards == Afterwards::LetGo && self.is_main(main.pid, main) {
            self.set_aside(main.pid, released);
        }
    }
}

/// What becomes of the process a dissolved job was made for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Afterwards {
    Forget,
    Leave,
    /// Left where somebody else has put it, with all that belongs to it.
    Abandon,
    /// Released by an operator, with all that belongs to it.
    LetGo,
    LookAgain,
}

/// That a process is in its group, and who is there with it.
struct Proof {
    job: JobId,
    origin: Option<String>,
    members: Vec<Pid>,
    sockets: usize,
    kept: Limits,
    bond: Option<Bond>,
    took: Duration,
    at: Mono,
}

pub(super) fn order(job: &Job, foreign: Arc<Foreign>) -> Task {
    Task::Attach(Box::new(Attach {
        identity: job.main,
        command: Arc::clone(&job.command),
        limits: job.limits.clone(),
        set: job.set.clone(),
        names_users: job.names_users.unwrap_or_default(),
        made: job.made.clone(),
        parent: job.found.ppid,
        parent_name: job.found.parent_name,
        out_of: job.out_of.clone(),
        alone: job.tree == Tree::RootOnly,
        foreign,
    }))
}
