//! The nobodies of a soak: processes and threads that begin and end as cheaply as the kernel allows, in waves, so many a
//! second: `crowd 2000`. Prints after each wave how many there have been: "PROCESSES THREADS WRAPS", the last being how
//! often the kernel began again with small pids.
#![expect(clippy::disallowed_methods, reason = "a program of the tests, not of the product")]

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
    let mut next = Instant::now();
    for wave in 1.. {
        for _ in 0..WAVE / TOGETHER {
            let children: Vec<Pid> = (0..TOGETHER).map(|n| begin(&this, n == 0)).collect();
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

#[expect(unsafe_code, reason = "forking without exec is the cheapest life there is")]
fn begin(this: &CStr, exec: bool) -> Pid {
    // SAFETY: between storms this program has one thread; the child only becomes another program or ends.
    match unsafe { fork() }.expect("fork") {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            if exec {
                let _ = execv(this, &[this, c"nobody"]);
            }
            // SAFETY: ends this process and nothing else.
            unsafe { libc::_exit(0) }
        }
    }
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
