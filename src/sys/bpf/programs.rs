//! Programs: loaded, attached to groups and found there again. What was loaded goes when its descriptor is closed, unless it
//! is attached; what is attached to a group goes with the group.

use super::call::{bpf, open};
use super::instruction::Instruction;
use std::ffi::CStr;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

const LOAD: i32 = 5;
const ATTACH: i32 = 8;
const DETACH: i32 = 9;
const GET_BY_ID: i32 = 13;
const QUERY: i32 = 16;

/// Beside those of others, which stay.
const ALLOW_MULTI: u32 = 2;

/// No group has more of one kind.
const MOST: usize = 64;

/// bpf_seq_write is for programs whose terms include the GPL's. These few instructions may be used under those of the MIT
/// licence or the GPL, version 2, too.
const LICENCE: &CStr = c"Dual MIT/GPL";

/// What a program is made for, in the kernel's numbers: its kind, and where it is attached.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::sys) struct Hook {
    kind: u32,
    pub(super) attach_type: u32,
}

pub(in crate::sys) const INGRESS: Hook = Hook { kind: 8, attach_type: 0 };
pub(in crate::sys) const EGRESS: Hook = Hook { kind: 8, attach_type: 1 };
pub(in crate::sys) const SOCKETS: Hook = Hook { kind: 13, attach_type: 3 };
pub(super) const ITERATOR: Hook = Hook { kind: 26, attach_type: 28 };

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
struct Attachment {
    group: u32,
    program: u32,
    attach_type: u32,
    flags: u32,
    _replaced: u32,
}

#[derive(Default)]
#[repr(C)]
struct Query {
    group: u32,
    attach_type: u32,
    _flags: [u32; 2],
    ids: u64,
    count: u32,
    _padding: u32,
    _each_and_links: [u64; 3],
    /// Kernels from 6.17 on write it however much room they were told there is.
    _revision: u64,
}

const _: () = assert!(size_of::<Query>() == 64);

#[derive(Default)]
#[repr(C)]
struct ById {
    id: u32,
    _flags: [u32; 2],
}

pub(in crate::sys) fn load(hook: Hook, name: &[u8; 16], program: &[Instruction]) -> io::Result<OwnedFd> {
    load_for(hook, name, program, 0)
}

/// `attach_to`: the number of the kernel's function, for a hook that has many.
pub(super) fn load_for(
    hook: Hook,
    name: &[u8; 16],
    program: &[Instruction],
    attach_to: u32,
) -> io::Result<OwnedFd> {
    let mut attributes = Load {
        kind: hook.kind,
        count: u32::try_from(program.len()).map_err(io::Error::other)?,
        instructions: program.as_ptr() as u64,
        licence: LICENCE.as_ptr() as u64,
        name: *name,
        attach_type: hook.attach_type,
        attach_to,
        ..Load::default()
    };
    #[expect(unsafe_code, reason = "bpf(2)")]
    // SAFETY: the pointers lead to as many instructions as it says and to a text that ends with a zero, which are read. No
    // log was asked for, so nothing is written.
    unsafe {
        open(LOAD, &mut attributes)
    }
}

/// From then on it runs for the sockets of this group and of the groups inside it.
pub(in crate::sys) fn attach(group: BorrowedFd<'_>, hook: Hook, program: BorrowedFd<'_>) -> io::Result<()> {
    change(ATTACH, ALLOW_MULTI, group, hook, program)
}

pub(in crate::sys) fn detach(group: BorrowedFd<'_>, hook: Hook, program: BorrowedFd<'_>) -> io::Result<()> {
    change(DETACH, 0, group, hook, program)
}

fn change(
    command: i32,
    flags: u32,
    group: BorrowedFd<'_>,
    hook: Hook,
    program: BorrowedFd<'_>,
) -> io::Result<()> {
    let (group, program) = (number(group), number(program));
    let mut attributes =
        Attachment { group, program, attach_type: hook.attach_type, flags, ..Attachment::default() };
    #[expect(unsafe_code, reason = "bpf(2)")]
    // SAFETY: there is no pointer in it.
    unsafe { bpf(command, &mut attributes) }.map(drop)
}

/// What is attached to this very group.
pub(in crate::sys) fn attached(group: BorrowedFd<'_>, hook: Hook) -> io::Result<Vec<OwnedFd>> {
    let mut ids = [0u32; MOST];
    let mut attributes = Query {
        group: number(group),
        attach_type: hook.attach_type,
        ids: ids.as_mut_ptr() as u64,
        count: MOST as u32,
        ..Query::default()
    };
    #[expect(unsafe_code, reason = "bpf(2)")]
    // SAFETY: the pointer leads to room for as many numbers as it says, which nobody else has, and there is room for all that
    // the kernel answers.
    unsafe { bpf(QUERY, &mut attributes) }?;
    // One that is detached at this moment is there no more.
    Ok(ids.into_iter().take(attributes.count as usize).filter_map(|id| by_id(id).ok()).collect())
}

pub(in crate::sys) fn by_id(id: u32) -> io::Result<OwnedFd> {
    let mut attributes = ById { id, ..ById::default() };
    #[expect(unsafe_code, reason = "bpf(2)")]
    // SAFETY: there is no pointer in it.
    unsafe {
        open(GET_BY_ID, &mut attributes)
    }
}

pub(super) fn number(fd: BorrowedFd<'_>) -> u32 {
    fd.as_raw_fd().cast_unsigned()
}
