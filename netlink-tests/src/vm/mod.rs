//! The worlds that tests run in. Three are this machine. The others are virtual: other kernels, and a Debian whose
//! PID 1 is systemd, booted under QEMU to run guest tests against the real product.
//!
//! In the order data flows: `worlds` says what there is; `host` runs this machine's programs; `cache`,
//! `kernel`, `rootfs` and `package` prepare what is slow to make; `binaries` builds, `archive` and `initramfs` pack what
//! changes with every run; `here` runs tests on this machine, `fuzz` targets, and `guests` boots the others with
//! `qemu`; `tally` reads what they printed; `again` has what failed run once more; `run` does all of it in order.

pub mod again;
pub mod archive;
pub mod binaries;
pub mod cache;
pub mod fuzz;
pub mod guests;
pub mod here;
pub mod host;
pub mod initramfs;
pub mod kernel;
pub mod lines;
pub mod package;
pub mod qemu;
pub mod rootfs;
pub mod run;
pub mod tally;
pub mod worlds;
