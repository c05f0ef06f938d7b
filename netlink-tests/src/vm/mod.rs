//! The virtual machine worlds: other kernels, and a Debian whose PID 1 is systemd, booted under QEMU
//! to run guest tests against the real product. What needs no other kernel belongs on the host instead.
//!
//! In the order data flows: `worlds` says what there is; `host` runs this machine's programs; `cache`,
//! `kernel` and `rootfs` prepare what is slow to make; `binaries`, `archive` and `initramfs` pack what
//! changes with every run; `qemu` boots it; `tally` reads what the guest printed; `run` does all of it in order.

pub mod archive;
pub mod binaries;
pub mod cache;
pub mod host;
pub mod initramfs;
pub mod kernel;
pub mod qemu;
pub mod rootfs;
pub mod run;
pub mod tally;
pub mod worlds;
