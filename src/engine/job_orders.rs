//! Orders about one job: one after the other, each as soon as the job is in a state that allows it. An order is carried
//! out whole or not at all, and answered when that has been read back, or when there is no such job any more.

use super::Engine;
use super::effect::{Effects, Refused};
use super::input::{Change, Ticket, Whom};
use super::jobs::Phase;
use super::let_go::RELEASED;
use super::orders::{MOST_WAITING, answer};
use crate::model::{Identity, Now, Overrides};

#[derive(Debug)]
pub(super) struct JobOrder {
    pub ticket: Ticket,
    pub whom: Whom,
    pub wish: Wish,
    /// With the governor.
    pub begun: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Wish {
    Attach,
    Release,
    Set {
        change: Change,
        /// What was set when this was begun, to go back to.
        before: Option<Overrides>,
    },
}

impl Engine {
    pub(super) fn await_turn(&mut self, ticket: Ticket, whom: Whom, wish: Wish, fx: &mut Effects) {
        let main = match self.find(&whom) {
            Ok(main) => main,
            Err(refused) => return answer(ticket, Err(refused), fx),
        };
        let orders = self.orders.of_jobs.entry(main).or_default();
        if orders.len() == MOST_WAITING {
            let busy = Refused::Busy("too many orders wait for this job already".into());
            return answer(ticket, Err(busy), fx);
        }
        orders.push_back(JobOrder { ticket, whom, wish, begun: false });
    }

    /// Begins what can be begun: a job may have come to rest in this round.
    pub(super) fn carry_on_orders(&mut self, now: Now, fx: &mut Effects) {
        if self.is_stopping() {
            return;
        }
        self.end_vain_attachments(fx);
        let mains: Vec<Identity> = self.orders.of_jobs.keys().copied().collect();
        for main in mains {
            self.carry_on(now, main, fx);
        }
    }

    fn carry_on(&mut self, now: Now, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get(main) else { return self.end_orders(main, fx) };
        let first = self.orders.of_jobs.get_mut(&main).and_then(|orders| orders.front_mut());
        let Some(order) = first.filter(|order| !order.begun) else { return };
        match (job.phase, order.wish.clone()) {
            (Phase::Held { .. }, Wish::Release) => {
                order.begun = true;
                self.release(main, RELEASED, fx);
            }
            (Phase::Held { .. }, Wish::Attach) => self.attached_as_told(main, fx),
            (Phase::Held { .. }, Wish::Set { change, .. }) => self.begin_set(main, change, fx),
            (Phase::Backoff { .. } | Phase::Paused | Phase::Observed, Wish::Release) => {
                self.release_early(now, main, fx);
            }
            (Phase::Backoff { .. } | Phase::Paused | Phase::Observed, Wish::Set { .. }) => {
                let why = format!("job {} is not governed, so nothing can be set for it", job.id);
                self.end_first(main, Err(Refused::Failed(why)), fx);
            }
            (Phase::Backoff { .. } | Phase::Paused | Phase::Observed, Wish::Attach) => {
                let why = format!("job {} is not governed yet; explain {} tells why", job.id, main.pid);
                self.end_first(main, Err(Refused::Failed(why)), fx);
            }
            // It will not stay so for long.
            (Phase::Attaching | Phase::Releasing | Phase::Buried | Phase::Sought, _) => {}
        }
    }

    pub(super) fn end_first(&mut self, main: Identity, result: Result<String, Refused>, fx: &mut Effects) {
        let Some(orders) = self.orders.of_jobs.get_mut(&main) else { return };
        if let Some(order) = orders.pop_front() {
            answer(order.ticket, result.map(|done| order.told(main, &done)), fx);
        }
        if orders.is_empty() {
            self.orders.of_jobs.remove(&main);
        }
    }

    /// There is no such job any more.
    pub(super) fn end_orders(&mut self, main: Identity, fx: &mut Effects) {
        for order in self.orders.of_jobs.remove(&main).into_iter().flatten() {
            let over = Refused::Failed("the job has ended meanwhile, or is governed no more".into());
            answer(order.ticket, Err(over), fx);
        }
    }

    /// Whether the governor has an order in hand.
    pub(super) fn carries_out_orders(&self) -> bool {
        self.orders.of_jobs.values().flatten().any(|order| order.begun)
    }
}

impl JobOrder {
    /// Whoever named a process may not have known that it is one of several.
    pub(super) fn told(&self, main: Identity, done: &str) -> String {
        match self.whom {
            Whom::Pid(pid) if pid != main.pid => format!("{done}; process {pid} is one of its processes"),
            _ => done.to_owned(),
        }
    }
}
