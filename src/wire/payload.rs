//! `struct proc_event` → `Event`. Every field is copied out: the payload begins 36 bytes into the datagram, so
//! the 64-bit timestamp is never aligned. What a newer kernel appends is not looked at.

use super::event::{Event, What};
use crate::model::{Comm, Mono, Pid};

pub(super) const CN_IDX_PROC: u32 = 1;
pub(super) const CN_VAL_PROC: u32 = 1;

const NONE: u32 = 0;
const FORK: u32 = 0x0000_0001;
const EXEC: u32 = 0x0000_0002;
const UID: u32 = 0x0000_0004;
const COMM: u32 = 0x0000_0200;
const EXIT: u32 = 0x8000_0000;

const TIMESTAMP: usize = 8;
const UNION: usize = 16;

/// `None` when the payload is shorter than what its kind needs. Exits of older kernels end before the parent's ids,
/// which nothing here asks for. `ack` is the connector header's, which only an acknowledgement means.
pub(super) fn event(data: &[u8], ack: u32) -> Option<Event> {
    let kind = word(data, 0)?;
    let cpu = word(data, 4)?;
    let at = Mono(u64::from_ne_bytes(array(data, TIMESTAMP)?));
    let field = |n: usize| word(data, UNION + 4 * n);
    let pid = |n: usize| field(n).map(Pid);
    let what = match kind {
        // The kernel answers a request that carried the number n with n + 1.
        NONE => What::Ack { to: ack.wrapping_sub(1), errno: field(0)? },
        // child_pid is the new thread, child_tgid the process it belongs to.
        FORK => What::Fork { parent: pid(1)?, child_tid: pid(2)?, child: pid(3)? },
        EXEC => What::Exec { tid: pid(0)?, pid: pid(1)? },
        UID => What::Uid { tid: pid(0)?, pid: pid(1)?, real: field(2)?, effective: field(3)? },
        COMM => What::Comm { tid: pid(0)?, pid: pid(1)?, comm: comm(array(data, UNION + 8)?) },
        EXIT => What::Exit { tid: pid(0)?, pid: pid(1)?, code: field(2)?, signal: field(3)? },
        kind => What::Other { kind },
    };
    Some(Event { at, cpu, what })
}

/// The name ends at its first NUL, at the latest where the kernel always sets one: such a name was never cut by us.
fn comm([name @ .., _]: [u8; 16]) -> Comm {
    Comm::new(name.split(|&b| b == 0).next().unwrap_or_default())
}

pub(super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_ne_bytes)
}

pub(super) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}
