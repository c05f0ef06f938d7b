//! What of all notices one consumer wants: said by whoever registers.

use crate::model::lifecycle::Process;
use std::fmt;
use std::sync::Arc;

pub(super) type Fits = Arc<dyn Fn(&Process) -> bool + Send + Sync>;

/// Which notices a consumer wants.
///
/// ```
/// use ffrtmp::feed::Filter;
/// let _daemons = Filter::changes().of(|process| process.uid == 0);
/// ```
#[derive(Clone, Default)]
pub struct Filter {
    pub changes: bool,
    pub rounds: bool,
    pub(super) fits: Option<Fits>,
}

impl Filter {
    pub fn everything() -> Filter {
        Filter { changes: true, rounds: true, fits: None }
    }

    /// That processes begin, change and end; at first, and after a gap, all there are.
    pub fn changes() -> Filter {
        Filter { changes: true, ..Filter::default() }
    }

    /// What processes use.
    pub fn rounds() -> Filter {
        Filter { rounds: true, ..Filter::default() }
    }

    /// Changes of those processes alone that fit, the one included by which a process ceases to. Rounds are of all.
    ///
    /// It is asked on the scanner's own loop, so it must be quick. If it panics, it counts as the consumer's panic.
    #[must_use]
    pub fn of(self, fits: impl Fn(&Process) -> bool + Send + Sync + 'static) -> Filter {
        Filter { fits: Some(Arc::new(fits)), ..self }
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
