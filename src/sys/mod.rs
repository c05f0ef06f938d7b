//! Where the kernel is asked: the only room with file descriptors, system calls and `unsafe`.

pub mod connector;
pub mod narrow;
