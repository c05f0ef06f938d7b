//! An engine on the real /proc, driven by hand in the test's own thread: its effects are carried out as the reactor would,
//! but at once, and nothing is governed.

use ffrtmp::config::Flags;
use ffrtmp::config::policy::{Policy, ScannerPolicy};
use ffrtmp::engine::Engine;
use ffrtmp::engine::effect::{Depth, Effect, Effects};
use ffrtmp::engine::input::{Input, Walked};
use ffrtmp::engine::platform::met;
use ffrtmp::model::process::base_name;
use ffrtmp::model::sample::Round;
use ffrtmp::model::state::Memory;
use ffrtmp::model::{Comm, FileName, Pid};
use ffrtmp::sys::host_use::host_use;
use ffrtmp::sys::proc::{PidPath, Proc};
use ffrtmp::sys::{clock, host};
use ffrtmp::wire::event::{Event, What};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Whenever a test wants a round, one is due.
const ALWAYS: Duration = Duration::from_millis(1);

#[derive(Debug)]
pub struct Driven {
    pub engine: Engine,
    pub proc: Proc,
    pub fx: Effects,
    own: Pid,
    /// Looks that found the process, and names that could be read.
    pub looks: u64,
    pub names: u64,
    /// Told of processes, to who wants to know.
    pub changes: usize,
    /// Passes over /proc that have ended.
    pub passes: u64,
}

impl Driven {
    /// Started, live, and every process there is decided.
    pub fn running() -> Driven {
        Driven::under(|_| ())
    }

    /// The same, under another policy than the usual.
    pub fn under(change: impl FnOnce(&mut Policy)) -> Driven {
        let flags = Flags { dry_run: true, ..Flags::default() };
        let mut policy = host::configure(None, &flags).expect("the defaults").policy;
        policy.scanner = Some(ScannerPolicy { interval: ALWAYS, ..ScannerPolicy::default() });
        change(&mut policy);
        // A child of the service itself would not be looked at: the test's children shall be.
        let own = Pid(1);
        let engine = Engine::new(own, host::boot_id(), Arc::new(policy), &Memory::default());
        let proc = Proc::open(Path::new("/proc")).expect("/proc");
        let mut driven =
            Driven { engine, proc, fx: Effects::default(), own, looks: 0, names: 0, changes: 0, passes: 0 };
        driven.engine.start(clock::now(), &mut driven.fx);
        driven.settle();
        driven
    }

    pub fn handle(&mut self, input: Input<'_>) {
        self.engine.handle(clock::now(), input, &mut self.fx);
    }

    /// Carries out everything that is wanted; what was recorded and told is dropped.
    pub fn settle(&mut self) {
        while let Some(effect) = self.fx.wanted.pop_front() {
            self.carry_out(&effect);
        }
        self.engine.end_of_round(clock::now(), &mut self.fx);
        self.fx.records.clear();
        self.changes += self.fx.changes.drain(..).len();
    }

    /// A pass that samples, as soon as it is due, and what it read.
    pub fn round(&mut self) -> Arc<Round> {
        self.fx.round = None;
        loop {
            self.handle(Input::Tick);
            self.settle();
            if let Some(round) = self.fx.round.take() {
                return round;
            }
        }
    }

    fn carry_out(&mut self, effect: &Effect) {
        match *effect {
            Effect::OpenSource { buffer } => self.handle(Input::SourceOpened(Ok(buffer))),
            Effect::Listen { seq } => self.said(What::Ack { to: seq, errno: 0 }),
            Effect::Narrow => self.handle(Input::SourceNarrowed(Ok(()))),
            Effect::Canary => self.said(What::Comm { tid: self.own, pid: self.own, comm: Comm::new(b"x") }),
            Effect::Look { pid, wants } => {
                let look = self.proc.look(pid, wants);
                self.looks += u64::from(look.is_some());
                self.handle(Input::Looked { pid, look: look.as_ref() });
            }
            Effect::Sight { pid } => {
                let seen = self.proc.sight(pid);
                self.handle(Input::Sighted { pid, seen });
            }
            Effect::ReadName { pid, .. } => {
                let (read_at, mut argv) = (clock::mono(), [0; 4096]);
                let argv = self.proc.read(&PidPath::of(pid, "/cmdline"), &mut argv);
                let name = argv.and_then(|argv| argv.split(|&b| b == 0).next()).map(base_name);
                self.names += u64::from(name.is_some());
                self.handle(Input::Named { pid, read_at, name: name.map(FileName::new) });
            }
            Effect::Scan(depth) => self.scan(depth),
            _ => {}
        }
    }

    fn said(&mut self, what: What) {
        self.handle(Input::Event(Event { at: clock::mono(), cpu: 0, what }));
    }

    fn scan(&mut self, depth: Depth) {
        let began = clock::mono();
        self.pass(depth);
        let host = (depth == Depth::Sampling).then(host_use).flatten();
        let took = clock::mono() - began;
        self.handle(Input::ScanEnded(Ok(Walked { took, host, ..Walked::default() })));
        self.passes += 1;
    }

    /// Does what is due by now: a pass over /proc, and what follows from it.
    pub fn tick(&mut self) {
        self.handle(Input::Tick);
        self.settle();
    }

    /// The list of processes, a slice at a time, each handed to the engine, which compares.
    fn pass(&mut self, depth: Depth) {
        let mut walk = self.proc.walk(depth).expect("a walk");
        let (engine, mut proc, fx) = (&mut self.engine, &self.proc, &mut self.fx);
        let mut more = true;
        while more {
            let now = clock::now();
            let visit = |pid, told| {
                let met = met(engine, depth, pid, told, &mut proc);
                engine.handle(now, met, fx);
            };
            more = walk.slice(visit).expect("a slice");
        }
    }
}
