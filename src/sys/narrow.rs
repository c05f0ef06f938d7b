//! A classic BPF filter on the connector's socket, so that a program with ten thousand threads wakes nobody. It drops
//! what threads do (they are not processes) and the kinds nobody here asks for; acks and doubtful messages pass.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

// Offsets in a datagram: netlink header 16, connector header 20, what 4, cpu 4, timestamp 8, then the union.
const WHAT: u32 = 36;
const UNION: u32 = 52;
/// The fields that are loaded end here. A load beyond the end would drop the message, so shorter ones pass before.
const SHORTEST: u32 = 68;

const LOAD: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_ABS;
const LENGTH: u32 = libc::BPF_LD | libc::BPF_W | libc::BPF_LEN;
const SET_ASIDE: u32 = libc::BPF_MISC | libc::BPF_TAX;
const RETURN: u32 = libc::BPF_RET | libc::BPF_K;
const IF_AT_LEAST: u32 = libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K;
const IF_EQUAL: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K;
const IF_EQUAL_ASIDE: u32 = libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_X;

const WHOLE: u32 = u32::MAX;
const DROP: u32 = 0;

const NONE: u32 = 0;
const FORK: u32 = 1;
const EXEC: u32 = 2;
const UID: u32 = 4;
const COMM: u32 = 0x200;
const EXIT: u32 = 0x8000_0000;

const fn op(code: u32, k: u32) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt: 0, jf: 0, k }
}

/// Jumps count the instructions to be skipped.
const fn jump(code: u32, k: u32, yes: u8, no: u8) -> libc::sock_filter {
    libc::sock_filter { code: code as u16, jt: yes, jf: no, k }
}

/// A loaded word is taken for big-endian whatever the machine is: compare with the number as it lies in memory.
const fn kind(kind: u32, yes: u8) -> libc::sock_filter {
    jump(IF_EQUAL, kind.to_be(), yes, 0)
}

/// The jumps skip to lines by these numbers.
#[rustfmt::skip]
const PROGRAM: [libc::sock_filter; 20] = [
    /*  0 */ op(LENGTH, 0),
    /*  1 */ jump(IF_AT_LEAST, SHORTEST, 0, 16), // else 18
    /*  2 */ op(LOAD, WHAT),
    /*  3 */ kind(NONE, 14), // 18
    /*  4 */ kind(EXEC, 13), // 18: by then the thread has become the process
    /*  5 */ kind(FORK, 4),  // 10
    /*  6 */ kind(EXIT, 7),  // 14
    /*  7 */ kind(UID, 6),   // 14
    /*  8 */ kind(COMM, 5),  // 14
    /*  9 */ op(RETURN, DROP),
    /* 10 */ op(LOAD, UNION + 8), // child_pid
    /* 11 */ op(SET_ASIDE, 0),
    /* 12 */ op(LOAD, UNION + 12), // child_tgid
    /* 13 */ jump(IF_EQUAL_ASIDE, 0, 4, 5), // 18, 19
    /* 14 */ op(LOAD, UNION), // process_pid
    /* 15 */ op(SET_ASIDE, 0),
    /* 16 */ op(LOAD, UNION + 4), // process_tgid
    /* 17 */ jump(IF_EQUAL_ASIDE, 0, 0, 1), // 18, 19
    /* 18 */ op(RETURN, WHOLE),
    /* 19 */ op(RETURN, DROP),
];

/// From now on the kernel drops what the filter does; what is queued already stays.
pub(super) fn attach(socket: BorrowedFd<'_>) -> io::Result<()> {
    let mut program = PROGRAM;
    let program = libc::sock_fprog { len: PROGRAM.len() as u16, filter: program.as_mut_ptr() };
    #[expect(unsafe_code, reason = "no crate at hand wraps SO_ATTACH_FILTER")]
    // SAFETY: the kernel reads `sock_fprog`, whose size is given, and `len` instructions behind its pointer; both live
    // until the call returns, and the kernel keeps a copy.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ATTACH_FILTER,
            (&raw const program).cast(),
            size_of::<libc::sock_fprog>() as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests;
