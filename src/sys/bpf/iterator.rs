//! The kernel's iterator of tasks: a program that it runs for each of them, and a file that is one such run.

use super::call::open;
use super::instruction::Instruction;
use super::programs::{ITERATOR, load_for, number};
use std::io;
use std::os::fd::{BorrowedFd, OwnedFd};

const LINK_CREATE: i32 = 28;
const ITER_CREATE: i32 = 33;

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
pub(in crate::sys) fn load(program: &[Instruction], function: u32) -> io::Result<OwnedFd> {
    load_for(ITERATOR, b"ffrtmp_tasks\0\0\0\0", program, function)
}

pub(in crate::sys) fn link(program: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let attach_type = ITERATOR.attach_type;
    let mut attributes = Link { program: number(program), attach_type, ..Link::default() };
    #[expect(unsafe_code, reason = "bpf(2)")]
    // SAFETY: there is no pointer in it.
    unsafe {
        open(LINK_CREATE, &mut attributes)
    }
}

/// A file: reading it to its end is one run.
pub(in crate::sys) fn run(link: BorrowedFd<'_>) -> io::Result<OwnedFd> {
    let mut attributes = Run { link: number(link), ..Run::default() };
    #[expect(unsafe_code, reason = "bpf(2)")]
    // SAFETY: there is no pointer in it.
    unsafe {
        open(ITER_CREATE, &mut attributes)
    }
}
