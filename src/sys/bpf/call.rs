//! The call itself. Attributes are structures of the kernel's layout, in which a descriptor or a pointer is a number: what
//! they name must be alive, and only the rest of this folder makes them.

use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

/// # Safety
///
/// Every pointer in `attributes` leads to as many bytes as this command reads or writes there, and they live until the call
/// returns; `T` has no padding and is laid out as this command expects it.
#[expect(unsafe_code, reason = "no crate at hand wraps bpf(2)")]
pub(super) unsafe fn bpf<T>(command: i32, attributes: &mut T) -> io::Result<i32> {
    // SAFETY: the kernel reads and writes no more than `size_of::<T>()` bytes of `attributes`; the rest is promised above.
    match unsafe { libc::syscall(libc::SYS_bpf, command, &raw mut *attributes, size_of::<T>()) } {
        done if done >= 0 => Ok(done as i32),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The same, of a command that answers with a new descriptor.
///
/// # Safety
///
/// As above.
#[expect(unsafe_code, reason = "the kernel hands out descriptors as numbers")]
pub(super) unsafe fn open<T>(command: i32, attributes: &mut T) -> io::Result<OwnedFd> {
    // SAFETY: as the caller promises; what this command returns is a descriptor that is new and nobody else's.
    unsafe { bpf(command, attributes).map(|fd| OwnedFd::from_raw_fd(fd)) }
}
