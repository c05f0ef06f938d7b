//! A walk through /proc, in slices, between everything else that goes on.

use super::World;
use crate::engine::Engine;
use crate::engine::effect::{Depth, Effects};
use crate::engine::input::{Input, Walked};
use crate::engine::platform::met;
use crate::model::Mono;
use crate::model::record::{Failure, Step};
use crate::sys::clock;
use crate::sys::host_use::host_use;
use crate::sys::proc::{Proc, Walk};
use rustix::io::{Errno, Result};
use std::time::Duration;

/// Slices of a scan in one round.
const SLICES_A_ROUND: usize = 2;

/// Where more happens than can be heard, all slices together are held back no longer than this: the scan goes on.
const PATIENCE: Duration = Duration::from_secs(5);

/// A scan under way.
///
/// What happened before a process was read is told before its reading: one whose parent has ended is nobody's child in
/// /proc, and its fork alone tells whose it was. So readings are held back until the source has been heard up to then.
#[derive(Debug)]
pub(super) struct Scan {
    walk: Walk,
    held_back: Vec<Input<'static>>,
    /// How the slice ended whose readings are held back, and when.
    slice: Option<(Result<bool>, Mono)>,
    /// Processor time.
    cost: Duration,
    /// What slices have waited for before this one.
    waited: Duration,
}

impl Scan {
    pub(super) fn of(walk: Walk) -> Scan {
        Scan { walk, held_back: Vec::new(), slice: None, cost: Duration::ZERO, waited: Duration::ZERO }
    }

    /// Reads the next slice, unless one waits to be told; tells when it was read.
    fn read(&mut self, engine: &mut Engine, mut proc: &Proc, fx: &mut Effects) -> Mono {
        if let Some((_, read_at)) = self.slice {
            return read_at;
        }
        let (now, before, depth) = (clock::now(), clock::thread_cpu(), self.walk.depth);
        let slice = self.walk.slice(|pid, told| match met(engine, depth, pid, told, &mut proc) {
            reading @ Input::Scanned(_) => self.held_back.push(reading),
            known => engine.handle(now, known, fx),
        });
        self.cost += clock::thread_cpu() - before;
        let read_at = clock::mono();
        self.slice = Some((slice, read_at));
        read_at
    }

    /// Tells what was held back, and whether there is more to read.
    fn tell(&mut self, engine: &mut Engine, fx: &mut Effects) -> Result<bool> {
        let (now, before) = (clock::now(), clock::thread_cpu());
        self.held_back.drain(..).for_each(|reading| engine.handle(now, reading, fx));
        self.cost += clock::thread_cpu() - before;
        self.slice.take().map_or(Ok(true), |(slice, _)| slice)
    }

    fn account(&self) -> Walked {
        let before = clock::thread_cpu();
        let host = (self.walk.depth == Depth::Sampling).then(host_use).flatten();
        let cost = self.cost + (clock::thread_cpu() - before);
        Walked { took: clock::mono() - self.walk.began, cost, own: clock::process_cpu(), host }
    }
}

impl World {
    /// A scan goes on, a slice or two each round, until it has met every process.
    pub(in crate::reactor) fn walk_on(&mut self, engine: &mut Engine, fx: &mut Effects) {
        for _ in 0..SLICES_A_ROUND {
            let Some(mut scan) = self.scan.take() else { return };
            let read_at = scan.read(engine, &self.proc, fx);
            self.receive(&mut |input| engine.handle(clock::now(), input, fx));
            let waits = clock::mono() - read_at;
            if !self.has_heard(read_at) && scan.waited + waits < PATIENCE {
                self.scan = Some(scan);
                return;
            }
            scan.waited += waits;
            let ended = match scan.tell(engine, fx) {
                Ok(true) => {
                    self.scan = Some(scan);
                    continue;
                }
                Ok(false) => Ok(scan.account()),
                Err(errno) => Err(scan_failure(errno)),
            };
            engine.handle(clock::now(), Input::ScanEnded(ended), fx);
        }
    }
}

pub(super) fn scan_failure(errno: Errno) -> Failure {
    let detail = errno.to_string();
    Failure { step: Step::Proc, errno: errno.raw_os_error(), path: "/proc".to_owned(), detail }
}
