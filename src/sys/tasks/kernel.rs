//! Three calls of bpf(2): load a program of the iterator's kind, link it, begin a run. What is returned are descriptors;
//! whatever was loaded goes when they are closed. Nothing is pinned, nothing outlives the process.

use super::program::Instruction;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

const PROG_LOAD: i32 = 5;
const LINK_CREATE: i32 = 28;
const ITER_CREATE: i32 = 33;
const TRACING: u32 = 26;
const TRACE_ITER: u32 = 28;

/// bpf_seq_write is for programs whose terms include the GPL's. These few instructions may be used under those of the MIT
/// licence or the GPL, version 2, too.
const LICENCE: &[u8] = b"Dual MIT/GPL\0";

/// Fields that have a name are ours, the others stay zero; both are in the kernel's order.
#[derive(Default)]
#[repr(C)]
struct Load {
    kind: u32,
    count: u32,
    instructions: u64,
    licence: u64,
    _log: [u32; 4],
    _version_and_flags: [u32; 2],
    name: [u8; 16],
    _device: u32,
    attach_type: u32,
    _own_types: [u32; 8],
    _lines: u32,
    attach_to: u32,
}

#[derive(Default)]
#[repr(C)]
struct Link {
    program: u32,
    _target: u32,
    attach_type: u32,
    _flags: u32,
    _of_whom: [u64; 2],
}

#[derive(Default)]
#[repr(C)]
struct Run {
    link: u32,
    _flags: u32,
}

/// `function`: the number of the kernel's `bpf_iter_task`.
pub(super) fn load(program: &[Instruction], function: u32) -> io::Result<OwnedFd> {
    bpf(
        PROG_LOAD,
        &Load {
            kind: TRACING,
            count: u32::try_from(program.len()).map_err(io::Error::other)?,
            instructions: program.as_ptr() as u64,
            licence: LICENCE.as_ptr() as u64,
            name: *b"ffrtmp_tasks\0\0\0\0",
            attach_type: TRACE_ITER,
            attach_to: function,
            ..Load::default()
        },
    )
}

pub(super) fn link(program: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let program = program.as_raw_fd().cast_unsigned();
    bpf(LINK_CREATE, &Link { program, attach_type: TRACE_ITER, ..Link::default() })
}

/// A file: reading it to its end is one run.
pub(super) fn run(link: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    bpf(ITER_CREATE, &Run { link: link.as_raw_fd().cast_unsigned(), ..Run::default() })
}

/// For the three commands above, each of which answers with a new descriptor.
fn bpf<T>(command: i32, attributes: &T) -> io::Result<OwnedFd> {
    #[expect(unsafe_code, reason = "no crate at hand wraps bpf(2)")]
    // SAFETY: the kernel reads `size_of::<T>()` bytes of `attributes`, and what the pointers in it point to, a slice of as
    // many instructions as it says and a text that ends with a zero; all of it lives until the call returns. It writes
    // nothing: no log was asked for. The descriptor it returns is new and nobody else's.
    unsafe {
        match libc::syscall(libc::SYS_bpf, command, &raw const *attributes, size_of::<T>()) {
            fd if fd >= 0 => Ok(OwnedFd::from_raw_fd(fd as i32)),
            _ => Err(io::Error::last_os_error()),
        }
    }
}
