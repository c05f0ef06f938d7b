//! What others did to a job that stands: limits overwritten, processes moved out, the note removed. It is put right, or
//! left where the policy says so; what is done again and again is not answered for ever. Every drift is counted.

use super::Engine;
use super::attach::{Afterwards, order};
use super::effect::{Effect, Effects, Task};
use super::input::{Inspection, Stray};
use super::jobs::Phase;
use super::table::{Place, Standing};
use super::tug::Pull;
use crate::model::record::{Answer, Drift, Failure, LimitDrift, Record};
use crate::model::{Identity, JobId, Now, Pid};

impl Engine {
    pub(super) fn inspected(
        &mut self,
        now: Now,
        id: &JobId,
        result: Result<Inspection, Failure>,
        fx: &mut Effects,
    ) {
        let found = self.jobs.named(id).and_then(|main| self.jobs.get(main)).map(|job| (job.main, job.phase));
        match (found, result) {
            (Some((main, Phase::Held { .. })), Ok(inspection)) if !self.is_stopping() => {
                self.limits_drifted(now, main, inspection.limits, fx);
                self.note_drifted(now, main, inspection.note_mended, fx);
                if inspection.deserted {
                    self.emptied(id.clone(), fx); // nobody is left to be moved back into this group
                } else {
                    self.strayed(now, main, inspection.strays, fx);
                }
            }
            (Some((main, Phase::Sought)), result) => {
                self.deserted(now, main, result.map(|inspection| inspection.strays).unwrap_or_default(), fx);
            }
            // It could not be asked, and will be again; or it is over, or being released.
            _ => {}
        }
        self.inspection_ended(fx);
    }

    fn limits_drifted(&mut self, now: Now, main: Identity, found: Vec<LimitDrift>, fx: &mut Effects) {
        let restores = self.policy.restore_on_drift;
        let Some(job) = self.jobs.get_mut(main) else { return };
        let known = !restores && job.left == found;
        job.left = if restores { Vec::new() } else { found.clone() };
        if found.is_empty() || known {
            return;
        }
        let pull = job.changes.pull(now.mono);
        if pull == Pull::Wait {
            return;
        }
        if restores {
            self.outbox.submit(Task::SetLimits { job: job.id.clone(), limits: job.wanted }, fx);
        }
        let id = job.id.clone();
        self.drifts += found.len() as u64;
        if let Some(answer) = told(pull, restores) {
            for limit in found {
                fx.record(Record::Drift { job: id.clone(), drift: Drift::Limit(limit), answer });
            }
        }
    }

    fn note_drifted(&mut self, now: Now, main: Identity, mended: bool, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main).filter(|_| mended) else { return };
        self.drifts += 1;
        if let Some(answer) = told(job.changes.pull(now.mono), true) {
            fx.record(Record::Drift { job: job.id.clone(), drift: Drift::Note, answer });
        }
    }

    /// Some of a job's processes sit elsewhere.
    fn strayed(&mut self, now: Now, main: Identity, mut strays: Vec<Stray>, fx: &mut Effects) {
        // Not those whose pid has got another owner since, and those who were asked to join since.
        strays.retain(|stray| {
            self.table.get(stray.pid).is_some_and(|e| e.job == Some(main) && e.born() == stray.born)
        });
        let Some(answer) = self.answer_moves(now, main, &strays, fx) else { return };
        for Stray { pid, .. } in strays {
            match answer {
                Answer::Restored => self.take_along(pid, main, fx),
                Answer::Left | Answer::Tired => self.abandon(pid, main, fx),
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
            job.recheck = false;
            fx.want(Effect::Unwatch { identity: main });
        }
        if let Some(entry) = self.table.get_mut(pid) {
            self.jobs.strike(pid, entry);
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
    fn deserted(&mut self, now: Now, main: Identity, strays: Vec<Stray>, fx: &mut Effects) {
        let lives = strays.iter().any(|stray| stray.pid == main.pid);
        if !lives || self.is_stopping() {
            return self.finish(now, main, fx);
        }
        match self.answer_moves(now, main, &strays, fx) {
            Some(Answer::Restored) => self.attach_again(main, fx),
            _ => self.finish_with(now, main, Afterwards::Abandon, fx),
        }
    }

    /// Everything as the first time: group, limits, note, move, proof.
    fn attach_again(&mut self, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main) else { return };
        (job.phase, job.tries, job.limits) = (Phase::Attaching, 0, job.wanted);
        self.outbox.submit(order(job), fx);
        for &pid in &job.members {
            if let Some(entry) = self.table.get_mut(pid) {
                entry.place = if pid == main.pid { Place::Inside } else { Place::Outside };
            }
        }
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
        self.drifts += strays.len() as u64;
        for Stray { pid, at, .. } in strays {
            let drift = Drift::Moved { pid: *pid, to: at.clone() };
            fx.record(Record::Drift { job: job.id.clone(), drift, answer });
        }
        Some(answer)
    }
}

/// What is said of something that is put right each time.
fn told(pull: Pull, restores: bool) -> Option<Answer> {
    match pull {
        Pull::Answer | Pull::Fight if !restores => Some(Answer::Left),
        Pull::Answer => Some(Answer::Restored),
        Pull::Fight => Some(Answer::Tired),
        Pull::Quietly | Pull::Wait => None,
    }
}
