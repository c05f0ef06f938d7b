//! For tests: the kernel's side of the wire, written independently of the decoder's tables.

use super::event::{Event, What};

/// A netlink message of any type, padded to four bytes as in a datagram of several.
pub(crate) fn netlink(kind: u16, payload: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend((16 + payload.len() as u32).to_ne_bytes());
    out.extend(kind.to_ne_bytes());
    out.extend([0; 10]);
    out.extend(payload);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

/// A message of the connector around `data`, whose length it may lie about.
pub(crate) fn connector(idx: u32, val: u32, ack: u32, length: u16, data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend([idx, val, 77, ack].into_iter().flat_map(u32::to_ne_bytes));
    out.extend(length.to_ne_bytes());
    out.extend([0; 2]);
    out.extend(data);
    netlink(3, &out)
}

/// The 16 bytes before the union, then its words.
pub(crate) fn proc_event(kind: u32, cpu: u32, at: u64, words: &[u32]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(kind.to_ne_bytes());
    out.extend(cpu.to_ne_bytes());
    out.extend(at.to_ne_bytes());
    out.extend(words.iter().flat_map(|w| w.to_ne_bytes()));
    out
}

/// What the kernel sends for `event`: always 40 bytes of payload.
pub(crate) fn datagram(event: &Event) -> Vec<u8> {
    let mut name = [0_u8; 16];
    let (kind, words, ack) = match event.what {
        What::Ack { to, errno } => (0, vec![errno], to.wrapping_add(1)),
        What::Fork { parent, child_tid, child } => (1, vec![parent.0, parent.0, child_tid.0, child.0], 0),
        What::Exec { tid, pid } => (2, vec![tid.0, pid.0], 0),
        What::Uid { tid, pid, real, effective } => (4, vec![tid.0, pid.0, real, effective], 0),
        What::Comm { tid, pid, comm } => {
            name[..comm.as_bytes().len()].copy_from_slice(comm.as_bytes());
            (0x200, vec![tid.0, pid.0], 0)
        }
        What::Exit { tid, pid, code, signal } => (1 << 31, vec![tid.0, pid.0, code, signal, 1, 1], 0),
        What::Other { kind } => (kind, vec![], 0),
    };
    let mut data = proc_event(kind, event.cpu, event.at.0, &words);
    data.extend(if kind == 0x200 { &name[..] } else { &[] });
    data.resize(40, 0);
    connector(1, 1, ack, 40, &data)
}
