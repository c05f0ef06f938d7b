//! A walk through /proc, in slices, between everything else that goes on.

use super::World;
use crate::engine::Engine;
use crate::engine::effect::{Depth, Effects};
use crate::engine::input::{Input, Walked};
use crate::engine::platform::met;
use crate::model::record::{Failure, Step};
use crate::sys::{clock, host_use::host_use};

/// Slices of a scan in one round.
const SLICES_A_ROUND: usize = 2;

impl World {
    /// A scan goes on, a slice or two each round, until it has met every process.
    pub(in crate::reactor) fn walk_on(&mut self, engine: &mut Engine, fx: &mut Effects) {
        for _ in 0..SLICES_A_ROUND {
            let Some(mut walk) = self.walk.take() else { return };
            let (depth, mut proc) = (walk.depth, &self.proc);
            let (now, before) = (clock::now(), clock::thread_cpu());
            let slice = walk.slice(|pid, told| {
                let met = met(engine, depth, pid, told, &mut proc);
                engine.handle(now, met, fx);
            });
            walk.cost += clock::thread_cpu() - before;
            let ended = match slice {
                Ok(true) => {
                    self.walk = Some(walk);
                    continue;
                }
                Ok(false) => Ok(Walked {
                    took: clock::mono() - walk.began,
                    cost: walk.cost,
                    own: clock::process_cpu(),
                    host: (walk.depth == Depth::Sampling).then(host_use).flatten(),
                }),
                Err(errno) => Err(scan_failure(errno)),
            };
            engine.handle(clock::now(), Input::ScanEnded(ended), fx);
        }
    }
}

pub(super) fn scan_failure(errno: rustix::io::Errno) -> Failure {
    let detail = errno.to_string();
    Failure { step: Step::Proc, errno: errno.raw_os_error(), path: "/proc".to_owned(), detail }
}
