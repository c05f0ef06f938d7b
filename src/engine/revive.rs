//! `retry`: what was given up, waits for its next try or was let go is looked at now. Whether it is still who it was, and
//! wanted, is asked as before every try.

use super::Engine;
use super::deadlines::Timer;
use super::effect::{Effects, Refused};
use super::input::Whom;
use super::jobs::{Job, Phase};
use super::table::Standing;
use crate::model::record::HostCause;
use crate::model::{Identity, JobId, Now, Pid};

impl Engine {
    /// All there is to retry, or what of it is meant.
    pub(super) fn revive(
        &mut self,
        now: Now,
        whom: Option<&Whom>,
        fx: &mut Effects,
    ) -> Result<String, Refused> {
        let letters: Vec<Identity> = self
            .letters
            .iter()
            .filter(|(who, letter)| means(whom, &letter.job, who.pid))
            .map(|(who, _)| who)
            .collect();
        let mains = self.meant(whom);
        let phase = |main: &Identity| self.jobs.get(*main).map(|job| job.phase);
        let backoff = |main: &Identity| matches!(phase(main), Some(Phase::Backoff { .. }));
        let waiting: Vec<Identity> = mains.iter().copied().filter(backoff).collect();
        let paused = mains.iter().filter(|main| phase(main) == Some(Phase::Paused)).count();
        let left = whom.map(|whom| self.left_alone(whom)).unwrap_or_default();
        if letters.len() + waiting.len() + paused + left.len() == 0
            && let Some(whom) = whom
        {
            let job = self.find(whom)?;
            let id = self.jobs.get(job).map_or("", |job| job.id.as_str());
            return Err(Refused::Failed(format!("job {id} neither failed nor waits for another try")));
        }
        for who in &letters {
            self.consider(who.pid, false, fx);
        }
        for &main in &waiting {
            self.retry_now(now, main);
        }
        for &pid in &left {
            self.consider(pid, false, fx);
        }
        Ok(self.revived([letters.len(), waiting.len(), left.len()], paused))
    }

    fn meant(&self, whom: Option<&Whom>) -> Vec<Identity> {
        match whom {
            Some(whom) => self.find(whom).into_iter().collect(),
            None => self.jobs.iter().filter(|job| job.waits()).map(|job: &Job| job.main).collect(),
        }
    }

    /// Those who were released from one job, or one that was moved out by somebody else.
    fn left_alone(&self, whom: &Whom) -> Vec<Pid> {
        match whom {
            Whom::Job(id) => self.let_go.from(id),
            Whom::Pid(pid) => match self.let_go.job_of(*pid) {
                Some(id) => self.let_go.from(id),
                None => self.table.pids(|other, entry| other == *pid && entry.standing == Standing::Left),
            },
        }
    }

    fn retry_now(&mut self, now: Now, main: Identity) {
        if let Some(job) = self.jobs.get_mut(main) {
            job.phase = Phase::Backoff { until: now.mono };
            self.deadlines.set(Timer::Retry(main), now.mono);
        }
    }

    fn revived(&self, counts: [usize; 3], paused: usize) -> String {
        let [letters, waiting, left] = counts;
        let mut told: Vec<String> = [
            (letters, "given up before, tried again"),
            (waiting, "waiting for another try, tried now"),
            (left, "left alone, looked at again"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        let causes: Vec<&str> = self.breakers.tripped().map(HostCause::name).collect();
        if told.is_empty() && paused == 0 {
            told.push("there is nothing to retry".to_owned());
        } else if !causes.is_empty() {
            let all = paused + letters + waiting + left;
            told.push(format!(
                "attaching is paused ({}), so {all} wait(s) until a probe succeeds",
                causes.join(", ")
            ));
        }
        told.join("; ")
    }
}

fn means(whom: Option<&Whom>, id: &JobId, pid: Pid) -> bool {
    match whom {
        None => true,
        Some(Whom::Job(name)) => name == id,
        Some(Whom::Pid(number)) => *number == pid,
    }
}
