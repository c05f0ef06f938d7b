//! The descriptor under the log, written to by the thread that may wait for it. What an error costs is counted in lines,
//! and half a line it leaves behind does not swallow the next.

use crate::model::Wall;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use std::mem;
use std::os::fd::OwnedFd;

/// How the loss of lines is said in the format of the stream.
pub(super) type Notice = fn(Wall, u64) -> Vec<u8>;

/// The descriptor, and whether a failure left half a line on it.
#[derive(Debug)]
pub(super) struct Stream {
    to: OwnedFd,
    torn: bool,
}

impl Stream {
    pub(super) fn new(to: OwnedFd) -> Stream {
        Stream { to, torn: false }
    }

    /// Says that lines are missing; gives back what could not be said.
    pub(super) fn tell(&mut self, notice: Notice, now: Wall, missing: u64) -> u64 {
        if missing > 0 && self.write(&notice(now, missing)) == 0 { 0 } else { missing }
    }

    /// Writes all of it, however long that takes, or says how many lines were lost to an error.
    pub(super) fn write(&mut self, batch: &[u8]) -> u64 {
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
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn half_a_line_left_by_an_error_does_not_swallow_the_next() {
        let (mut read, write) = std::io::pipe().unwrap();
        let mut stream = Stream { to: write.into(), torn: true };
        assert_eq!(stream.write(b"next\n"), 0);
        drop(stream);
        let mut all = String::new();
        read.read_to_string(&mut all).unwrap();
        assert_eq!(all, "\nnext\n");
    }
}
