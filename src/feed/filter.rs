//! What of all notices one consumer wants.

use crate::model::lifecycle::Process;
use std::fmt;
use std::sync::Arc;

type Fits = Arc<dyn Fn(&Process) -> bool + Send + Sync>;

#[derive(Clone, Default)]
pub struct Filter {
    pub changes: bool,
    pub rounds: bool,
    /// Of changes and resyncs only those of processes that fit. Rounds are of all.
    fits: Option<Fits>,
}

impl Filter {
    pub fn everything() -> Filter {
        Filter { changes: true, rounds: true, fits: None }
    }

    /// That processes begin, change and end.
    pub fn changes() -> Filter {
        Filter { changes: true, ..Filter::default() }
    }

    /// What processes use.
    pub fn rounds() -> Filter {
        Filter { rounds: true, ..Filter::default() }
    }

    /// Of those processes alone. It is asked on the service's own loop: it must be quick.
    pub fn of(self, fits: impl Fn(&Process) -> bool + Send + Sync + 'static) -> Filter {
        Filter { fits: Some(Arc::new(fits)), ..self }
    }

    pub(super) fn wants(&self, process: &Process) -> bool {
        self.fits.as_ref().is_none_or(|fits| fits(process))
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Filter { changes, rounds, fits } = self;
        let picks = fits.is_some();
        f.debug_struct("Filter")
            .field("changes", changes)
            .field("rounds", rounds)
            .field("picks", &picks)
            .finish()
    }
}
