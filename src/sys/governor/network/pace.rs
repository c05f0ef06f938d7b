//! The program that has TCP send at the pace of the bucket rather than run into it. Each connection of the group may send at
//! four times the rate while the bucket is full, and by the square of its level as it empties: however many there are, the
//! level settles where all together send what flows in. It is asked when a connection begins, and once in each of its round trips.
//!
//! Where a group above has a rate, too, its program is run after that of the group inside, and leaves the slower pace: the
//! first one tells its own in the reply, which the kernel does not look at on these occasions.

use super::bucket::{BPF_KTIME_GET_NS, BURST, PAID_UNTIL, RATE, of_group};
use crate::sys::bpf::instruction::*;
use std::os::fd::BorrowedFd;

const BPF_SETSOCKOPT: i32 = 49;
const BPF_SOCK_OPS_CB_FLAGS_SET: i32 = 59;

/// Of the context.
const OCCASION: i16 = 0;
/// Before any program has replied, a round trip in microseconds, or nothing: far below the mark.
const REPLY: i16 = 4;
const MARK: i32 = i32::MIN;
const ASKED_FOR: i16 = 84;

const CONNECTED: i32 = 4;
const ACCEPTED: i32 = 5;
const ROUND_TRIP: i32 = 12;
const AT_ROUND_TRIPS: i32 = 8;

const SOL_SOCKET: i32 = 1;
const SO_MAX_PACING_RATE: i32 = 47;

/// At least this part of the rate, so that who finds the bucket empty asks again before long.
const LEAST: i32 = 32;

/// The level is counted in steps of 2^-20 of what the bucket holds, about.
const STEP: i32 = BURST >> 20;

const SOCKET: u8 = SIXTH;
const GROUP: u8 = SEVENTH;
const PACE: u8 = EIGHTH;
const TOLD: u8 = NINTH;

pub(super) fn assemble(map: BorrowedFd<'_>) -> Vec<Instruction> {
    let unlimited = [op(SET_HALF, PACE, 0, 0, -1)];
    let by_level = [
        op(CALL, 0, 0, 0, BPF_KTIME_GET_NS),
        op(LOAD_WORD, OTHER, GROUP, PAID_UNTIL, 0),
        // What is left of it: nothing where the time it is paid for lies ahead.
        op(SET, THIRD, 0, 0, 0),
        op(SKIP_IF_MORE, OTHER, RESULT, 2, 0),
        op(COPY, THIRD, RESULT, 0, 0),
        op(SUBTRACT_OTHER, THIRD, OTHER, 0, 0),
        op(SKIP_UNLESS_MORE_THAN_NUMBER, THIRD, 0, 1, BURST),
        op(SET, THIRD, 0, 0, BURST),
        op(DIVIDE, THIRD, 0, 0, STEP),
        op(COPY, OTHER, PACE, 0, 0),
        op(DIVIDE, OTHER, 0, 0, LEAST),
        op(MULTIPLY_OTHER, PACE, THIRD, 0, 0),
        op(DIVIDE, PACE, 0, 0, 1 << 20),
        op(MULTIPLY_OTHER, PACE, THIRD, 0, 0),
        op(DIVIDE, PACE, 0, 0, 1 << 18),
        op(SKIP_IF_NOT_LESS, PACE, OTHER, 1, 0),
        op(COPY, PACE, OTHER, 0, 0),
        // The option has 32 bits, and all of them set is no pace at all.
        op(SET_HALF, THIRD, 0, 0, -1),
        op(SKIP_IF_NOT_LESS, THIRD, PACE, 1, 0),
        op(COPY, PACE, THIRD, 0, 0),
        op(COPY, OTHER, PACE, 0, 0),
        op(DIVIDE, OTHER, 0, 0, 2),
        op(OR, OTHER, 0, 0, MARK),
        op(STORE, SOCKET, OTHER, REPLY, 0),
    ];
    let slower = [
        op(SET_HALF, THIRD, 0, 0, MARK),
        op(SKIP_IF_MORE, THIRD, TOLD, 4, 0),
        op(SUBTRACT_OTHER, TOLD, THIRD, 0, 0),
        op(MULTIPLY, TOLD, 0, 0, 2),
        op(SKIP_IF_NOT_LESS, TOLD, PACE, 1, 0),
        op(COPY, PACE, TOLD, 0, 0),
    ];
    let set = [
        op(STORE, FRAME, PACE, -4, 0),
        op(COPY, FIRST, SOCKET, 0, 0),
        op(SET, OTHER, 0, 0, SOL_SOCKET),
        op(SET, THIRD, 0, 0, SO_MAX_PACING_RATE),
        op(COPY, FOURTH, FRAME, 0, 0),
        op(ADD, FOURTH, 0, 0, -4),
        op(SET, FIFTH, 0, 0, 4),
        op(CALL, 0, 0, 0, BPF_SETSOCKOPT),
    ];
    let group = of_group(map, GROUP);
    let ask_again = [
        // Whatever others have asked for stays.
        op(LOAD, OTHER, SOCKET, ASKED_FOR, 0),
        op(OR, OTHER, 0, 0, AT_ROUND_TRIPS),
        op(COPY, FIRST, SOCKET, 0, 0),
        op(CALL, 0, 0, 0, BPF_SOCK_OPS_CB_FLAGS_SET),
    ];
    let parts = [&ask_again[..], &group, &unlimited, &by_level, &slower, &set];
    let all = parts.iter().map(|part| part.len()).sum::<usize>() + 4;
    let mut program = vec![
        op(COPY, SOCKET, FIRST, 0, 0),
        op(LOAD, VALUE, SOCKET, OCCASION, 0),
        op(SKIP_IF_NUMBER, VALUE, 0, 3 + ask_again.len() as i16, ROUND_TRIP),
        op(SKIP_IF_NUMBER, VALUE, 0, 2, CONNECTED),
        op(SKIP_IF_NUMBER, VALUE, 0, 1, ACCEPTED),
        op(SKIP, 0, 0, all as i16, 0),
    ];
    program.extend(ask_again.into_iter().chain(group));
    program.extend([
        op(LOAD, TOLD, SOCKET, REPLY, 0),
        op(LOAD_WORD, PACE, GROUP, RATE, 0),
        op(SKIP_UNLESS_NUMBER, PACE, 0, 2, 0),
    ]);
    program.extend(unlimited);
    program.push(op(SKIP, 0, 0, by_level.len() as i16, 0));
    program.extend(by_level.into_iter().chain(slower).chain(set));
    program.extend([op(SET, RESULT, 0, 0, 1), op(EXIT, 0, 0, 0, 0)]);
    program
}
