//! Processes that others moved out of their job: some of them, or all, so that the group is gone. They are moved back, or
//! left where the policy says so; who is moved out again and again is left, too, for nobody wins a tug of war.

use super::Engine;
use super::aside::{Aside, Why};
use super::attach::Afterwards;
use super::effect::{Effect, Effects};
use super::input::Stray;
use super::jobs::Phase;
use super::retry::Tries;
use super::table::{Place, Standing};
use super::tug::Pull;
use crate::model::explanation::MovedOut;
use crate::model::record::{Answer, Drift, Record};
use crate::model::{Identity, Now, Pid};
use std::sync::Arc;

impl Engine {
    /// Some of a job's processes sit elsewhere.
    pub(super) fn strayed(&mut self, now: Now, main: Identity, mut strays: Vec<Stray>, fx: &mut Effects) {
        // Not those whose pid has got another owner since, and those who were asked to join since.
        strays.retain(|stray| {
            self.table.get(stray.pid).is_some_and(|e| e.job == Some(main) && e.born() == stray.born)
        });
        let Some(answer) = self.answer_moves(now, main, &strays, fx) else { return };
        let asides = self.asides_of(main, &strays, answer);
        for (pid, aside) in asides {
            match answer {
                Answer::Restored => self.take_along(pid, main, fx),
                Answer::Left | Answer::Tired => {
                    self.abandon(pid, main, fx);
                    self.set_aside(pid, aside);
                }
            }
        }
        self.touch(now);
    }

    /// A process that is left is nobody's. What is left of the job goes on as if its first process had ended.
    fn abandon(&mut self, pid: Pid, main: Identity, fx: &mut Effects) {
        if self.is_main(pid, main)
            && let Some(job) = self.jobs.get_mut(main)
        {
            job.main_alive = false;
            fx.want(Effect::Unwatch { identity: main });
        }
        if let Some(entry) = self.table.get_mut(pid) {
            self.jobs.strike(pid, entry);
            self.tell_governed(pid, fx);
            self.stand(pid, Standing::Left, fx);
        }
    }

    /// A group is gone and its process has not been told dead: it may have been moved out, with all the others.
    pub(super) fn seek(&mut self, now: Now, main: Identity, fx: &mut Effects) {
        if self.is_stopping() {
            return self.finish(now, main, fx); // the next start finds it
        }
        if let Some(job) = self.jobs.get_mut(main) {
            job.phase = Phase::Sought;
            self.inspect_first(main, fx);
        }
    }

    /// Nobody lives in a job's group any more: who of it lives elsewhere?
    pub(super) fn deserted(&mut self, now: Now, main: Identity, strays: &[Stray], fx: &mut Effects) {
        let lives = strays.iter().any(|stray| stray.pid == main.pid);
        if !lives || self.is_stopping() {
            return self.finish(now, main, fx);
        }
        match self.answer_moves(now, main, strays, fx) {
            Some(Answer::Restored) => self.attach_again(main, fx),
            answer => {
                let asides = self.asides_of(main, strays, answer.unwrap_or(Answer::Left));
                self.finish_with(now, main, Afterwards::Abandon, fx);
                asides.into_iter().for_each(|(pid, aside)| self.set_aside(pid, aside));
            }
        }
    }

    /// What is remembered of each that was moved out, should it be left.
    fn asides_of(&self, main: Identity, strays: &[Stray], answer: Answer) -> Vec<(Pid, Aside)> {
        let Some(job) = self.jobs.get(main) else { return Vec::new() };
        let aside = |stray: &Stray| {
            let moved = MovedOut { job: job.id.clone(), to: stray.at.clone(), answer };
            let why = Why::MovedOut(moved);
            (stray.pid, Aside { command: Arc::clone(&job.command), rule: job.found.rule, why })
        };
        strays.iter().map(aside).collect()
    }

    /// Everything as the first time: group, limits, note, move, proof. What the policy says of it by then is asked after.
    fn attach_again(&mut self, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main) else { return };
        (job.tries, job.limits, job.recheck) = (Tries::default(), job.wanted.clone(), true);
        job.toll.begin_anew();
        for &pid in &job.members {
            if let Some(entry) = self.table.get_mut(pid) {
                entry.place = match entry.place {
                    Place::Apart => Place::Apart,
                    _ if pid == main.pid => Place::Inside,
                    _ => Place::Outside,
                };
            }
        }
        self.submit(main, fx);
    }

    /// Says who was moved out, and what is done about it: the same for all of them.
    fn answer_moves(
        &mut self,
        now: Now,
        main: Identity,
        strays: &[Stray],
        fx: &mut Effects,
    ) -> Option<Answer> {
        let restores = self.policy.restore_on_drift;
        let job = self.jobs.get_mut(main).filter(|_| !strays.is_empty())?;
        let answer = match restores.then(|| job.moves.pull(now.mono)) {
            Some(Pull::Answer) => Answer::Restored,
            Some(_) => Answer::Tired,
            None => Answer::Left,
        };
        self.drifts.moved += strays.len() as u64;
        for Stray { pid, at, .. } in strays {
            let drift = Drift::Moved { pid: *pid, to: at.clone() };
            fx.record(Record::Drift { job: job.id.clone(), drift, answer });
        }
        Some(answer)
    }
}
