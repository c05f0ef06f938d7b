//! Engine and simulated world in one loop, as the reactor runs them: deliver, walk, tick, carry out, end the round.
//! The clock stands still while anything can happen and then jumps to the engine's next deadline.

use super::follower::Follower;
use super::governor::{Governor, group_of};
use super::host::{Host, OWN};
use super::{identity, pid};
use crate::config::policy::Policy;
use crate::engine::Engine;
use crate::engine::effect::{Depth, Effect, Effects, Notice, Refused};
use crate::engine::input::{
    Description, Input, Look, Order, Outcome, Reloaded, Reply, Sighting, SourceRefusal, Ticket, Walked,
};
use crate::model::record::{Failure, Record};
use crate::model::sample::Round;
use crate::model::state::{Memory, State};
use crate::model::{Comm, FileName, Identity, JobId, Mono, Now, Pid, Wall};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

mod delivering;
mod doing;
mod hold;
mod reading;

pub(super) use hold::Hold;

/// A full scan: when it began, and whether it came to a good end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pass {
    pub began: u64,
    pub well: bool,
}

/// A pass that came to its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Passed {
    pub began: u64,
    pub depth: Depth,
    pub cost: Duration,
}

#[derive(Debug)]
pub(super) struct Sim {
    pub engine: Engine,
    pub host: Host,
    pub governor: Governor,
    pub hold: Hold,
    pub records: Vec<Record>,
    pub notices: Vec<Notice>,
    pub answers: Vec<(Ticket, Result<String, Refused>)>,
    pub saved: Vec<State>,
    pub stopped: u32,
    /// Orders given.
    pub ordered: Ticket,
    /// What a reload will find.
    pub next_policy: Option<Reloaded>,
    pub refuse_source: Option<SourceRefusal>,
    pub refuse_scans: VecDeque<Failure>,
    pub full_passes: Vec<Pass>,
    pub walks: Vec<Passed>,
    pub rounds: Vec<Arc<Round>>,
    /// Why no save works.
    pub refuse_saves: Option<&'static str>,
    /// Sightings and looks read, by scans and for decisions.
    pub sighted: Vec<u32>,
    pub looked: Vec<u32>,
    /// Of whom it was read what they had read and written.
    pub io_read: Vec<u32>,
    /// Every input and what came of it, where somebody wants to read it.
    pub transcript: Option<String>,
    /// Who wants to know what becomes of processes.
    pub follower: Option<Follower>,
    fx: Effects,
    looks: VecDeque<Effect>,
    names: VecDeque<Pid>,
    argvs: VecDeque<Identity>,
    walk: Option<(Depth, u32, u64)>,
    loads: usize,
    saves: usize,
    carried_out: usize,
}

impl Sim {
    /// A host that has been up for a while, and a service that has not been started.
    pub(super) fn new(policy: Policy) -> Sim {
        Sim::remembering(policy, &Memory::default())
    }

    fn remembering(policy: Policy, memory: &Memory) -> Sim {
        Sim {
            engine: Engine::new(pid(OWN), "boot".into(), Arc::new(policy), memory),
            host: Host::new(),
            governor: Governor::default(),
            hold: Hold::default(),
            records: Vec::new(),
            notices: Vec::new(),
            answers: Vec::new(),
            saved: Vec::new(),
            stopped: 0,
            ordered: 0,
            next_policy: None,
            refuse_source: None,
            refuse_scans: VecDeque::new(),
            full_passes: Vec::new(),
            walks: Vec::new(),
            rounds: Vec::new(),
            refuse_saves: None,
            sighted: Vec::new(),
            looked: Vec::new(),
            io_read: Vec::new(),
            transcript: None,
            follower: None,
            fx: Effects::default(),
            looks: VecDeque::new(),
            names: VecDeque::new(),
            argvs: VecDeque::new(),
            walk: None,
            loads: 0,
            saves: 0,
            carried_out: 0,
        }
    }

    /// The usual beginning: started, scanned, ready; what was said until then is put aside.
    pub(super) fn running(policy: Policy) -> Sim {
        let mut sim = Sim::new(policy);
        sim.start();
        sim.settle();
        sim.records.clear();
        sim
    }

    pub(super) fn start(&mut self) {
        let now = self.now();
        self.engine.start(now, &mut self.fx);
        self.take_what_is_told();
    }

    /// The service is killed and started anew; processes and groups stay as they are.
    pub(super) fn restart(&mut self, policy: Policy) {
        self.restart_remembering(policy, &Memory::default());
    }

    /// With what its state file says.
    pub(super) fn restart_remembering(&mut self, policy: Policy, memory: &Memory) {
        self.restart_holding(policy, memory, Hold::default());
    }

