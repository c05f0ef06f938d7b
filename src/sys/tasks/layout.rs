//! The kernel's description of its types: five megabytes that are wanted for a moment, and so lie in pages of their own
//! that go back at once. From the heap they would go back too, but it would keep as much ready from then on.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Deref;
use std::ptr::{NonNull, null_mut};
use std::slice;

const PATH: &str = "/sys/kernel/btf/vmlinux";

#[derive(Debug)]
pub(super) struct Layout {
    pages: NonNull<u8>,
    length: usize,
}

impl Layout {
    pub(super) fn read() -> io::Result<Layout> {
        let mut file = File::open(PATH)?;
        let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        #[expect(unsafe_code, reason = "pages are had from the kernel by mmap alone")]
        // SAFETY: new pages, wherever the kernel likes, in place of none that are in use.
        let pages = unsafe { libc::mmap(null_mut(), length, access, kind, -1, 0) };
        if pages == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let pages = NonNull::new(pages.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        let layout = Layout { pages, length };
        #[expect(unsafe_code, reason = "the pages are filled before anybody sees them")]
        // SAFETY: as many bytes as were mapped, zeroed by the kernel, and nobody else has them yet.
        file.read_exact(unsafe { slice::from_raw_parts_mut(layout.pages.as_ptr(), length) })?;
        Ok(layout)
    }
}

impl Deref for Layout {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        #[expect(unsafe_code, reason = "the pages are no slice by themselves")]
        // SAFETY: as many bytes as were mapped, which nobody writes to; they stay as long as `self`.
        unsafe {
            slice::from_raw_parts(self.pages.as_ptr(), self.length)
        }
    }
}

impl Drop for Layout {
    fn drop(&mut self) {
        #[expect(unsafe_code, reason = "what was mapped is unmapped")]
        // SAFETY: exactly what was mapped, and no slice of it outlives `self`.
        unsafe {
            libc::munmap(self.pages.as_ptr().cast(), self.length);
        }
    }
}
