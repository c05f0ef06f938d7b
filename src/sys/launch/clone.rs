//! A copy of ourselves, born in a group: it is charged there from its first instruction, and no move has to wait for the
//! kernel. We have one thread when this is called, so the copy may do whatever we may.

use crate::model::Pid;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

/// From linux/sched.h; 5.7 and later.
const INTO_CGROUP: u64 = 1 << 33;

/// `None` in the child.
pub(super) fn into(group: BorrowedFd<'_>) -> io::Result<Option<Pid>> {
    let wanted = libc::clone_args {
        flags: INTO_CGROUP,
        cgroup: u64::try_from(group.as_raw_fd()).map_err(io::Error::other)?,
        exit_signal: libc::SIGCHLD as u64,
        pidfd: 0,
        child_tid: 0,
        parent_tid: 0,
        stack: 0,
        stack_size: 0,
        tls: 0,
        set_tid: 0,
        set_tid_size: 0,
    };
    #[expect(unsafe_code, reason = "no crate at hand wraps clone3")]
    // SAFETY: the kernel reads as many bytes as `wanted` has. Memory is copied, not shared, as fork(2) does it, and this
    // process has no other thread whose locks the copy could find taken.
    let pid = unsafe { libc::syscall(libc::SYS_clone3, &raw const wanted, size_of_val(&wanted)) };
    told(pid)
}

/// In our own group: older kernels, and sandboxes, have no clone3.
pub(super) fn beside() -> io::Result<Option<Pid>> {
    #[expect(unsafe_code, reason = "what may be done in a copy is for us to know")]
    // SAFETY: as above, one thread.
    let pid = unsafe { libc::fork() };
    told(pid.into())
}

fn told(pid: libc::c_long) -> io::Result<Option<Pid>> {
    match u32::try_from(pid) {
        Ok(0) => Ok(None),
        Ok(pid) => Ok(Some(Pid(pid))),
        Err(_) => Err(io::Error::last_os_error()),
    }
}

/// Of the copy: nothing that it has from us is flushed or run.
pub(super) fn end() -> ! {
    #[expect(unsafe_code, reason = "only libc ends a process without its handlers")]
    // SAFETY: it takes a number and does not return.
    unsafe {
        libc::_exit(127)
    }
}
