//! The nobodies of a soak: processes and threads that begin and end as cheaply as the kernel allows, in waves, so many a
//! second: `crowd 2000`. Prints after each wave how many there have been: "PROCESSES THREADS WRAPS", the last being how
//! often the kernel began again with small pids.
#![expect(clippy::disallowed_methods, reason = "a program of the tests, not of the product")]

use nix::sched::{CloneFlags, clone};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, execv, fork};
use std::ffi::{CStr, CString};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::time::{Duration, Instant};

/// Lifetimes in a wave of processes, and in a storm of threads.
const WAVE: usize = 200;
/// As many live at the same time.
const TOGETHER: usize = 10;
const STORM: usize = 300;
/// One storm in so many waves.
const STORMS: usize = 16;

#[derive(Default)]
struct Lived {
    processes: usize,
    threads: usize,
    wraps: usize,
    last: i32,
}

fn main() {
    let word = std::env::args().nth(1).expect("lifetimes a second, or `nobody`");
    if word == "nobody" {
        return;
    }
    let rate: f64 = word.parse().expect("a number");
    let pause = Duration::from_secs_f64(WAVE as f64 / rate);
    let this = std::env::current_exe().expect("own path");
    let this = CString::new(this.as_os_str().as_bytes()).expect("no NUL");
    let mut lived = Lived::default();
    let mut stack = [0; 16 << 10];
    let mut next = Instant::now();
    for wave in 1.. {
        for _ in 0..WAVE / TOGETHER {
            let brief = (1..TOGETHER).map(|_| come_and_go(&mut stack));
            let children: Vec<Pid> = std::iter::once(become_another(&this)).chain(brief).collect();
            children.into_iter().for_each(|child| lived.ended(child));
        }
        if wave % STORMS == 0 {
            lived.storm();
        }
        println!("{} {} {}", lived.processes, lived.threads, lived.wraps);
        // Nobody listens any more.
        if std::io::stdout().flush().is_err() {
            return;
        }
        // What could not be kept up with is not made up for.
        next = (next + pause).max(Instant::now());
        std::thread::sleep(next - Instant::now());
    }
}

/// One that becomes another program, which takes memory of its own.
#[expect(unsafe_code, reason = "forking is")]
fn become_another(this: &CStr) -> Pid {
    // SAFETY: between storms this program has one thread; the child only becomes another program or ends.
    match unsafe { fork() }.expect("fork") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            let _ = execv(this, &[this, c"nobody"]);
            // SAFETY: ends this process and nothing else.
            unsafe { libc::_exit(0) }
        }
    }
}

/// One that ends at once, which is the cheapest life there is: nothing of its parent is copied for it.
#[expect(unsafe_code, reason = "a process in the memory of another")]
fn come_and_go(stack: &mut [u8]) -> Pid {
    let flags = CloneFlags::CLONE_VM | CloneFlags::CLONE_VFORK;
    // SAFETY: it touches nothing but the stack that is given to it, and its parent waits until it has ended.
    unsafe { clone(Box::new(|| 0), stack, flags, Some(libc::SIGCHLD)) }.expect("clone")
}

impl Lived {
    fn ended(&mut self, child: Pid) {
        waitpid(child, None).expect("wait");
        self.processes += 1;
        self.wraps += usize::from(child.as_raw() < self.last);
        self.last = child.as_raw();
    }

    fn storm(&mut self) {
        let thread = || std::thread::Builder::new().stack_size(16 << 10).spawn(|| {}).expect("a thread");
        let threads: Vec<_> = (0..STORM).map(|_| thread()).collect();
        self.threads += threads.len();
        threads.into_iter().for_each(|thread| thread.join().expect("its end"));
    }
}
