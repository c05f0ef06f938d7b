//! The only home of syscalls: it reads what the kernel shows and does what effects say.

pub mod stat;
