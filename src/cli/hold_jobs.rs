//! `ffrtmp hold-jobs`: the sleeping process of ffrtmp-jobs.service. As long as it sleeps the unit lives, and with it
//! the delegated group below which the jobs are.

use super::{Failed, watch};
use crate::engine::effect::Notice;
use crate::sys::governor::{Governor, Roots};
use crate::sys::signals;

/// Ends with the signal that ends it.
pub(super) fn run() -> Result<(), Failed> {
    let governor =
        Governor::new(Roots::default()).map_err(|e| Failed::because("/proc cannot be read", &e))?;
    governor.step_aside().map_err(|why| Failed::because("cannot hold the jobs' unit", &why))?;
    drop(governor);
    watch::notifier().tell(Notice::Ready);
    signals::sleep_for_ever()
}
