//! A terminal that is taken over as a whole: keys come one by one, and nothing that is drawn stays when it is given back,
//! which it is however the program ends, but by SIGKILL. What is drawn, and what keys mean, is the business of others.

use super::terminal;
use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

/// Another screen than the one with the shell's lines on it, and no cursor.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l";
const LEAVE: &[u8] = b"\x1b[?25h\x1b[?1049l";

#[derive(Debug)]
pub struct Screen {
    keys: File,
    glass: File,
    signals: SignalFd,
    /// As it was, and is to be again.
    before: Termios,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    Keys(Vec<u8>),
    /// It has another size, or was given back for a while: what is drawn is drawn anew.
    Changed,
    /// A signal to end, or the terminal is gone.
    End,
    TimeOut,
}

impl Screen {
    /// Both stdin and stdout must be the terminal. Call it while there is one thread.
    pub fn take() -> io::Result<Screen> {
        let (keys, glass) = (io::stdin(), io::stdout());
        Screen::over(keys.as_fd().try_clone_to_owned()?, glass.as_fd().try_clone_to_owned()?)
    }

    fn over(keys: OwnedFd, glass: OwnedFd) -> io::Result<Screen> {
        let signals = [
            Signal::SIGINT,
            Signal::SIGTERM,
            Signal::SIGHUP,
            Signal::SIGQUIT,
            Signal::SIGTSTP,
            Signal::SIGWINCH,
        ];
        let signals: SigSet = signals.into_iter().collect();
        signals.thread_block()?;
        let signals = SignalFd::with_flags(&signals, SfdFlags::SFD_NONBLOCK | SfdFlags::SFD_CLOEXEC)?;
        let before = tcgetattr(&keys)?;
        let mut screen = Screen { keys: keys.into(), glass: glass.into(), signals, before };
        screen.enter()?;
        Ok(screen)
    }

    fn enter(&mut self) -> io::Result<()> {
        // Signals are made of keys further on: they come by way of the signalfd.
        let mut single = self.before.clone();
        single.local_modes.remove(LocalModes::ICANON | LocalModes::ECHO);
        single.special_codes[SpecialCodeIndex::VMIN] = 1;
        single.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(&self.keys, OptionalActions::Now, &single)?;
        self.glass.write_all(ENTER)
    }

    fn leave(&mut self) {
        let _ = self.glass.write_all(LEAVE);
        let _ = tcsetattr(&self.keys, OptionalActions::Now, &self.before);
    }

    /// Columns and lines.
    pub fn size(&self) -> (usize, usize) {
        terminal::size_of(&self.glass).unwrap_or((80, 24))
    }

    pub fn draw(&mut self, lines: &[String]) -> io::Result<()> {
        let lines = lines.join("\x1b[K\n");
        self.glass.write_all(format!("\x1b[H{lines}\x1b[K\x1b[J").as_bytes())
    }

    /// What happens first, within this time.
    pub fn wait(&mut self, most: Duration) -> io::Result<Input> {
        let (keys, signals) = (self.keys.as_fd(), self.signals.as_fd());
        let mut fds = [keys, signals].map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN));
        let most = Timespec { tv_sec: most.as_secs().cast_signed(), tv_nsec: most.subsec_nanos().into() };
        match poll(&mut fds, Some(&most)) {
            Ok(0) => return Ok(Input::TimeOut),
            Ok(_) => {}
            Err(Errno::INTR) => return Ok(Input::Changed),
            Err(e) => return Err(e.into()),
        }
        if !fds[1].revents().is_empty() {
            return self.signal();
        }
        let mut keys = vec![0; 256];
        // A terminal that is gone reads as its end, or as an error.
        let count = self.keys.read(&mut keys).unwrap_or(0);
        keys.truncate(count);
        Ok(if keys.is_empty() { Input::End } else { Input::Keys(keys) })
    }

    fn signal(&mut self) -> io::Result<Input> {
        let Some(info) = self.signals.read_signal()? else { return Ok(Input::Changed) };
        match Signal::try_from(info.ssi_signo.cast_signed())? {
            Signal::SIGWINCH => Ok(Input::Changed),
            Signal::SIGTSTP => {
                self.leave();
                nix::sys::signal::raise(Signal::SIGSTOP)?;
                self.enter()?;
                Ok(Input::Changed)
            }
            _ => Ok(Input::End),
        }
    }
}

/// Also when a panic unwinds.
impl Drop for Screen {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_gives_the_terminal_back() {
        let pty = nix::pty::openpty(None, None).unwrap();
        let before = tcgetattr(&pty.slave).unwrap().local_modes;
        let slave = pty.slave.try_clone().unwrap();
        let panicked = std::thread::spawn(move || {
            let screen = Screen::over(slave.try_clone().unwrap(), slave).unwrap();
            assert!(!tcgetattr(&screen.keys).unwrap().local_modes.contains(LocalModes::ECHO));
            panic!("on purpose");
        });
        assert!(panicked.join().unwrap_err().downcast_ref::<&str>().is_some_and(|why| *why == "on purpose"));
        assert_eq!(tcgetattr(&pty.slave).unwrap().local_modes, before);
        let mut drawn = [0; 64];
        let count = File::from(pty.master).read(&mut drawn).unwrap();
        assert_eq!(&drawn[..count], [ENTER, LEAVE].concat());
    }
}
