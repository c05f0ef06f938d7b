//! The two requests that the process connector knows: listen and ignore.

use super::payload::{CN_IDX_PROC, CN_VAL_PROC};

/// netlink header 16 · connector header 20 · operation 4.
pub const LENGTH: usize = 40;

const NLMSG_DONE: u16 = 3;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Operation {
    Listen = 1,
    Ignore = 2,
}

/// `number` comes back in the kernel's acknowledgement (`What::Ack::to`). The payload is the operation alone:
/// the longer form with an event mask is dropped by kernels before 6.6 and acknowledged by none.
pub fn encode(operation: Operation, number: u32) -> [u8; LENGTH] {
    let mut out = [0; LENGTH];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        out[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(&(LENGTH as u32).to_ne_bytes());
    put(&NLMSG_DONE.to_ne_bytes());
    put(&0_u16.to_ne_bytes()); // flags
    put(&number.to_ne_bytes());
    put(&0_u32.to_ne_bytes()); // the kernel fills in our port
    put(&CN_IDX_PROC.to_ne_bytes());
    put(&CN_VAL_PROC.to_ne_bytes());
    put(&number.to_ne_bytes()); // seq, echoed as it is
    put(&number.to_ne_bytes()); // ack, echoed plus one
    put(&4_u16.to_ne_bytes());
    put(&0_u16.to_ne_bytes());
    put(&(operation as u32).to_ne_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_bytes_of_a_listen() {
        #[rustfmt::skip]
        let expected = [
            40, 0, 0, 0,  3, 0,  0, 0,  9, 0, 0, 0,  0, 0, 0, 0,
            1, 0, 0, 0,  1, 0, 0, 0,  9, 0, 0, 0,  9, 0, 0, 0,  4, 0,  0, 0,
            1, 0, 0, 0,
        ];
        assert_eq!(encode(Operation::Listen, 9), expected);
        assert_eq!(encode(Operation::Ignore, 9)[36..], [2, 0, 0, 0]);
    }
}
