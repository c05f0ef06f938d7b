//! The giving end: on the loop's thread, once a round. It never waits for a consumer; what finds no room is lost to that
//! one alone, and made good for later.

use super::Notice;
use super::line::{Line, Telling};
use super::registrar::{Newcomer, Registrar};
use super::roll::Roll;
use super::seat::Wake;
use super::sieve::Sieve;
use crate::model::Mono;
use crate::model::lifecycle::{Change, Process};
use crate::model::record::Record;
use crate::model::sample::Round;
use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

pub struct Hub {
    lines: Vec<Line>,
    newcomers: Receiver<Newcomer>,
    registrar: Registrar,
}

impl Hub {
    /// `wake` has the loop come around to `serve`, from any thread.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Hub {
        let (send, newcomers) = channel();
        let wake: Wake = Arc::new(wake);
        Hub { lines: Vec::new(), newcomers, registrar: Registrar::new(Arc::<Roll>::default(), send, wake) }
    }

    pub fn registrar(&self) -> Registrar {
        self.registrar.clone()
    }

    /// Whether anybody wants to know what becomes of processes.
    pub fn wants_changes(&self) -> bool {
        self.lines.iter().any(|line| line.sieve.changes)
    }

    /// Gives to each what it wants, to newcomers and to those who lost something the whole picture: `all`, as it is after
    /// the changes. What is to be told of consumers goes into `records`.
    pub fn serve(
        &mut self,
        now: Mono,
        changes: impl Iterator<Item = Change>,
        round: Option<&Arc<Round>>,
        mut all: impl FnMut() -> Arc<[Process]>,
        records: &mut Vec<Record>,
    ) {
        let to = &mut Telling { now, records };
        let mut picture = None;
        let all: &mut dyn FnMut() -> Arc<[Process]> =
            &mut || Arc::clone(picture.get_or_insert_with(&mut all));
        self.lines.retain(|line| !line.seat.has_left());
        for change in changes {
            self.lines.iter_mut().for_each(|line| line.change(&change, to));
        }
        // Whoever is let in now finds the changes in the picture.
        self.lines.extend(self.newcomers.try_iter().map(Line::from));
        for line in &mut self.lines {
            line.make_good(all, to);
            if let Some(round) = round {
                line.round(round, to);
                line.make_good(all, to);
            }
        }
    }

    /// When `serve` wants to be called again at the latest.
    pub fn next_deadline(&self, now: Mono) -> Option<Mono> {
        self.lines.iter().filter_map(|line| line.deadline(now)).min()
    }
}

impl From<Newcomer> for Line {
    fn from(Newcomer { seat, filter, queue }: Newcomer) -> Line {
        Line::new(seat, Sieve::of(filter), queue)
    }
}

impl Notice {
    pub(super) fn is_large(&self) -> bool {
        matches!(self, Notice::Round(_) | Notice::Resync(_))
    }
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("registrar", &self.registrar).finish_non_exhaustive()
    }
}
