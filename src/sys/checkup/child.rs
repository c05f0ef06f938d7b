//! A process of our own to try things on: it sleeps until it is ended, and ends with us.

use crate::model::Pid;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{PidfdFlags, Signal, WaitOptions, kill_process, pidfd_open, waitpid};
use std::os::fd::OwnedFd;

/// Longer than the kernel takes to end a process.
const PATIENCE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };

#[derive(Debug)]
pub(super) struct Child {
    pid: rustix::process::Pid,
    pub(super) pidfd: Result<OwnedFd, Errno>,
}

impl Child {
    pub(super) fn start() -> Result<Child, Errno> {
        #[expect(unsafe_code, reason = "a child that runs no other program is made by fork alone")]
        // SAFETY: the child makes system calls and nothing else, so no lock that another thread held at the fork is ever
        // asked for; it never returns, and is ended by a signal.
        let forked = unsafe {
            match libc::fork() {
                0 => {
                    libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                    loop {
                        libc::pause();
                    }
                }
                forked => forked,
            }
        };
        let pid = rustix::process::Pid::from_raw(forked).filter(|_| forked > 0);
        let pid =
            pid.ok_or_else(|| Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO))?;
        Ok(Child { pid, pidfd: pidfd_open(pid, PidfdFlags::empty()) })
    }

    pub(super) fn pid(&self) -> Pid {
        Pid(self.pid.as_raw_pid().cast_unsigned())
    }

    /// Ends it, and says whether its pidfd told so.
    pub(super) fn end(self) -> bool {
        let _ = kill_process(self.pid, Signal::KILL);
        let Ok(pidfd) = &self.pidfd else { return false };
        let mut fds = [PollFd::new(pidfd, PollFlags::IN)];
        matches!(poll(&mut fds, Some(&PATIENCE)), Ok(1)) && fds[0].revents().contains(PollFlags::IN)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ = kill_process(self.pid, Signal::KILL);
        let _ = waitpid(Some(self.pid), WaitOptions::empty());
    }
}
