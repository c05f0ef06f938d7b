//! What newer kernels tell of a process through its pidfd: one call each where /proc takes three and a path to be looked
//! up. `None` on older ones, and once the process has ended: then /proc is asked.

use rustix::fs::fstat;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};

/// From linux/pidfd.h.
const GET_PID_NAMESPACE: libc::Ioctl = 0xff05;
const GET_INFO: libc::Ioctl = 0xc040_ff0b;
const WITH_GROUP: u64 = 1 << 2;

/// `struct pidfd_info` in its first form.
#[repr(C)]
#[derive(Default)]
struct Info {
    mask: u64,
    group: u64,
    /// pid, tgid, ppid, eight ids and an exit code.
    rest: [u32; 12],
}

/// The number of the process's group in the version 2 hierarchy: the inode of the group's folder, never used twice.
/// From 6.13 on.
pub fn group(pidfd: impl AsFd) -> Option<u64> {
    let mut info = Info { mask: WITH_GROUP, ..Info::default() };
    #[expect(unsafe_code, reason = "no crate at hand wraps PIDFD_GET_INFO")]
    // SAFETY: the size of what the kernel writes is part of the request's number, and that of `Info`.
    let result = unsafe { libc::ioctl(pidfd.as_fd().as_raw_fd(), GET_INFO, &raw mut info) };
    (result == 0 && info.mask & WITH_GROUP != 0).then_some(info.group)
}

/// The inode of the process's pid namespace. From 6.11 on.
pub(super) fn pid_namespace(pidfd: impl AsFd) -> Option<u64> {
    #[expect(unsafe_code, reason = "no crate at hand wraps PIDFD_GET_PID_NAMESPACE")]
    // SAFETY: the request takes no argument; what it returns, unless negative, is a new descriptor that nobody else has.
    let namespace = unsafe {
        let fd = libc::ioctl(pidfd.as_fd().as_raw_fd(), GET_PID_NAMESPACE, 0);
        (fd >= 0).then(|| OwnedFd::from_raw_fd(fd))
    };
    fstat(namespace?).ok().map(|namespace| namespace.st_ino)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{AtFlags, CWD, statat};
    use rustix::process::{PidfdFlags, getpid, pidfd_open};

    #[test]
    fn where_the_kernel_tells_it_agrees_with_proc() {
        const { assert!(size_of::<Info>() == 64) };
        let own = pidfd_open(getpid(), PidfdFlags::empty()).expect("our own");
        let ours = statat(CWD, "/proc/self/ns/pid", AtFlags::empty()).expect("our namespace");
        assert!(pid_namespace(&own).is_none_or(|inode| inode == ours.st_ino));
        let told = group(&own);
        if told.is_some() {
            assert_eq!(told, group(&own));
        }
    }

    #[test]
    fn of_one_that_has_ended_nothing_is_told() {
        let mut child = std::process::Command::new("true").spawn().expect("started");
        let pid = rustix::process::Pid::from_child(&child);
        let ended = pidfd_open(pid, PidfdFlags::empty()).expect("not reaped yet");
        child.wait().expect("reaped");
        assert_eq!((group(&ended), pid_namespace(&ended)), (None, None));
    }
}
