//! What the service itself uses. Cheap enough for the loop: two small files and a call each.

use super::{stat, ticks};
use crate::model::{StartTime, Wall};
use crate::sys::clock;
use rustix::fs::{Mode, OFlags, RawDir, fstat, openat};
use rustix::io::Errno;
use rustix::param::page_size;
use std::fs::File;
use std::io::Read;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::Duration;

#[derive(Debug)]
pub struct Own {
    /// Absent where /proc is another namespace's, and does not know us.
    process: Option<OwnedFd>,
    started: Wall,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OwnUse {
    pub started: Wall,
    pub cpu: Duration,
    /// Bytes.
    pub resident: Option<u64>,
    pub threads: Option<u64>,
    pub open_files: Option<u64>,
}

impl Own {
    /// `proc`: where that file system is.
    pub fn new(proc: &Path) -> Own {
        let process = File::open(proc.join("self")).map(OwnedFd::from).ok();
        let own = Own { process, started: clock::now().wall };
        let age = own.stat().map(|(start, ..)| ticks::age(start)).unwrap_or_default();
        Own { started: own.started.sooner_by(age), ..own }
    }

    pub fn read(&self) -> OwnUse {
        let stat = self.stat();
        OwnUse {
            started: self.started,
            cpu: clock::process_cpu(),
            resident: stat.map(|(_, _, resident)| resident),
            threads: stat.map(|(_, threads, _)| threads),
            open_files: self.open_files().ok(),
        }
    }

    /// Start in ticks, threads, resident bytes.
    fn stat(&self) -> Option<(StartTime, u64, u64)> {
        let mut line = Vec::with_capacity(512);
        let fd =
            openat(self.process.as_ref()?, c"stat", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
        File::from(fd).read_to_end(&mut line).ok()?;
        let stat = stat::parse(&line)?;
        Some((stat.starttime, stat.num_threads, stat.rss.saturating_mul(page_size() as u64)))
    }

    /// Without the one that is needed to count. Kernels from 6.2 on know the number, of others each is met.
    fn open_files(&self) -> Result<u64, Errno> {
        let process = self.process.as_ref().ok_or(Errno::NOENT)?;
        let folder =
            openat(process, c"fd", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let known = fstat(&folder)?.st_size;
        let mut all = u64::try_from(known).unwrap_or_default();
        if all == 0 {
            let mut buffer = [MaybeUninit::uninit(); 4096];
            let mut entries = RawDir::new(&folder, &mut buffer);
            while let Some(entry) = entries.next() {
                all += u64::from(!entry?.file_name().to_bytes().starts_with(b"."));
            }
        }
        Ok(all.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_this_process() {
        let own = Own::new(Path::new("/proc"));
        let before = own.read();
        let files: Vec<File> = (0..200).map(|_| File::open("/dev/null").unwrap()).collect();
        let memory = vec![1u8; 32 << 20];
        let after = own.read();
        assert!(after.cpu > before.cpu && after.threads >= Some(1), "{before:?} {after:?}");
        assert!(after.open_files.unwrap() >= before.open_files.unwrap() + 150, "{before:?} {after:?}");
        assert!(after.resident.unwrap() >= before.resident.unwrap() + (24 << 20), "{before:?} {after:?}");
        let age = clock::now().wall.0 - after.started.0;
        assert!((0..3_600_000_000_000).contains(&age), "{age}");
        drop((files, memory));
    }

    #[test]
    fn where_proc_does_not_know_us_little_is_known() {
        let nowhere = tempfile::tempdir().unwrap();
        let OwnUse { cpu, resident, threads, open_files, .. } = Own::new(nowhere.path()).read();
        assert_eq!((resident, threads, open_files), (None, None, None));
        assert!(cpu > Duration::ZERO);
    }
}
