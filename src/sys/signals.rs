//! Signals as something to poll. Blocked for every thread that is started later, so none is ever interrupted.

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::io;
use std::os::fd::{AsRawFd, RawFd};

#[derive(Debug)]
pub struct Signals(SignalFd);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    Reload,
    Terminate(&'static str),
}

impl Signals {
    /// Call it before any thread is started.
    pub fn block() -> io::Result<Signals> {
        let mut set = SigSet::empty();
        for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
            set.add(signal);
        }
        set.thread_block()?;
        Ok(Signals(SignalFd::with_flags(&set, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?))
    }

    pub fn fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    pub fn next_wish(&mut self) -> Option<Wish> {
        let info = self.0.read_signal().ok()??;
        match Signal::try_from(info.ssi_signo as i32).ok()? {
            Signal::SIGHUP => Some(Wish::Reload),
            Signal::SIGINT => Some(Wish::Terminate("SIGINT")),
            _ => Some(Wish::Terminate("SIGTERM")),
        }
    }
}

/// Sleeps until a signal ends the process.
pub fn sleep_for_ever() -> ! {
    loop {
        nix::unistd::pause();
    }
}
