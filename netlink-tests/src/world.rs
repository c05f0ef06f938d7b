//! The smallest world there is: the engine in front of the real connector, and of nothing else. It watches and governs
//! nothing; each of its scans is empty and at once done. It must run on the main thread, because the canary does.

use crate::listening::PATIENCE;
use ffrtmp::config::policy::{ArgvInLog, Policy};
use ffrtmp::engine::Engine;
use ffrtmp::engine::effect::{Depth, Effect, Effects};
use ffrtmp::engine::input::{Input, Walked};
use ffrtmp::model::Pid;
use ffrtmp::model::record::{Record, SourceRecord};
use ffrtmp::model::state::Memory;
use ffrtmp::sys::clock;
use ffrtmp::sys::connector::refusal::{Refusal, Step};
use ffrtmp::sys::connector::{Connector, Drained, canary};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::sync::Arc;
use std::time::Duration;

#[derive(Debug)]
pub struct World {
    engine: Engine,
    connector: Option<Connector>,
    fx: Effects,
    said: Vec<SourceRecord>,
    scans: usize,
}

impl World {
    pub fn start(receive_buffer: usize) -> World {
        let (own, policy) = (Pid(std::process::id()), Arc::new(policy(receive_buffer)));
        let mut world = World {
            engine: Engine::new(own, String::new(), policy, &Memory::default()),
            connector: None,
            fx: Effects::default(),
            said: Vec::new(),
            scans: 0,
        };
        world.engine.start(clock::now(), &mut world.fx);
        world
    }

    /// Goes on until the engine wants all of /proc read, as it does whenever the source has changed for good or ill;
    /// returns what the source has said on the way.
    pub fn until_full_scan(&mut self) -> Vec<SourceRecord> {
        let begun = clock::mono();
        while self.scans == 0 {
            assert!(clock::mono() - begun < PATIENCE, "nothing changes: {self:?}");
            self.round();
        }
        self.scans = 0;
        std::mem::take(&mut self.said)
    }

    fn round(&mut self) {
        while let Some(effect) = self.fx.wanted.pop_front() {
            if let Some(input) = self.answer(&effect) {
                self.engine.handle(clock::now(), input, &mut self.fx);
            }
        }
        self.said.extend(self.fx.records.drain(..).filter_map(|record| match record {
            Record::Source(record) => Some(record),
            _ => None,
        }));
        if self.scans == 0 {
            self.wait();
            self.receive();
            self.engine.handle(clock::now(), Input::Tick, &mut self.fx);
        }
    }

    fn answer(&mut self, effect: &Effect) -> Option<Input<'static>> {
        let refused = |refusal: Refusal| Input::SourceBroken(refusal.into());
        match effect {
            Effect::OpenSource { buffer } => {
                self.connector = None;
                let opened = Connector::open(*buffer).map(|(connector, reached)| {
                    self.connector = Some(connector);
                    reached
                });
                Some(Input::SourceOpened(opened.map_err(Into::into)))
            }
            Effect::Listen { seq } => self.connector.as_mut()?.listen(*seq).err().map(refused),
            Effect::Narrow => {
                Some(Input::SourceNarrowed(self.connector.as_ref()?.narrow().map_err(Into::into)))
            }
            Effect::Canary => {
                canary().expect("canary");
                None
            }
            Effect::CountDrops => {
                Some(Input::Dropped(self.connector.as_ref()?.drops().expect("the socket's counters")))
            }
            Effect::CloseSource => {
                self.connector = None;
                None
            }
            Effect::Scan(depth) => {
                self.scans += usize::from(*depth != Depth::Steady);
                Some(Input::ScanEnded(Ok(Walked::default())))
            }
            _ => None,
        }
    }

    fn receive(&mut self) {
        let (engine, fx) = (&mut self.engine, &mut self.fx);
        let Some(connector) = &mut self.connector else { return };
        let drained =
            connector.receive(1000, |event| engine.handle(clock::now(), Input::Event(event), &mut *fx));
        match drained {
            Drained::Empty | Drained::More => {}
            Drained::Overrun => engine.handle(clock::now(), Input::Overrun, fx),
            Drained::Broken(errno) => {
                let refusal = Refusal { step: Step::Receive, errno };
                engine.handle(clock::now(), Input::SourceBroken(refusal.into()), fx);
            }
        }
    }

    fn wait(&self) {
        let deadline = self.engine.next_deadline().expect("no wait without an end");
        let time = if self.fx.wanted.is_empty() { deadline - clock::mono() } else { Duration::ZERO };
        let time = Timespec::try_from(time.min(PATIENCE)).expect("a time");
        let mut fds: Vec<PollFd<'_>> = self.connector.iter().map(|c| PollFd::new(c, PollFlags::IN)).collect();
        poll(&mut fds, Some(&time)).expect("poll");
    }
}

/// No targets, and no scan but those that the source asks for.
fn policy(receive_buffer: usize) -> Policy {
    Policy {
        scan_interval: Duration::from_secs(3600),
        rules: Vec::new(),
        users: Default::default(),
        poll_only: false,
        events_expected: false,
        dry_run: true,
        receive_buffer,
        cgroup_root: None,
        release_on_stop: false,
        favor_dynmods: None,
        total_limits: Default::default(),
        restore_on_drift: true,
        adopts_made: true,
        foreign: Default::default(),
        retry: None,
        breaker: Default::default(),
        scanner: None,
        health: Default::default(),
        state: None,
        argv_in_log: ArgvInLog::None,
    }
}
