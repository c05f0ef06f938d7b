//! Gives back what only the start of the service needed: parts of the program that will not run again, and memory that the
//! allocator keeps for later. Both are had again where they are wanted after all.

use rustix::mm::{Advice, madvise};
use rustix::param::page_size;
use std::ffi::c_void;

#[expect(unsafe_code, reason = "symbols of the linker's can only be declared")]
unsafe extern "C" {
    /// Set by the linker: where the program's text begins and ends in memory.
    static __executable_start: u8;
    static etext: u8;
}

/// Once, when the start is over.
pub fn settle() {
    let (first, end) = (&raw const __executable_start, &raw const etext);
    let whole_pages = end.addr().saturating_sub(first.addr()) / page_size() * page_size();
    #[expect(unsafe_code, reason = "no crate knows where this program lies")]
    // SAFETY: the linker puts nothing between the two that is ever written to: headers, constants and instructions, each page
    // of them mapped from the program's own file. A page that is let go is read from there again by whoever touches it.
    // Trimming moves nothing that is in use.
    unsafe {
        // Refused, it costs nothing but the memory.
        let _ = madvise(first.cast_mut().cast::<c_void>(), whole_pages, Advice::LinuxDontNeed);
        #[cfg(target_env = "gnu")]
        libc::malloc_trim(0);
    }
}
