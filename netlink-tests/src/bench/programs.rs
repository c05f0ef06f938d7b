//! The programs on a group, as the kernel tells of them, and ways to take one off or put one there: as somebody else would.

use std::io;
use std::os::fd::AsRawFd;
use std::path::Path;

const LOAD: i32 = 5;
const ATTACH: i32 = 8;
const DETACH: i32 = 9;
const GET_BY_ID: i32 = 13;
const QUERY: i32 = 16;

/// Where programs are attached, by the kernel's number.
#[derive(Clone, Copy, Debug)]
pub enum Hook {
    Ingress = 0,
    Egress = 1,
    Sockets = 3,
}

/// Their numbers; of a group that is gone there are none.
pub fn on(group: &Path, hook: Hook) -> Vec<u32> {
    let Ok(folder) = std::fs::File::open(group) else { return Vec::new() };
    let mut ids = [0u32; 64];
    let ids_at = ids.as_mut_ptr() as u64;
    // With room for all that newer kernels tell.
    let mut query = [0u32; 16];
    query[..7].copy_from_slice(&[
        folder.as_raw_fd() as u32,
        hook as u32,
        0,
        0,
        ids_at as u32,
        (ids_at >> 32) as u32,
        64,
    ]);
    bpf(QUERY, &mut query).expect("what is attached");
    ids[..query[6] as usize].to_vec()
}

pub fn take_off(group: &Path, hook: Hook, id: u32) {
    let folder = std::fs::File::open(group).expect("a group");
    let program = bpf(GET_BY_ID, &mut [id, 0, 0]).expect("a program");
    bpf(DETACH, &mut [folder.as_raw_fd() as u32, program as u32, hook as u32, 0, 0]).expect("taken off");
    nix::unistd::close(program).expect("a descriptor of our own");
}

/// Puts a program there that has this name and lets everything pass.
pub fn put_on(group: &Path, hook: Hook, name: &str) {
    let folder = std::fs::File::open(group).expect("a group");
    // The result is 1; the end.
    let program: [u64; 2] = [0x0000_0001_0000_00b7, 0x95];
    let words = |at: u64| [at as u32, (at >> 32) as u32];
    let mut load = [0u32; 32];
    let kind = if matches!(hook, Hook::Sockets) { 13 } else { 8 };
    load[..2].copy_from_slice(&[kind, program.len() as u32]);
    load[2..4].copy_from_slice(&words(program.as_ptr() as u64));
    load[4..6].copy_from_slice(&words(c"GPL".as_ptr() as u64));
    for (word, bytes) in load[12..16].iter_mut().zip(name.as_bytes().chunks(4)) {
        *word = bytes.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte));
    }
    load[17] = hook as u32;
    let program = bpf(LOAD, &mut load).expect("a program");
    let beside_others = 2;
    bpf(ATTACH, &mut [folder.as_raw_fd() as u32, program as u32, hook as u32, beside_others, 0])
        .expect("put there");
    nix::unistd::close(program).expect("a descriptor of our own");
}

#[expect(unsafe_code, reason = "no crate at hand wraps bpf(2)")]
fn bpf<const N: usize>(command: i32, words: &mut [u32; N]) -> io::Result<i32> {
    // SAFETY: the attributes of these commands are words of this size; pointers among them lead to room for as many numbers, or
    // to as many instructions, as they say, and to a text that ends with a zero.
    match unsafe { libc::syscall(libc::SYS_bpf, command, words.as_mut_ptr(), size_of_val(words)) } {
        done if done >= 0 => Ok(done as i32),
        _ => Err(io::Error::last_os_error()),
    }
}
