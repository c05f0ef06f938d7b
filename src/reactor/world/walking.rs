//! A walk through /proc, in slices, between everything else that goes on.

use super::World;
use crate::engine::Engine;
use crate::engine::effect::Effects;
use crate::engine::input::Input;
use crate::model::record::{Failure, Step};
use crate::sys::clock;

/// Slices of a scan in one round.
const SLICES_A_ROUND: usize = 2;

impl World {
    /// A scan goes on, a slice or two each round, until it has met every process.
    pub(in crate::reactor) fn walk_on(&mut self, engine: &mut Engine, fx: &mut Effects) {
        for _ in 0..SLICES_A_ROUND {
            let Some(mut walk) = self.walk.take() else { return };
            let (full, proc) = (walk.full, &self.proc);
            let slice = walk.slice(|pid| {
                if !full && engine.knows(pid) {
                    engine.handle(clock::now(), Input::Listed(pid), fx);
                } else {
                    // One that is there and cannot be read must not be taken for gone.
                    let met = proc.sight(pid).map_or(Input::Listed(pid), Input::Scanned);
                    engine.handle(clock::now(), met, fx);
                }
            });
            let ended = match slice {
                Ok(true) => {
                    self.walk = Some(walk);
                    continue;
                }
                Ok(false) => Ok(clock::mono() - walk.began),
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
