//! Processes as no library starts them: with a pid of the test's choice, or without a single argument.

use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// A child of the test, in the test's own process group. Killed and reaped when dropped.
#[derive(Debug)]
pub struct Planted {
    pid: u32,
    reaped: bool,
}

impl Planted {
    /// With this pid; `None` while somebody or something else still bears the number.
    pub fn with_pid(pid: u32, program: &Path, argv: &[&str]) -> Option<Planted> {
        Planted::start(Some(pid), program, argv)
    }

    pub fn of(program: &Path, argv: &[&str]) -> Planted {
        Planted::start(None, program, argv).expect("a process")
    }

    #[expect(unsafe_code, reason = "only clone3 lets a pid be chosen, and only execve an empty argv")]
    fn start(pid: Option<u32>, program: &Path, argv: &[&str]) -> Option<Planted> {
        let program = CString::new(program.as_os_str().as_bytes()).expect("no NUL");
        let words: Vec<CString> = argv.iter().map(|word| CString::new(*word).expect("no NUL")).collect();
        let ended = |list: &[CString]| {
            list.iter().map(|word| word.as_ptr()).chain([std::ptr::null()]).collect::<Vec<_>>()
        };
        let argv = ended(&words);
        let environment = [CString::new("ACTOR=sleep").expect("no NUL")];
        let envp = ended(&environment);
        let tid = pid.map(|pid| pid as libc::pid_t);
        // SAFETY: all bytes zero are a valid clone_args: no flags, no stack, no signal.
        let mut args: libc::clone_args = unsafe { std::mem::zeroed() };
        args.exit_signal = libc::SIGCHLD as u64;
        if let Some(tid) = &tid {
            (args.set_tid, args.set_tid_size) = (std::ptr::from_ref(tid) as u64, 1);
        }
        // SAFETY: without flags this is fork; what the child uses was made before and is read only, and it calls
        // nothing but two system calls that are safe whatever the other threads were doing.
        let child = unsafe { libc::syscall(libc::SYS_clone3, &raw const args, size_of_val(&args)) };
        match child {
            0 => {
                // SAFETY: both lists end with a null pointer and point to strings that end with NUL.
                unsafe {
                    libc::execve(program.as_ptr(), argv.as_ptr(), envp.as_ptr());
                    libc::_exit(127)
                }
            }
            -1 if std::io::Error::last_os_error().raw_os_error() == Some(libc::EEXIST) => None,
            -1 => panic!("clone3: {}", std::io::Error::last_os_error()),
            child => Some(Planted { pid: child as u32, reaped: false }),
        }
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// After this the pid is free, unless a process group or a session bears it.
    pub fn kill(&mut self) {
        if !std::mem::replace(&mut self.reaped, true) {
            let pid = nix::unistd::Pid::from_raw(self.pid as i32);
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
            let _ = nix::sys::wait::waitpid(pid, None);
        }
    }
}

impl Drop for Planted {
    fn drop(&mut self) {
        self.kill();
    }
}
