//! Swap for a test, on a disk in memory, where this kernel has a module for one. Taken away when dropped.

use std::ffi::CString;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::Command;

const DISK: &str = "/dev/ram0";
const MIB: u32 = 192;
const PAGE: u64 = 4096;

#[derive(Debug)]
pub struct Swap {
    _only_here: (),
}

impl Swap {
    /// In a virtual machine alone: the host's swap is its own. `None`, said, where it cannot be had.
    pub fn on(test: &str) -> Option<Swap> {
        let made = super::world().is_some() && make();
        if !made {
            println!("SKIPPED {test}: there is no disk in memory here to swap to");
        }
        made.then_some(Swap { _only_here: () })
    }
}

fn make() -> bool {
    let size = format!("rd_size={}", MIB << 10);
    // Another test may have left disks of other sizes.
    modprobe(&["-r", "brd"]);
    modprobe(&["brd", "rd_nr=1", &size]) && Path::new(DISK).exists() && write_header() && switch_on()
}

fn modprobe(words: &[&str]) -> bool {
    Command::new("modprobe").args(words).status().is_ok_and(|status| status.success())
}

/// What mkswap writes: a version, the last page, and a mark at the end of the first page.
fn write_header() -> bool {
    let disk = File::options().write(true).open(DISK).expect("the disk");
    let last = (u64::from(MIB) << 20) / PAGE - 1;
    let head: Vec<u8> = [1, last as u32, 0].into_iter().flat_map(u32::to_ne_bytes).collect();
    disk.write_all_at(&head, 1024).is_ok() && disk.write_all_at(b"SWAPSPACE2", PAGE - 10).is_ok()
}

#[expect(unsafe_code, reason = "no library we have switches swap on")]
fn switch_on() -> bool {
    let disk = CString::new(DISK).expect("no NUL");
    // SAFETY: the path ends with NUL and outlives the call.
    unsafe { libc::swapon(disk.as_ptr(), 0) == 0 }
}

impl Drop for Swap {
    #[expect(unsafe_code, reason = "as above")]
    fn drop(&mut self) {
        let disk = CString::new(DISK).expect("no NUL");
        // SAFETY: as above.
        unsafe { libc::swapoff(disk.as_ptr()) };
        modprobe(&["-r", "brd"]);
    }
}
