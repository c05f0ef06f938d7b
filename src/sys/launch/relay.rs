//! Stands between whoever signals us and our command. The command shares our process group and our terminal, so what the
//! terminal sends has reached it already; what a process sends to us alone is passed on. And its end becomes ours.

use crate::model::Pid;
use nix::errno::Errno;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, SigmaskHow, Signal, raise, sigaction};
use nix::sys::signalfd::{SfdFlags, SignalFd, siginfo};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;
use rustix::process::{WaitOptions, waitpid};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};

/// Of those that we have: how it ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum End {
    Exited(u8),
    Killed(i32),
}

#[derive(Debug)]
pub struct Relay {
    signals: SignalFd,
    before: SigSet,
    /// What was to become of children that end: a parent that ignores them has its own children told to, too.
    at_ends: SigAction,
}

impl Relay {
    /// From here on signals wait until they are passed on.
    pub fn begin() -> io::Result<Relay> {
        let all = SigSet::all();
        let before = all.thread_swap_mask(SigmaskHow::SIG_SETMASK)?;
        // Of a child whose end is ignored nobody learns how it ended, or that it has.
        let at_ends = usual(Signal::SIGCHLD)?;
        Ok(Relay { signals: SignalFd::with_flags(&all, SfdFlags::SFD_CLOEXEC)?, before, at_ends })
    }

    /// For the command, which is to have what we were given.
    pub(super) fn hand_down(&self) -> nix::Result<()> {
        // Our runtime ignores broken pipes, which a program would inherit.
        usual(Signal::SIGPIPE)?;
        set(Signal::SIGCHLD, &self.at_ends)?;
        self.before.thread_set_mask()
    }

    /// For a child that was just born: whatever came before, and be it from the terminal, has not reached it. It waits with
    /// its signals blocked, so what does reach it as well comes once.
    pub(super) fn catch_up(&self, child: Pid) -> io::Result<()> {
        let at_once = Timespec::default();
        while readable([self.signals.as_fd()], Some(&at_once))? == [true] {
            if let Some(signal) = self.next()? {
                heed(child, &signal, true);
            }
        }
        Ok(())
    }

    /// Until a line has something to say, or has ended: a child may be stopped before its program begins.
    pub(super) fn until_told(&self, child: Pid, line: impl AsFd) -> io::Result<()> {
        while let [false, _] = readable([line.as_fd(), self.signals.as_fd()], None)? {
            self.heed_next(child)?;
        }
        Ok(())
    }

    pub(super) fn until_the_end(&self, child: Pid) -> io::Result<End> {
        loop {
            if let Some(end) = ended(child)? {
                return Ok(end);
            }
            self.heed_next(child)?;
        }
    }

    /// What the terminal sends has reached it, and so has what the command sends to its whole group.
    fn heed_next(&self, child: Pid) -> io::Result<()> {
        if let Some(signal) = self.next()? {
            heed(child, &signal, signal.ssi_code <= 0 && signal.ssi_pid != child.0);
        }
        Ok(())
    }

    /// `None`: it was woken, but by nothing.
    fn next(&self) -> io::Result<Option<siginfo>> {
        match self.signals.read_signal() {
            Err(Errno::EINTR) => Ok(None),
            result => Ok(result?),
        }
    }
}

/// Which of them have something to say, or have ended, once one has or `patience` is over.
fn readable<const N: usize>(
    lines: [BorrowedFd<'_>; N],
    patience: Option<&Timespec>,
) -> io::Result<[bool; N]> {
    let mut waiting = lines.map(|line| PollFd::from_borrowed_fd(line, PollFlags::IN));
    retry_on_intr(|| poll(&mut waiting, patience))?;
    Ok(waiting.map(|one| !one.revents().is_empty()))
}

fn heed(child: Pid, signal: &siginfo, is_to_be_passed_on: bool) {
    let number = signal.ssi_signo as i32;
    if number == libc::SIGCHLD {
        return;
    }
    if is_to_be_passed_on {
        pass_on(child, number);
    }
    if let Ok(stop @ (Signal::SIGTSTP | Signal::SIGTTIN | Signal::SIGTTOU)) = Signal::try_from(number) {
        stop_ourselves(stop);
    }
}

/// Has the kernel do as it does by itself; returns what was to be done.
fn usual(signal: Signal) -> nix::Result<SigAction> {
    set(signal, &SigAction::new(SigHandler::SigDfl, SaFlags::empty(), SigSet::empty()))
}

fn set(signal: Signal, action: &SigAction) -> nix::Result<SigAction> {
    #[expect(unsafe_code, reason = "an action of a signal is set")]
    // SAFETY: no function is installed: it is one that we inherited, and functions end with exec.
    unsafe {
        sigaction(signal, action)
    }
}

/// As the shell expects of whoever was told to stop; returns when we are to go on.
fn stop_ourselves(signal: Signal) {
    let alone = SigSet::from(signal);
    // Raised again, as the one that told us was taken from the queue.
    let _ = alone.thread_unblock().and_then(|()| raise(signal)).and_then(|()| alone.thread_block());
}

/// The child has not been waited for, so its number is its own.
fn pass_on(child: Pid, signal: i32) {
    #[expect(unsafe_code, reason = "crates know no real-time signals")]
    // SAFETY: it takes two numbers.
    unsafe {
        libc::kill(child.0 as i32, signal);
    }
}

fn ended(child: Pid) -> io::Result<Option<End>> {
    let Some((_, status)) = retry_on_intr(|| waitpid(raw(child), WaitOptions::NOHANG))? else {
        return Ok(None);
    };
    let exited = status.exit_status().map(|code| End::Exited(code as u8));
    Ok(exited.or(status.terminating_signal().map(End::Killed)))
}

/// Waits for a child that is about to end.
pub(super) fn reap(child: Pid) {
    let _ = retry_on_intr(|| waitpid(raw(child), WaitOptions::empty()));
}

fn raw(pid: Pid) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(pid.0 as i32)
}

impl End {
    /// Ends us in the same way, so that whoever waits for us sees what became of the command; or returns the status by
    /// which a shell would tell it.
    pub fn be_ours(self) -> u8 {
        let number = match self {
            End::Exited(code) => return code,
            End::Killed(number) => number,
        };
        if let Ok(signal) = Signal::try_from(number) {
            // It is the command's core that is wanted, not ours.
            let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
            // Neither SIGKILL nor SIGSTOP has an action; the others of a command that has ended of them are ours to take back.
            let _ = usual(signal);
            let _ = raise(signal).and_then(|()| SigSet::from(signal).thread_unblock());
        }
        128 + number as u8
    }
}
