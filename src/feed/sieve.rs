//! A filter at work for one consumer. It remembers which processes the consumer knows of, so that one that ceases to fit,
//! or ends when it no longer does, is told of a last time and nobody is kept in mind for ever. A filter that panics is not
//! asked again before the next whole picture; until then everything is lost to the consumer anyway.

use super::Filter;
use super::filter::Fits;
use crate::model::Pid;
use crate::model::lifecycle::{Change, Process, What};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

pub(super) struct Sieve {
    pub changes: bool,
    pub rounds: bool,
    fits: Option<Fits>,
    /// Those that the consumer was told of; all of them where everything fits, and then nothing is remembered.
    known: HashSet<Pid>,
    is_broken: bool,
}

/// The filter panicked.
#[derive(Debug)]
pub(super) struct Panicked;

impl Sieve {
    pub(super) fn of(filter: Filter) -> Sieve {
        let Filter { changes, rounds, fits } = filter;
        Sieve { changes, rounds, fits, known: HashSet::new(), is_broken: false }
    }

    pub(super) fn wants(&mut self, change: &Change) -> Result<bool, Panicked> {
        let Some(fits) = self.fits.as_ref().filter(|_| !self.is_broken) else { return Ok(true) };
        let was_known = self.known.remove(&change.process.pid);
        let fits = asked(fits, &change.process).inspect_err(|_| self.is_broken = true)?;
        if fits && !matches!(change.what, What::Terminated { .. }) {
            self.known.insert(change.process.pid);
        }
        Ok(fits || was_known)
    }

    /// Those of all that fit.
    pub(super) fn picture(&mut self, all: &Arc<[Process]>) -> Result<Arc<[Process]>, Panicked> {
        let Some(fits) = &self.fits else { return Ok(Arc::clone(all)) };
        let mut fitting = Vec::new();
        for process in all.iter() {
            if asked(fits, process).inspect_err(|_| self.is_broken = true)? {
                fitting.push(*process);
            }
        }
        self.is_broken = false;
        self.known = fitting.iter().map(|process| process.pid).collect();
        Ok(fitting.into())
    }
}

fn asked(fits: &Fits, process: &Process) -> Result<bool, Panicked> {
    catch_unwind(AssertUnwindSafe(|| fits(process))).map_err(|_| Panicked)
}
