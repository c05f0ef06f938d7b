//! What commands make jobs of. `attach`: a process is taken because an operator says so, whatever rules and filters would
//! say, and is told of when it is held. `run`: the job stands already, and is held from here on like our own.

use super::Engine;
use super::effect::{Effects, Refused, Task};
use super::input::{FoundJob, Look, Ticket, Wanted, Whom};
use super::job_orders::{JobOrder, Wish};
use super::lifecycle::Governance;
use super::matcher;
use super::orders::{MOST_WAITING, answer};
use super::table::{Standing, UNKNOWN};
use crate::config::policy::{Filters, Rule, Tree};
use crate::model::limits::{Discord, discords};
use crate::model::record::{Failure, MatchedBy};
use crate::model::{Identity, JobId, Made, Maker, Mono, Now, Pid};
use std::sync::Arc;

impl Engine {
    pub(super) fn attach_as_told(&mut self, ticket: Ticket, wanted: Wanted, fx: &mut Effects) {
        let pid = wanted.pid;
        let refused = match self.table.get(pid).and_then(|entry| entry.job) {
            _ if self.governance != Governance::Ready => Some(Refused::Failed(self.why_not_governing())),
            Some(main) => Some(Refused::Failed(self.belongs(pid, main))),
            None if self.orders.attachments.contains_key(&pid) => {
                Some(Refused::Busy(format!("process {pid} is being attached already")))
            }
            None if self.orders.attachments.len() >= MOST_WAITING => {
                Some(Refused::Busy("too many are to be attached already".into()))
            }
            None => None,
        };
        if let Some(refused) = refused {
            return answer(ticket, Err(refused), fx);
        }
        if self.table.get(pid).is_none() {
            self.table.born(pid, UNKNOWN, Mono::default());
        }
        self.orders.attachments.insert(pid, (ticket, wanted));
        self.look_at(pid, fx);
    }

    /// It has been looked at, and is nobody's yet.
    pub(super) fn take_as_told(&mut self, now: Now, look: &Look, fx: &mut Effects) {
        let Identity { pid, .. } = look.seen.identity;
        let Some((ticket, wanted)) = self.orders.attachments.remove(&pid) else { return };
        if look.seen.kernel_thread || pid == self.own {
            let whose = if pid == self.own { "the service itself" } else { "a thread of the kernel" };
            return answer(ticket, Err(Refused::Failed(format!("process {pid} is {whose}"))), fx);
        }
        let exe = look.exe.filter(|exe| !exe.is_cut());
        let own = || exe.map_or(look.seen.comm.as_bytes().to_vec(), |exe| exe.as_bytes().to_vec());
        let name = wanted.name.unwrap_or_else(|| String::from_utf8_lossy(&own()).into());
        let policy = Arc::clone(&self.policy);
        let made = Made { by: Maker::Attach, limits: wanted.limits };
        let limits = made.limits(matcher::by_name(&policy, name.as_bytes()).map(|rule| &rule.limits));
        if let Some(Discord { key, text, .. }) = discords(&limits).into_iter().find(|discord| discord.refused)
        {
            let why = format!("process {pid} is not attached: {key}: {text}");
            return answer(ticket, Err(Refused::Failed(why)), fx);
        }
        let rule = Rule { command: name, limits, filters: Filters::default(), tree: Tree::default() };
        self.take(now, &rule, MatchedBy::Order, Some(made), look, fx);
        let order = JobOrder { ticket, whom: Whom::Pid(pid), wish: Wish::Attach, begun: false };
        self.orders.of_jobs.entry(look.seen.identity).or_default().push_back(order);
        self.say_what_is_missed(fx);
    }

    pub(super) fn attached_as_told(&mut self, main: Identity, fx: &mut Effects) {
        let Some(job) = self.jobs.get(main) else { return };
        let (pid, others) = (main.pid, job.members.len().saturating_sub(1));
        let mut told =
            format!("process {pid} is job {}, with {others} process(es) besides: {}", job.id, job.limits);
        for (key, why) in self.unheld_of(job) {
            told.push_str(&format!("; {key} does not hold: {why}"));
        }
        self.end_first(main, Ok(told), fx);
    }

