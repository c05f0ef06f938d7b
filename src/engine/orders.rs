//! What operators want done, and what came of it. An order is answered once: at once, or when it has been carried out.

use super::Engine;
use super::effect::{Effect, Effects, Refused};
use super::input::{Order, Ticket, Wanted, Whom};
use super::job_orders::{JobOrder, Wish};
use crate::model::{Identity, JobId, Now, Pid};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Orders that wait for the same; who comes after them asks again.
pub(super) const MOST_WAITING: usize = 64;

/// Names told to whoever named none that is known.
const NAMED: usize = 5;

#[derive(Debug, Default)]
pub(super) struct Orders {
    /// Tickets of those who wait for the configuration to be read.
    reloads: Vec<Ticket>,
    /// By the process that the job was made for, in the order in which they came.
    pub(super) of_jobs: BTreeMap<Identity, VecDeque<JobOrder>>,
    /// By process, until that has been looked at.
    pub(super) attachments: BTreeMap<Pid, (Ticket, Wanted)>,
    /// Tickets of those who wait for a job to be taken over.
    pub(super) adoptions: BTreeSet<Ticket>,
}

impl Engine {
    pub(super) fn ordered(&mut self, now: Now, ticket: Ticket, order: Order, fx: &mut Effects) {
        if self.is_stopping() {
            return answer(ticket, Err(stopping()), fx);
        }
        match order {
            Order::Reload if self.orders.reloads.len() < MOST_WAITING => {
                self.orders.reloads.push(ticket);
                self.reload(fx);
            }
            Order::Reload => {
                let busy = Refused::Busy("too many wait for a reload already".into());
                answer(ticket, Err(busy), fx);
            }
            Order::Retry(whom) => {
                let result = self.revive(now, whom.as_ref(), fx);
                answer(ticket, result, fx);
            }
            Order::Release(whom) => self.await_turn(ticket, whom, Wish::Release, fx),
            Order::Adopt(job) => self.adopt(ticket, job, fx),
            Order::Attach(wanted) => self.attach_as_told(ticket, wanted, fx),
            Order::Set(whom, change) => self.await_turn(ticket, whom, Wish::Set { change, before: None }, fx),
        }
    }

    /// The configuration has been read, and is in force if it is a good one.
    pub(super) fn answer_reloads(&mut self, result: &Result<String, String>, fx: &mut Effects) {
        for ticket in std::mem::take(&mut self.orders.reloads) {
            answer(ticket, result.clone().map_err(Refused::Failed), fx);
        }
    }

    /// The service ends, and nobody is left without an answer.
    pub(super) fn answer_all(&mut self, fx: &mut Effects) {
        let Orders { reloads, of_jobs, attachments, adoptions } = std::mem::take(&mut self.orders);
        let of_jobs = of_jobs.into_values().flatten().map(|order| order.ticket);
        let of_processes = attachments.into_values().map(|(ticket, _)| ticket);
        for ticket in reloads.into_iter().chain(of_jobs).chain(of_processes).chain(adoptions) {
            answer(ticket, Err(stopping()), fx);
        }
    }

    /// The job that is meant.
    pub(super) fn find(&self, whom: &Whom) -> Result<Identity, Refused> {
        let found = match whom {
            Whom::Job(id) => {
                let alike = || self.jobs.iter().find(|job| job.id == *id).map(|job| job.main);
                self.jobs.named(id).or_else(alike)
            }
            Whom::Pid(pid) => self.table.get(*pid).and_then(|entry| entry.job),
        };
        found.ok_or_else(|| self.unknown(whom))
    }

    fn unknown(&self, whom: &Whom) -> Refused {
        Refused::Unknown(match whom {
            Whom::Job(id) if !self.let_go.from(id).is_empty() => {
                format!("job {id} was released; retry has its processes taken again")
            }
            Whom::Job(id) => {
                let known = some_of(self.jobs.iter().map(|job| &job.id));
                format!("there is no job {id}; {known}")
            }
            Whom::Pid(pid) => match self.let_go.job_of(*pid) {
                Some(job) => format!("process {pid} was released from job {job}; retry has it taken again"),
                None if self.table.get(*pid).is_none() => format!("there is no process {pid}"),
                None => format!("process {pid} belongs to no job; explain {pid} tells why"),
            },
        })
    }
}

fn some_of<'j>(ids: impl Iterator<Item = &'j JobId>) -> String {
    let mut ids: Vec<&str> = ids.map(JobId::as_str).collect();
    let more = ids.len().saturating_sub(NAMED);
    ids.truncate(NAMED);
    match (ids.len(), more) {
        (0, _) => "there is none at all".to_owned(),
        (_, 0) => format!("there are {}", ids.join(", ")),
        (_, more) => format!("there are {} and {more} more", ids.join(", ")),
    }
}

fn stopping() -> Refused {
    Refused::Failed("the service is stopping".into())
}

pub(super) fn answer(ticket: Ticket, result: Result<String, Refused>, fx: &mut Effects) {
    fx.want(Effect::Answer { ticket, result });
}
