//! The descriptor under the log, written to by the thread that may wait for it. What an error costs is counted in lines,
//! and half a line it leaves behind does not swallow the next.

use crate::model::Wall;
use crate::sys::scribe::{Batch, Pen};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::mem;
use std::os::fd::OwnedFd;

/// How the loss of lines is said in the format of the stream.
pub(super) type Notice = fn(Wall, u64) -> Vec<u8>;

#[derive(Debug)]
pub(super) struct Stream {
    to: OwnedFd,
    notice: Notice,
    /// A failure left half a line on it.
    torn: bool,
    /// Lines that are missing and have not been told of.
    untold: u64,
}

impl Pen for Stream {
    fn write(&mut self, batch: &Batch) -> u64 {
        self.tell(batch.now);
        let lost = self.write_out(&batch.lines);
        self.untold += lost + batch.missed;
        self.tell(batch.now);
        lost
    }
}

impl Stream {
    pub(super) fn new(to: OwnedFd, notice: Notice) -> Stream {
        Stream { to, notice, torn: false, untold: 0 }
    }

    /// Says that lines are missing, or leaves it for the next time.
    fn tell(&mut self, now: Wall) {
        if self.untold > 0 && self.write_out(&(self.notice)(now, self.untold)) == 0 {
            self.untold = 0;
        }
    }

    /// Writes all of it, however long that takes, or says how many lines were lost to an error.
    fn write_out(&mut self, batch: &[u8]) -> u64 {
        let mut rest = batch;
        if mem::take(&mut self.torn) && self.attempt(b"\n").is_err() {
            self.torn = true;
        }
        while !rest.is_empty() {
            match self.attempt(rest) {
                Ok(written) => rest = &rest[written..],
                Err(_) => {
                    let written = batch.len() - rest.len();
                    self.torn |= written > 0 && batch[written - 1] != b'\n';
                    return rest.iter().filter(|&&byte| byte == b'\n').count() as u64;
                }
            }
        }
        0
    }

    /// One write. EAGAIN comes where somebody else made the shared description non-blocking: then it is waited for.
    fn attempt(&self, bytes: &[u8]) -> Result<usize, Errno> {
        loop {
            match rustix::io::write(&self.to, bytes) {
                Err(Errno::INTR) => {}
                Err(Errno::AGAIN) => {
                    let _ = poll(&mut [PollFd::new(&self.to, PollFlags::OUT)], None);
                }
                Ok(0) => return Err(Errno::IO),
                done => return done,
            }
        }
    }
}

#[cfg(test)]
mod tests;
