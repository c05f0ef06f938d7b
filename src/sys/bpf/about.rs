//! What the kernel tells of a program: enough to know one of ours again, and the map it uses.

use super::call::bpf;
use super::programs::number;
use std::io;
use std::os::fd::BorrowedFd;

const GET_INFO: i32 = 15;

#[derive(Default)]
#[repr(C)]
struct Ask {
    program: u32,
    length: u32,
    about: u64,
}

/// What the kernel says of a program, as far as we ask.
#[derive(Default, Debug)]
#[repr(C)]
pub(in crate::sys) struct About {
    _kind: u32,
    pub(in crate::sys) id: u32,
    /// Of its instructions: those of an equal program are equal.
    pub(in crate::sys) tag: [u8; 8],
    _lengths: [u32; 2],
    _instructions: [u64; 2],
    _loaded_at: u64,
    _uid: u32,
    maps: u32,
    map_ids: u64,
    pub(in crate::sys) name: [u8; 16],
}

impl About {
    /// And the number of the one map it uses, if it uses any.
    pub(in crate::sys) fn program(program: BorrowedFd<'_>) -> io::Result<(About, Option<u32>)> {
        let mut map = 0u32;
        let mut about = About { maps: 1, map_ids: &raw mut map as u64, ..About::default() };
        let mut attributes =
            Ask { program: number(program), length: size_of::<About>() as u32, about: &raw mut about as u64 };
        #[expect(unsafe_code, reason = "bpf(2)")]
        // SAFETY: the pointer leads to as many bytes as it says, and the one in there to room for as many numbers as it
        // says; the kernel writes to both, and nobody else has them.
        unsafe { bpf(GET_INFO, &mut attributes) }?;
        Ok((about.maps > 0).then_some(map)).map(|map| (about, map))
    }
}