    /// The same, and something comes late from its start on.
    pub(super) fn restart_holding(&mut self, policy: Policy, memory: &Memory, hold: Hold) {
        let fresh = Sim { hold, ..Sim::remembering(policy, memory) };
        let old = std::mem::replace(self, fresh);
        (self.host, self.governor, self.transcript) = (old.host, old.governor, old.transcript);
        self.host.queue.close();
        self.host.watched.clear();
        self.host.exited.clear();
        self.host.watched_groups.clear();
        self.host.emptied.clear();
        self.host.touched.clear();
        self.governor.tasks.clear();
        self.governor.replies.clear();
        if old.follower.is_some() {
            self.follow();
        }
        self.start();
        self.settle();
    }

    pub(super) fn reload(&mut self, policy: Policy) {
        self.next_policy = Some(Ok((Arc::new(policy), Vec::new())));
        self.handle(Input::Reload);
        self.settle();
    }

    /// An operator's word, under the next number.
    pub(super) fn order(&mut self, order: Order) -> Ticket {
        self.ordered += 1;
        let ticket = self.ordered;
        self.handle(Input::Ordered { ticket, order });
        ticket
    }

    /// What came of an order, once all has settled.
    #[track_caller]
    pub(super) fn obeyed(&mut self, order: Order) -> Result<String, Refused> {
        let ticket = self.order(order);
        self.settle();
        self.answer_to(ticket).expect("an answer")
    }

    #[track_caller]
    pub(super) fn answer_to(&self, ticket: Ticket) -> Option<Result<String, Refused>> {
        let mut answers = self.answers.iter().filter(|(of, _)| *of == ticket);
        let first = answers.next().map(|(_, result)| result.clone());
        assert!(answers.next().is_none(), "{ticket} was answered twice: {:?}", self.answers);
        first
    }

    /// For long runs: what was said and done until now is not kept.
    pub(super) fn forget_what_was(&mut self) {
        self.records.clear();
        self.rounds.clear();
        self.transcript = self.transcript.take().map(|_| String::new());
        self.sighted.clear();
        self.looked.clear();
        self.walks.clear();
        self.io_read.clear();
        self.follower.iter_mut().for_each(|follower| follower.told.clear());
    }

    pub(super) fn now(&self) -> Now {
        Now { mono: Mono(self.host.now), wall: Wall(self.host.now as i64 + self.host.wall_set_by) }
    }

    pub(super) fn handle(&mut self, input: Input<'_>) {
        self.host.tick();
        let now = self.now();
        let what = self.transcript.as_ref().map(|_| format!("{input:?}"));
        self.engine.handle(now, input, &mut self.fx);
        if let (Some(transcript), Some(what)) = (&mut self.transcript, what) {
            let Effects { wanted, records, changes, .. } = &self.fx;
            let line = format!("{} {what} → {wanted:?} {records:?} {changes:?}\n", now.mono.0);
            transcript.push_str(&line);
        }
        self.take_what_is_told();
    }

    fn take_what_is_told(&mut self) {
        self.records.append(&mut self.fx.records);
        self.rounds.extend(self.fx.round.take());
        let changes = self.fx.changes.drain(..);
        match &mut self.follower {
            Some(follower) => changes.for_each(|change| follower.hear(change)),
            None => assert_eq!(changes.count(), 0, "nobody wants to know"),
        }
    }

    /// One round of the loop; `false` when nothing is left that can happen now.
    pub(super) fn round(&mut self) -> bool {
        let before = (self.host.now, self.carried_out);
        self.deliver();
        self.walk_on();
        let due = self.engine.next_deadline().is_some_and(|at| at.0 <= self.host.now);
        if due {
            self.handle(Input::Tick);
        }
        self.carry_out();
        let now = self.now();
        self.engine.end_of_round(now, &mut self.fx);
        self.take_what_is_told();
        self.carry_out();
        (self.host.now, self.carried_out) != before
    }

    /// Everything that can happen without the clock.
    pub(super) fn settle(&mut self) {
        for _ in 0..100_000 {
            if !self.round() {
                return;
            }
        }
        panic!("it never comes to rest: {:?}", self.records.iter().rev().take(10).collect::<Vec<_>>());
    }

    /// Lets time pass, jumping from deadline to deadline.
    pub(super) fn run(&mut self, time: Duration) {
        let end = self.host.now + time.as_nanos() as u64;
        loop {
            self.settle();
            match self.engine.next_deadline().map(|at| at.0) {
                Some(at) if at <= end => self.host.now = at.max(self.host.now),
                _ => break,
            }
        }
        self.host.now = self.host.now.max(end);
        self.settle();
    }

    /// The machine sleeps and wakes: its clock stood still, and its processes have aged.
    pub(super) fn sleep(&mut self, time: Duration) {
        self.host.asleep += time.as_nanos() as u64;
        self.handle(Input::Slept(time));
    }
}