    /// Whoever wanted it attached is told why it is not.
    pub(super) fn refuse_attachment(&mut self, main: Identity, why: &str, fx: &mut Effects) {
        if self.is_wanted(main) {
            let why = format!("process {} is not attached: {why}", main.pid);
            self.end_first(main, Err(Refused::Failed(why)), fx);
        }
    }

    pub(super) fn attachment_failed(&mut self, main: Identity, failure: &Failure, fx: &mut Effects) {
        if self.is_wanted(main) {
            let refused = Refused::Met(
                format!("process {} is not attached at the first try", main.pid),
                failure.clone(),
            );
            self.end_first(main, Err(refused), fx);
        }
    }

    fn is_wanted(&self, main: Identity) -> bool {
        let orders = self.orders.of_jobs.get(&main);
        orders.and_then(|orders| orders.front()).is_some_and(|first| first.wish == Wish::Attach)
    }

    /// Those that ended, or became somebody's, before they were looked at.
    pub(super) fn end_vain_attachments(&mut self, fx: &mut Effects) {
        let pids: Vec<Pid> = self.orders.attachments.keys().copied().collect();
        for pid in pids {
            let refused = match self.table.get(pid) {
                Some(entry) if entry.standing == Standing::Dead => None,
                Some(entry) => match entry.job {
                    Some(main) => Some(Refused::Failed(self.belongs(pid, main))),
                    None => continue,
                },
                None => None,
            };
            let refused = refused.unwrap_or_else(|| Refused::Unknown(format!("there is no process {pid}")));
            if let Some((ticket, _)) = self.orders.attachments.remove(&pid) {
                answer(ticket, Err(refused), fx);
            }
        }
    }

    fn belongs(&self, pid: Pid, main: Identity) -> String {
        let id = self.jobs.get(main).map_or("", |job| job.id.as_str());
        format!("process {pid} belongs to job {id} already; set changes its limits")
    }

    fn why_not_governing(&self) -> String {
        match &self.governance {
            Governance::Unavailable(why) => format!("nothing can be governed here: {why}"),
            Governance::Unwanted => "this service only says what it would do (--dry-run)".into(),
            Governance::Pending | Governance::Ready => "the service is starting; ask again".into(),
        }
    }

    /// A command says that it has made this job.
    pub(super) fn adopt(&mut self, ticket: Ticket, job: JobId, fx: &mut Effects) {
        let refused = match &self.governance {
            _ if self.jobs.named(&job).is_some() => {
                return answer(ticket, Ok(format!("job {job} is governed")), fx);
            }
            Governance::Ready if !self.policy.adopts_made => {
                Refused::Failed(format!("job {job} is left to who made it (cgroup.on_made: leave)"))
            }
            Governance::Ready if self.orders.adoptions.len() < MOST_WAITING => {
                self.orders.adoptions.insert(ticket);
                return self.outbox.submit(Task::Recognise { job, order: Some(ticket) }, fx);
            }
            Governance::Ready => Refused::Busy("too many jobs are to be taken over already".into()),
            _ => Refused::Failed(self.why_not_governing()),
        };
        answer(ticket, Err(refused), fx);
    }

    /// A process sits in a group below our root that we do not know: it may be that a command has made it.
    pub(super) fn recognise(&mut self, job: &JobId, fx: &mut Effects) {
        if self.policy.adopts_made {
            self.outbox.submit(Task::Recognise { job: job.clone(), order: None }, fx);
        }
    }

    pub(super) fn recognised(
        &mut self,
        now: Now,
        job: &JobId,
        order: Option<Ticket>,
        found: Option<Box<FoundJob>>,
        fx: &mut Effects,
    ) {
        let mut known = self.jobs.named(job).is_some() || self.is_stopping();
        if let Some(found) = found.filter(|_| !known) {
            known = true;
            // A target that was met in there is with the governor: it will ask once more.
            if self.jobs.get(found.identity).is_none() {
                self.take_over(now, *found, now.mono, fx);
            }
        }
        if let Some(ticket) = order.filter(|ticket| self.orders.adoptions.remove(ticket)) {
            let unknown = || Refused::Unknown(format!("no command has made a job {job}"));
            answer(ticket, known.then(|| format!("job {job} is governed")).ok_or_else(unknown), fx);
        }
    }
}
