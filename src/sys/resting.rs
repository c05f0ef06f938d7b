//! The bytes of a file that people and tools write in place. While it is written it shows a part of itself, and a part of
//! a configuration is often a good one, only another; so it is read when it has been at rest. Not for files of ours.

use super::{clock, host};
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

/// Who writes a file does not pause for so long in the middle of it.
const REST: Duration = Duration::from_millis(100);
const TRIES: u32 = 20;

/// Changes with every write, truncation and replacement.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Mark {
    file: (u64, u64),
    size: u64,
    changed: (i64, i64),
}

/// Waits for the pause, two seconds at most: not for the event loop.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut last = None;
    for _ in 0..TRIES {
        let file = host::open_file(path)?;
        let before = Mark::of(&file.metadata()?);
        let bytes = host::read_open(&file)?;
        // A clock that was set back makes every file look new: then two equal readings will do.
        if before == Mark::of(&file.metadata()?) && (before.is_old() || last == Some(before)) {
            return Ok(bytes);
        }
        last = Some(before);
        std::thread::sleep(REST);
    }
    Err(io::Error::other("it is being written to without a pause; read it again when that has ended"))
}

impl Mark {
    fn of(file: &Metadata) -> Mark {
        Mark { file: (file.dev(), file.ino()), size: file.size(), changed: (file.ctime(), file.ctime_nsec()) }
    }

    fn is_old(&self) -> bool {
        let (seconds, nanos) = self.changed;
        let age = clock::now().wall.0.saturating_sub(seconds.saturating_mul(1_000_000_000) + nanos);
        u128::try_from(age).is_ok_and(|age| age >= REST.as_nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_is_read_whole_whatever_its_writers_pauses() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let mut file = std::fs::File::create(&path).unwrap();
        let writer = std::thread::spawn(move || {
            for line in 0..30 {
                writeln!(file, "{line}").unwrap();
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let text = String::from_utf8(read(&path).unwrap()).unwrap();
        assert_eq!(text.lines().count(), 30);
        writer.join().unwrap();
    }

    #[test]
    fn what_is_old_is_read_at_once_and_what_is_not_there_is_an_error() {
        assert!(!read(Path::new("/proc/self/exe")).unwrap().is_empty());
        assert_eq!(read(Path::new("/nowhere")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
