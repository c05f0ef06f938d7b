//! Instructions, as the kernel reads them, and the numbers of those that programs of ours are made of. Jumps are counted
//! in instructions from the next one.

use std::os::fd::{AsRawFd, BorrowedFd};

/// An operation, two registers in one byte, an offset, a number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(C)]
pub(in crate::sys) struct Instruction {
    code: u8,
    registers: u8,
    offset: i16,
    number: i32,
}

pub(in crate::sys) fn op(code: u8, to: u8, from: u8, offset: i16, number: i32) -> Instruction {
    Instruction { code, registers: to | from << 4, offset, number }
}

pub(in crate::sys) const LOAD: u8 = 0x61;
pub(in crate::sys) const LOAD_WORD: u8 = 0x79;
pub(in crate::sys) const STORE: u8 = 0x63;
pub(in crate::sys) const STORE_WORD: u8 = 0x7b;
pub(in crate::sys) const STORE_NUMBER: u8 = 0x7a;
/// To a word in memory that other processors change, too.
pub(in crate::sys) const ADD_IN_PLACE: u8 = 0xdb;
pub(in crate::sys) const COPY: u8 = 0xbf;
pub(in crate::sys) const SET: u8 = 0xb7;
/// Of the lower half; the upper one becomes zero.
pub(in crate::sys) const SET_HALF: u8 = 0xb4;
pub(in crate::sys) const ADD: u8 = 0x07;
pub(in crate::sys) const OR: u8 = 0x47;
pub(in crate::sys) const MULTIPLY: u8 = 0x27;
pub(in crate::sys) const DIVIDE: u8 = 0x37;
pub(in crate::sys) const SUBTRACT_OTHER: u8 = 0x1f;
pub(in crate::sys) const MULTIPLY_OTHER: u8 = 0x2f;
pub(in crate::sys) const DIVIDE_OTHER: u8 = 0x3f;
pub(in crate::sys) const SKIP: u8 = 0x05;
pub(in crate::sys) const SKIP_IF_NUMBER: u8 = 0x15;
pub(in crate::sys) const SKIP_UNLESS_NUMBER: u8 = 0x55;
pub(in crate::sys) const SKIP_UNLESS_SAME: u8 = 0x5d;
pub(in crate::sys) const SKIP_IF_MORE: u8 = 0x2d;
pub(in crate::sys) const SKIP_IF_MORE_THAN_NUMBER: u8 = 0x25;
pub(in crate::sys) const SKIP_UNLESS_MORE_THAN_NUMBER: u8 = 0xb5;
pub(in crate::sys) const SKIP_IF_NOT_LESS: u8 = 0x3d;
pub(in crate::sys) const CALL: u8 = 0x85;
pub(in crate::sys) const EXIT: u8 = 0x95;
const LOAD_LONG: u8 = 0x18;
const IS_MAP: u8 = 1;

/// Registers: the first ones are arguments and are lost in calls, from the sixth on they are kept, the tenth is the frame.
pub(in crate::sys) const RESULT: u8 = 0;
pub(in crate::sys) const FIRST: u8 = 1;
pub(in crate::sys) const VALUE: u8 = FIRST;
pub(in crate::sys) const OTHER: u8 = 2;
pub(in crate::sys) const THIRD: u8 = 3;
pub(in crate::sys) const FOURTH: u8 = 4;
pub(in crate::sys) const FIFTH: u8 = 5;
pub(in crate::sys) const SIXTH: u8 = 6;
pub(in crate::sys) const SEVENTH: u8 = 7;
pub(in crate::sys) const EIGHTH: u8 = 8;
pub(in crate::sys) const NINTH: u8 = 9;
pub(in crate::sys) const FRAME: u8 = 10;

/// The kernel puts the map's address in place of the descriptor. Two instructions' room.
pub(in crate::sys) fn load_map(to: u8, map: BorrowedFd<'_>) -> [Instruction; 2] {
    [op(LOAD_LONG, to, IS_MAP, 0, map.as_raw_fd()), op(0, 0, 0, 0, 0)]
}
