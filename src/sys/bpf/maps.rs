//! Maps of one kind: a value for each group that a program which uses the map is attached to. The kernel makes it with
//! the attachment and drops it with the group; the key is the group's number.

use super::call::{bpf, open};
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

const CREATE: i32 = 0;
const LOOK_UP: i32 = 1;
const UPDATE: i32 = 2;
const GET_BY_ID: i32 = 14;

const GROUP_STORAGE: u32 = 19;

/// What our programs keep for a group.
pub(in crate::sys) type Words = [u64; 2];

#[derive(Default)]
#[repr(C)]
struct Create {
    kind: u32,
    key: u32,
    value: u32,
    _entries_flags_inner_and_node: [u32; 4],
    name: [u8; 16],
}

#[derive(Default)]
#[repr(C)]
struct Element {
    map: u32,
    _padding: u32,
    key: u64,
    value: u64,
    _flags: u64,
}

#[derive(Default)]
#[repr(C)]
struct ById {
    id: u32,
    _flags: [u32; 2],
}

pub(in crate::sys) fn create(name: &[u8; 16]) -> io::Result<OwnedFd> {
    let (key, value) = (size_of::<u64>() as u32, size_of::<Words>() as u32);
    let mut attributes = Create { kind: GROUP_STORAGE, key, value, name: *name, ..Create::default() };
    #[expect(unsafe_code, reason = "bpf(2)")]
    // SAFETY: there is no pointer in it.
    unsafe {
        open(CREATE, &mut attributes)
    }
}

pub(in crate::sys) fn by_id(id: u32) -> io::Result<OwnedFd> {
    let mut attributes = ById { id, ..ById::default() };
    #[expect(unsafe_code, reason = "bpf(2)")]
    // SAFETY: there is no pointer in it.
    unsafe {
        open(GET_BY_ID, &mut attributes)
    }
}

pub(in crate::sys) fn get(map: BorrowedFd<'_>, group: u64) -> io::Result<Words> {
    let mut words = Words::default();
    element(LOOK_UP, map, group, &mut words)?;
    Ok(words)
}

/// All words at once: no program meets a mixture.
pub(in crate::sys) fn put(map: BorrowedFd<'_>, group: u64, mut words: Words) -> io::Result<()> {
    element(UPDATE, map, group, &mut words)
}

fn element(command: i32, map: BorrowedFd<'_>, group: u64, words: &mut Words) -> io::Result<()> {
    let mut attributes = Element {
        map: map.as_raw_fd().cast_unsigned(),
        key: &raw const group as u64,
        value: &raw mut *words as u64,
        ..Element::default()
    };
    #[expect(unsafe_code, reason = "bpf(2)")]
    // SAFETY: the maps of this folder have keys and values of these sizes: the one is read; the other read or written, and
    // nobody else has it meanwhile.
    unsafe { bpf(command, &mut attributes) }.map(drop)
}
