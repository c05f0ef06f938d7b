//! Whether the kernel lets a process be born in a group. Asked with a descriptor that is none, so that nobody is born:
//! who knows the flag complains about the descriptor, who does not, about the flag.

use rustix::io::Errno;

const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// `struct clone_args` as it is since Linux 5.7.
#[repr(C)]
#[derive(Default)]
struct Arguments {
    flags: u64,
    pidfd: u64,
    child_tid: u64,
    parent_tid: u64,
    exit_signal: u64,
    stack: u64,
    stack_size: u64,
    tls: u64,
    set_tid: u64,
    set_tid_size: u64,
    cgroup: u64,
}

pub(super) fn is_possible() -> bool {
    let arguments = Arguments {
        flags: CLONE_INTO_CGROUP,
        exit_signal: libc::SIGCHLD as u64,
        cgroup: i32::MAX as u64,
        ..Arguments::default()
    };
    #[expect(unsafe_code, reason = "no crate at hand wraps clone3")]
    // SAFETY: the kernel reads as many bytes as the struct has. Should a child come of it after all, it has a copy of this
    // process, and ends by a system call at once.
    let answer = unsafe {
        let answer = libc::syscall(libc::SYS_clone3, &raw const arguments, size_of::<Arguments>());
        if answer == 0 {
            libc::_exit(0);
        }
        answer
    };
    let errno = std::io::Error::last_os_error();
    answer < 0 && Errno::from_io_error(&errno) == Some(Errno::BADF)
}
