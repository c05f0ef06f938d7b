//! Whether we may call bpf(2) at all. A filter of system calls, systemd's for instance, may end who calls what it does not
//! know, and cannot be asked: a child of ours calls first.

use std::ptr::null;

pub(in crate::sys) fn lets_us_call() -> bool {
    #[expect(unsafe_code, reason = "a child that runs no other program is made by fork alone")]
    // SAFETY: the child makes three system calls that read and write no memory and the third ends it, so no lock that
    // another thread held at the fork is ever asked for. The parent's `status` lives until its call returns.
    unsafe {
        if libc::prctl(libc::PR_GET_SECCOMP) == 0 {
            return true;
        }
        match libc::fork() {
            0 => {
                libc::prctl(libc::PR_SET_DUMPABLE, 0); // should it be ended, it leaves no core
                libc::syscall(libc::SYS_bpf, -1, null::<u8>(), 0);
                libc::_exit(0);
            }
            child => {
                let mut status = 0;
                child > 0 && libc::waitpid(child, &raw mut status, 0) == child && libc::WIFEXITED(status)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Filters are a thread's own.
    #[expect(unsafe_code, reason = "no crate at hand wraps seccomp filters")]
    fn under_a_filter(action: u32) -> bool {
        let op = |code: u32, k, jf| libc::sock_filter { code: code as u16, jt: 0, jf, k };
        let mut filter = [
            op(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0),
            op(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, libc::SYS_bpf as u32, 1),
            op(libc::BPF_RET | libc::BPF_K, action, 0),
            op(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW, 0),
        ];
        let filtered = std::thread::spawn(move || {
            let program = libc::sock_fprog { len: 4, filter: filter.as_mut_ptr() };
            // SAFETY: the kernel reads `program` and the four instructions it points to, which live until the call returns.
            let set = unsafe {
                libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
                libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program)
            };
            assert_eq!(set, 0, "{}", std::io::Error::last_os_error());
            lets_us_call()
        });
        filtered.join().expect("this thread is not the one that is ended")
    }

    #[test]
    fn a_filter_that_would_end_us_is_found_by_a_child() {
        assert!(!under_a_filter(libc::SECCOMP_RET_KILL_PROCESS));
    }

    #[test]
    fn a_filter_that_refuses_or_allows_is_no_danger() {
        assert!(under_a_filter(libc::SECCOMP_RET_ERRNO | libc::EPERM as u32));
        assert!(under_a_filter(libc::SECCOMP_RET_ALLOW));
    }
}
