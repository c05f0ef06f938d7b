//! What the whole host uses. The kernel adds up counters of all processors for it: asked once a sampling pass.

use super::host;
use crate::model::sample::{CpuTime, HostUse};
use std::path::Path;

/// `None` where `/proc` does not tell.
pub fn host_use() -> Option<HostUse> {
    let (busy, cores) = parse(&host::read_file(Path::new("/proc/stat")).ok()?)?;
    Some(HostUse { busy, cores, memory: host::memory()? })
}

/// The first line is the sum, a line for each processor follows.
fn parse(text: &[u8]) -> Option<(CpuTime, u32)> {
    let text = std::str::from_utf8(text).ok()?;
    let sum = text.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = sum.split_whitespace().map_while(|field| field.parse().ok()).collect();
    // Then idle, iowait, irq, softirq and steal, which are no process's; a guest's time is contained in the first two.
    let &[user, nice, system, ..] = ticks.as_slice() else { return None };
    let nanos = 1_000_000_000 / rustix::param::clock_ticks_per_second();
    let cores = text.lines().skip(1).take_while(|line| line.starts_with("cpu")).count();
    Some((CpuTime((user + nice + system).saturating_mul(nanos)), u32::try_from(cores).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_host_is_busy_and_has_cores_and_memory() {
        let before = host_use().unwrap();
        let spun = super::super::clock::thread_cpu();
        while super::super::clock::thread_cpu() - spun < std::time::Duration::from_millis(60) {}
        let after = host_use().unwrap();
        assert!(after.busy.since(before.busy).as_millis() >= 30, "{before:?} {after:?}");
        assert!(after.cores >= 1 && after.memory > 1 << 20);
    }

    #[test]
    fn busy_is_what_processes_had() {
        let text = b"cpu  100 20 3 4000 5 6 7 8 9 10\ncpu0 1 2 3\ncpu1 1 2 3\nintr 1 2\n";
        assert_eq!(parse(text), Some((CpuTime(1_230_000_000), 2)));
        assert_eq!(parse(b"cpu  100 20\n"), None);
        assert_eq!(parse(b""), None);
    }
}
