//! A target's way into its job: taken, attached, held; or tried again, or given up. And its descendants' way after it.

use super::Engine;
use super::aside::{Aside, Why};
use super::breaker::Gate;
use super::deadlines::Timer;
use super::effect::{Attach, Effect, Effects, Task};
use super::input::{Attached, Look, Outcome};
use super::jobs::{Feat, Finding, Job, Phase, Telling};
use super::retry::Tries;
use super::table::{Entry, Place, Standing};
use super::tug::Tug;
use crate::config::policy::Rule;
use crate::model::explanation::Was;
use crate::model::record::{MatchedBy, Record};
use crate::model::snapshot::Ungoverned;
use crate::model::{FileName, Identity, JobId, Limits, Mono, Now, Overrides, Pid};
use std::sync::Arc;
use std::time::Duration;

impl Engine {
    /// Makes a job of a target, its descendants included, and sends it to the governor.
    pub(super) fn take(&mut self, now: Now, rule: &Rule, by: MatchedBy, look: &Look, fx: &mut Effects) {
        let main = look.seen.identity;
        let Some(entry) = self.table.get(main.pid) else { return };
        let attaching = self.governs();
        // Readiness, said after the last of the first attachments, is to find them told.
        let soon = entry.standing.is_for_scan() && self.is_starting();
        let job = Job {
            main,
            id: JobId::of(&rule.command, main),
            command: Arc::clone(&rule.command),
            limits: rule.limits,
            wanted: rule.limits,
            set: Overrides::default(),
            phase: if attaching { Phase::Attaching } else { Phase::Observed },
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
            telling: Telling::Asked,
            moves: Tug::default(),
            changes: Tug::default(),
            left: Vec::new(),
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
        self.enroll_born(main.pid, main, true, fx);
        for pid in self.table.descendants(main.pid) {
            let free = |entry: &Entry| entry.job.is_none() && entry.standing != Standing::Dead;
            // Below a descendant that is governed already, the younger job is the nearer one.
            let nearest = self.table.ancestors(pid).find_map(|(_, ancestor)| ancestor.job);
            if nearest == Some(main) && self.table.get(pid).is_some_and(free) {
                self.enroll_born(pid, main, false, fx);
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
            Outcome::Held { job, origin, members, refused, took, at, kept } => {
                for (limit, failure) in refused {
                    self.cannot_hold(limit, &failure, fx);
                }
                self.held(now, main, Proof { job, origin: Some(origin), members, kept, took, at }, fx);
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
                let ours = [JobId::of(&command, main), JobId::with_start(&command, main)].contains(&job);
                let owner = self.jobs.named(&job).filter(|&owner| owner != main);
                if ours && owner.is_none() {
                    // An earlier try moved it and could not prove it; the limits may be those of that time.
                    let proof = Proof {
                        job,
                        origin: None,
                        members: Vec::new(),
                        kept: Limits::default(),
                        took: Duration::ZERO,
                        at: now.mono,
                    };
                    self.held(now, main, proof, fx);
                    if let Some(job) = self.jobs.get(main) {
                        self.outbox.submit(job.set_limits(None), fx);
                    }
                } else {
                    fx.record(Record::AlreadyTracked { identity: main });
                    self.dissolve(now, main, Afterwards::Leave, fx);
                    match owner {
                        Some(owner) if self.is_main(main.pid, main) => {
                            self.enroll_born(main.pid, owner, true, fx);
                        }
                        _ => self.set_aside(main.pid, aside(Why::InGroup(job))),
                    }
                }
            }
            Outcome::Foreign { why } => {
                let left = aside(Why::Foreign(why.clone()));
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
        let Proof { job: id, origin, members, kept, took, at } = proof;
        if let Some(before) = self.jobs.named(&id).filter(|&owner| owner != main) {
            self.finish(now, before, fx); // nobody lived in its group any more, else this one had another name
        }
        self.jobs.name(main, id.clone());
        let Some(job) = self.jobs.get_mut(main) else { return };
        job.phase = Phase::Held { since: at };
        let first = job.attached_at.is_none();
        job.attached_at.get_or_insert(now.wall);
        job.origin = origin;
        let feat = Feat { took, first: first.then_some(at), kept };
        match job.telling {
            Telling::Told => fx.record(job.attached(&feat)),
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
            if self.table.get(pid).is_some_and(|entry| same(entry) && free(entry)) {
                self.enroll_born(pid, main, true, fx);
            }
        }
        self.take_rest_along(main, fx);
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
    kept: Limits,
    took: Duration,
    at: Mono,
}

pub(super) fn order(job: &Job) -> Task {
    Task::Attach(Box::new(Attach {
        identity: job.main,
        command: Arc::clone(&job.command),
        limits: job.limits,
        set: job.set,
        parent: job.found.ppid,
        parent_name: job.found.parent_name,
    }))
}
