//! What others did to the group of a job: limits overwritten, the note removed. It is put right, or left where the policy
//! says so; what is done again and again is put right more slowly and without a word. Every drift is counted.

use super::Engine;
use super::effect::Effects;
use super::input::Inspection;
use super::jobs::Phase;
use super::tug::Pull;
use crate::model::record::{Answer, Drift, Failure, LimitDrift, Record};
use crate::model::{Identity, JobId, Now};

impl Engine {
    pub(super) fn inspected(
        &mut self,
        now: Now,
        id: &JobId,
        result: Result<Inspection, Failure>,
        fx: &mut Effects,
    ) {
        let found = self.jobs.named(id).and_then(|main| self.jobs.get(main)).map(|job| (job.main, job.phase));
        if let (Some((main, _)), Ok(inspection)) = (found, &result)
            && *inspection != Inspection::default()
        {
            self.tell_by_now(now, main, fx);
        }
        match (found, result) {
            (Some((main, Phase::Held { .. })), Ok(inspection)) if !self.is_stopping() => {
                self.limits_drifted(now, main, inspection.limits, fx);
                self.note_drifted(now, main, inspection.note_mended, fx);
                if inspection.unit_gone {
                    self.unit_stopped(now, main, fx);
                }
                if let Some(pid) = inspection.company {
                    self.has_company(main, pid, fx);
                } else if inspection.deserted {
                    self.emptied(id.clone(), fx); // nobody is left to be moved back into this group
                } else {
                    self.strayed(now, main, inspection.strays, fx);
                }
            }
            (Some((main, Phase::Sought)), result) => {
                let strays = result.map(|inspection| inspection.strays).unwrap_or_default();
                self.deserted(now, main, &strays, fx);
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
            self.outbox.submit(job.set_limits(None), fx);
        }
        let id = job.id.clone();
        self.drifts.limit += found.len() as u64;
        if let Some(answer) = told(pull, restores) {
            for limit in found {
                fx.record(Record::Drift { job: id.clone(), drift: Drift::Limit(limit), answer });
            }
        }
    }

    fn note_drifted(&mut self, now: Now, main: Identity, mended: bool, fx: &mut Effects) {
        let Some(job) = self.jobs.get_mut(main).filter(|_| mended) else { return };
        self.drifts.note += 1;
        if let Some(answer) = told(job.changes.pull(now.mono), true) {
            fx.record(Record::Drift { job: job.id.clone(), drift: Drift::Note, answer });
        }
    }
}

/// What is said of something that is put right each time.
pub(super) fn told(pull: Pull, restores: bool) -> Option<Answer> {
    match pull {
        Pull::Answer | Pull::Fight if !restores => Some(Answer::Left),
        Pull::Answer => Some(Answer::Restored),
        Pull::Fight => Some(Answer::Tired),
        Pull::Quietly | Pull::Wait => None,
    }
}
