//! How much the kernel has dropped for want of room on a socket: the number that /proc/net/netlink shows as `Drops`, asked
//! of the socket itself, so that nobody else's sockets are gone through for it.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

const WORDS: usize = libc::SK_MEMINFO_DROPS as usize + 1;

#[expect(unsafe_code, reason = "no crate of ours offers SO_MEMINFO")]
pub(super) fn of(socket: BorrowedFd<'_>) -> io::Result<u32> {
    let mut info = [0_u32; WORDS];
    let mut length = size_of_val(&info) as libc::socklen_t;
    // SAFETY: the kernel writes at most `length` bytes, which is what `info` holds; both live past the call.
    let result = unsafe {
        libc::getsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_MEMINFO,
            info.as_mut_ptr().cast(),
            &raw mut length,
        )
    };
    match result {
        0 if length as usize == size_of_val(&info) => Ok(info[WORDS - 1]),
        0 => Err(io::Error::from_raw_os_error(libc::EINVAL)),
        _ => Err(io::Error::last_os_error()),
    }
}
