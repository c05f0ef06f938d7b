//! While this lives, the signals that people end programs with wait: what was made for a trial is removed before.

use nix::sys::signal::{SigSet, Signal};

#[derive(Debug)]
pub(super) struct Calm {
    before: Option<SigSet>,
}

impl Calm {
    pub(super) fn begin() -> Calm {
        let mut ends = SigSet::empty();
        for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
            ends.add(signal);
        }
        Calm { before: ends.thread_swap_mask(nix::sys::signal::SigmaskHow::SIG_BLOCK).ok() }
    }
}

impl Drop for Calm {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            let _ = before.thread_set_mask();
        }
    }
}
