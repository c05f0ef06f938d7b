//! The crowd: a program that starts nobodies, and how many have lived so far, as it tells.

use super::actor::beside_tests;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Debug)]
pub struct Crowd {
    child: Child,
    told: Arc<[AtomicU64; 3]>,
}

#[derive(Clone, Copy, Debug)]
pub struct Lived {
    pub processes: u64,
    pub threads: u64,
    pub wraps: u64,
}

impl Crowd {
    /// In a process group of its own.
    pub fn start(rate: u64) -> Crowd {
        let mut command = Command::new(beside_tests("crowd"));
        command.arg(rate.to_string()).stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
        let mut child = command.spawn().expect("the crowd");
        let lines = BufReader::new(child.stdout.take().expect("its words")).lines();
        let told: Arc<[AtomicU64; 3]> = Arc::default();
        let telling = Arc::clone(&told);
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                for (number, word) in telling.iter().zip(line.split(' ')) {
                    number.store(word.parse().expect("a number"), Ordering::Relaxed);
                }
            }
        });
        Crowd { child, told }
    }

    pub fn lived(&self) -> Lived {
        let [processes, threads, wraps] = [0, 1, 2].map(|n| self.told[n].load(Ordering::Relaxed));
        Lived { processes, threads, wraps }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        let group = nix::unistd::Pid::from_raw(self.child.id().cast_signed());
        let _ = nix::sys::signal::killpg(group, nix::sys::signal::Signal::SIGKILL);
        let _ = self.child.wait();
    }
}
