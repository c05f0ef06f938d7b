//! What a platform must be able to tell of single processes, so that a pass over all of them can be made. The engine never
//! asks: whoever walks for it does, and hands over what was met.

use super::Engine;
use super::effect::Depth;
use super::input::{Input, Owner, Sighting};
use crate::model::Pid;
use crate::model::sample::Io;

pub trait Platform {
    /// One process as it is now. Whose it is need not be asked where its owner is known, as long as the pid is that
    /// process's. `None`: it cannot be read.
    fn sight(&mut self, pid: Pid, owner: Option<Owner>) -> Option<Sighting>;

    /// What it has read and written.
    fn io(&mut self, pid: Pid) -> Option<Io>;
}

/// What a pass of this depth has met in a pid that is listed. `told`: what the list itself has told of it.
pub fn met(
    engine: &Engine,
    depth: Depth,
    pid: Pid,
    told: Option<Sighting>,
    platform: &mut impl Platform,
) -> Input<'static> {
    if depth == Depth::Steady && engine.knows(pid) {
        return Input::Listed(pid);
    }
    let mut seen = told.or_else(|| platform.sight(pid, engine.owner(pid)));
    if let Some(seen) = seen.as_mut().filter(|seen| engine.wants_io(seen)) {
        seen.used.io = platform.io(pid);
    }
    // One that is there and cannot be read must not be taken for gone.
    seen.map_or(Input::Listed(pid), Input::Scanned)
}
