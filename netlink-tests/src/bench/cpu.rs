//! CPU time as processes really get it: by their ticks, not by what their groups say.

use std::time::{Duration, Instant};

/// The shares of one core that these processes get from now on, over about `span`.
pub fn shares<const N: usize>(pids: [u32; N], span: Duration) -> [f64; N] {
    let (began, before) = (Instant::now(), pids.map(time));
    std::thread::sleep(span);
    let (took, after) = (began.elapsed(), pids.map(time));
    std::array::from_fn(|n| (after[n] - before[n]).as_secs_f64() / took.as_secs_f64())
}

/// The same, measured again while it is not as expected, three times at most. An emulated machine stands still while its
/// host is busy, and who runs on it at that moment is charged for all that time: once in a while, not three times.
pub fn shares_as<const N: usize>(
    pids: [u32; N],
    span: Duration,
    expected: impl Fn([f64; N]) -> bool,
) -> [f64; N] {
    let mut measured = shares(pids, span);
    for _ in 0..2 {
        if expected(measured) {
            break;
        }
        println!("shares of {measured:.3?} are not as expected, measuring again");
        measured = shares(pids, span);
    }
    println!("shares of {measured:.3?}");
    measured
}

/// What a process and its threads have had in all their life.
pub fn time(pid: u32) -> Duration {
    let process = procfs::process::Process::new(pid.cast_signed()).expect("a process");
    let stat = process.stat().expect("its stat");
    Duration::from_secs_f64((stat.utime + stat.stime) as f64 / procfs::ticks_per_second() as f64)
}

/// Keeps a process of one thread on one CPU.
pub fn pin(pid: u32, cpu: usize) {
    let mut cpus = nix::sched::CpuSet::new();
    cpus.set(cpu).expect("a CPU");
    nix::sched::sched_setaffinity(nix::unistd::Pid::from_raw(pid.cast_signed()), &cpus).expect("affinity");
}
