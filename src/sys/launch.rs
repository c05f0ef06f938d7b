//! Starts a command as a child that waits: nothing of the command has run while its group is made ready. What it inherits is
//! what we have inherited: descriptors, terminal, process group, folder, mask, environment, and signals as they were, but that broken pipes end it
//! (our runtime does not tell us what was to become of them).

mod clone;
pub mod relay;

use crate::model::Pid;
use nix::errno::Errno;
use nix::unistd::execvp;
use relay::Relay;
use std::ffi::CString;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;

/// A child that waits for its word. Dropped without one it ends, and so it does when we are killed.
#[derive(Debug)]
pub struct Waiting {
    pub pid: Pid,
    /// It was born in the group it was meant for.
    pub born_there: bool,
    line: UnixStream,
}

/// The command has begun.
#[derive(Debug)]
pub struct Begun {
    pid: Pid,
}

impl Waiting {
    /// In `group` from birth, where the kernel knows how; else where we are ourselves.
    pub fn start(argv: &[CString], group: impl AsFd, relay: &Relay) -> io::Result<Waiting> {
        let (line, its_end) = UnixStream::pair()?;
        let born = clone::into(group.as_fd()).map(|child| (child, true));
        // Whatever it is that keeps it out, a move will meet it, too, and say so.
        let born = born.or_else(|_| Ok::<_, io::Error>((clone::beside()?, false)));
        match born? {
            (None, _) => {
                drop(line);
                wait_and_become(argv, its_end, relay)
            }
            (Some(pid), born_there) => {
                let waiting = Waiting { pid, born_there, line };
                match relay.catch_up(pid) {
                    Ok(()) => Ok(waiting),
                    Err(error) => {
                        waiting.dismiss();
                        Err(error)
                    }
                }
            }
        }
    }

    /// Gives the word, and waits until the program has begun; `Err`: it could not.
    pub fn go(mut self, relay: &Relay) -> io::Result<Begun> {
        self.line.write_all(&[1])?;
        relay.until_told(self.pid, &self.line)?;
        let mut why = Vec::new();
        self.line.read_to_end(&mut why)?;
        match <[u8; 4]>::try_from(why) {
            // The end of its line is the end of our program in there.
            Err(_) => Ok(Begun { pid: self.pid }),
            Ok(errno) => {
                relay::reap(self.pid);
                Err(io::Error::from_raw_os_error(i32::from_ne_bytes(errno)))
            }
        }
    }

    /// It will not be needed.
    pub fn dismiss(self) {
        drop(self.line);
        relay::reap(self.pid);
    }
}

impl Begun {
    /// Until its end: passes on signals, and returns how it ended.
    pub fn follow(self, relay: &Relay) -> io::Result<relay::End> {
        relay.until_the_end(self.pid)
    }
}

fn wait_and_become(argv: &[CString], mut line: UnixStream, relay: &Relay) -> ! {
    let mut word = [0];
    if line.read_exact(&mut word).is_ok() {
        let errno = become_command(argv, relay);
        let _ = line.write_all(&(errno as i32).to_ne_bytes());
    }
    clone::end()
}

fn become_command(argv: &[CString], relay: &Relay) -> Errno {
    if let Err(errno) = relay.hand_down() {
        return errno;
    }
    let Some(program) = argv.first() else { return Errno::ENOENT };
    execvp(program, argv).unwrap_err()
}
