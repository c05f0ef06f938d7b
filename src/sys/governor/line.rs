//! A short text kept in place: paths below /proc and values for cgroup files are made here without the heap.

use std::ffi::CStr;
use std::fmt::{self, Write};

#[derive(Clone, Copy)]
pub(super) struct Line<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Line<N> {
    pub(super) fn of(text: fmt::Arguments<'_>) -> Line<N> {
        let mut line = Line { bytes: [0; N], length: 0 };
        // A text that does not fit stays cut; none that is made here comes near its room.
        let cut = line.write_fmt(text);
        debug_assert!(cut.is_ok(), "{text} is longer than {N} bytes");
        line
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub(super) fn c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).unwrap_or_default()
    }
}

impl<const N: usize> Write for Line<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        // The last byte stays NUL.
        let room = self.bytes[..N - 1].get_mut(self.length..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}
