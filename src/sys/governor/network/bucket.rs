//! The program that sees each packet of a group's sockets, one way: a bucket from which packets take what they are long, and
//! which fills at the group's rate. It is one number, the moment until which what has passed is paid for; a packet passes
//! unless that lies ahead, so a rate may be lower than a packet is long. Times are nanoseconds, rates bytes per second.

use crate::sys::bpf::instruction::*;
use std::os::fd::BorrowedFd;

/// What passes at once after a pause. TCP meets a packet that is refused with pauses of up to half a second, and must be
/// able to make up for them; a smaller bucket would hold it far below its rate.
pub(super) const BURST: i32 = 1_000_000_000;

/// Up to this length they are no data but what keeps connections alive: they may overdraw, as much as the bucket holds.
const SMALL: i32 = 256;

/// Words of the group's value.
pub(super) const RATE: i16 = 0;
pub(super) const PAID_UNTIL: i16 = 8;

pub(super) const BPF_KTIME_GET_NS: i32 = 5;
pub(super) const BPF_GET_LOCAL_STORAGE: i32 = 81;

const PASS: i32 = 1;

const LENGTH_OF_PACKET: i16 = 0;

const PACKET: u8 = SIXTH;
const GROUP: u8 = SEVENTH;
const PER_SECOND: u8 = EIGHTH;
const NOW: u8 = NINTH;
const UNTIL: u8 = FIRST;

/// `refuse`: what tells the kernel to drop the packet.
pub(super) fn assemble(map: BorrowedFd<'_>, refuse: i32) -> Vec<Instruction> {
    let pay = [
        op(COPY, THIRD, FOURTH, 0, 0),
        op(MULTIPLY, THIRD, 0, 0, 1_000_000_000),
        op(DIVIDE_OTHER, THIRD, PER_SECOND, 0, 0),
        op(ADD_IN_PLACE, GROUP, THIRD, PAID_UNTIL, 0),
    ];
    let end = [
        op(SET, RESULT, 0, 0, PASS),
        op(EXIT, 0, 0, 0, 0),
        op(SET, RESULT, 0, 0, refuse),
        op(EXIT, 0, 0, 0, 0),
    ];
    let look = [
        op(CALL, 0, 0, 0, BPF_KTIME_GET_NS),
        op(COPY, NOW, RESULT, 0, 0),
        op(LOAD_WORD, UNTIL, GROUP, PAID_UNTIL, 0),
        // Full: what was not used is lost. Two processors may do this at once, which forgives one of them a packet.
        op(COPY, OTHER, UNTIL, 0, 0),
        op(ADD, OTHER, 0, 0, BURST),
        op(SKIP_IF_NOT_LESS, OTHER, NOW, 3, 0),
        op(COPY, UNTIL, NOW, 0, 0),
        op(ADD, UNTIL, 0, 0, -BURST),
        op(STORE_WORD, GROUP, UNTIL, PAID_UNTIL, 0),
        op(LOAD, FOURTH, PACKET, LENGTH_OF_PACKET, 0),
        op(SKIP_IF_MORE_THAN_NUMBER, FOURTH, 0, 1, SMALL),
        op(ADD, NOW, 0, 0, BURST),
        op(SKIP_IF_MORE, UNTIL, NOW, pay.len() as i16 + 2, 0),
    ];
    let mut program = vec![op(COPY, PACKET, FIRST, 0, 0)];
    program.extend(of_group(map, GROUP));
    program.extend([
        op(LOAD_WORD, PER_SECOND, GROUP, RATE, 0),
        op(SKIP_IF_NUMBER, PER_SECOND, 0, (look.len() + pay.len()) as i16, 0),
    ]);
    program.extend(look.into_iter().chain(pay).chain(end));
    program
}

/// The value of the group that the program is attached to, whichever group inside it a socket is of.
pub(super) fn of_group(map: BorrowedFd<'_>, to: u8) -> Vec<Instruction> {
    let mut ask = load_map(FIRST, map).to_vec();
    ask.extend([
        op(SET, OTHER, 0, 0, 0),
        op(CALL, 0, 0, 0, BPF_GET_LOCAL_STORAGE),
        op(COPY, to, RESULT, 0, 0),
    ]);
    ask
}
