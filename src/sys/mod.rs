//! The only home of syscalls: it reads what the kernel shows and does what effects say.

pub mod governor; // the only writer of the cgroup file system
pub mod stat; // one line of /proc/PID/stat
