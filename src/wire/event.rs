//! One event of the kernel's process connector, decoded. Plain numbers and an inline name: nothing is allocated.

use crate::model::{Comm, Mono, Pid};

/// An event and the moment the kernel made it. Moments of different CPUs may come out of order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Event {
    pub at: Mono,
    pub cpu: u32,
    pub what: What,
}

/// `pid` is the process (the kernel's tgid); `tid` the thread that did it, equal to `pid` for the leader.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum What {
    /// The answer to a LISTEN or IGNORE of anybody's: `to` is the number that the request carried.
    Ack {
        to: u32,
        errno: u32,
    },
    Fork {
        parent: Pid,
        child_tid: Pid,
        child: Pid,
    },
    Exec {
        tid: Pid,
        pid: Pid,
    },
    Uid {
        tid: Pid,
        pid: Pid,
        real: u32,
        effective: u32,
    },
    Comm {
        tid: Pid,
        pid: Pid,
        comm: Comm,
    },
    Exit {
        tid: Pid,
        pid: Pid,
        code: u32,
        signal: u32,
    },
    /// A kind that nothing here depends on (gid, session, ptrace, coredump, or newer than this code).
    Other {
        kind: u32,
    },
}
