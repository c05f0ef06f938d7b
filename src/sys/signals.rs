//! What those want who run us. A program of its own hears signals, as something to poll: blocked for every thread that is
//! started later, so that none is ever interrupted. Within somebody else's program they are none of our business.

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::mpsc::Receiver;

#[derive(Debug)]
pub struct Signals(SignalFd);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wish {
    Reload,
    Terminate(&'static str),
}

/// Where wishes come from.
#[derive(Debug)]
pub enum Wishes {
    Signals(Signals),
    /// Whoever sends one wakes the loop.
    Channel(Receiver<Wish>),
}

impl Wishes {
    pub fn next_one(&mut self) -> Option<Wish> {
        match self {
            Wishes::Signals(signals) => signals.next_wish(),
            Wishes::Channel(wishes) => wishes.try_recv().ok(),
        }
    }

    /// What becomes readable when there is one.
    pub fn fd(&self) -> Option<RawFd> {
        match self {
            Wishes::Signals(signals) => Some(signals.0.as_raw_fd()),
            Wishes::Channel(_) => None,
        }
    }
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

    fn next_wish(&mut self) -> Option<Wish> {
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
