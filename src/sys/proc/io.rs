//! What a process has read from and written to storage: one small file. It may have to wait while the process becomes
//! another program, so it is read only of those that have run.

use super::{PidPath, Proc};
use crate::model::Pid;
use crate::model::sample::Io;

impl Proc {
    /// `None` where the kernel does not let us read it.
    pub fn io(&self, pid: Pid) -> Option<Io> {
        parse(self.read(&PidPath::of(pid, "/io"), &mut [0; 256])?)
    }
}

/// `rchar` and `wchar` are another thing: they count pipes and sockets, too, and what the page cache gave.
fn parse(text: &[u8]) -> Option<Io> {
    let text = std::str::from_utf8(text).ok()?;
    let bytes = |key| text.lines().find_map(|line| line.strip_prefix(key)?.parse().ok());
    Some(Io { read: bytes("read_bytes: ")?, written: bytes("write_bytes: ")? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::path::Path;

    #[test]
    fn bytes_of_storage_are_taken_and_no_others() {
        let text = b"rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 5\n";
        assert_eq!(parse(text), Some(Io { read: 4096, written: 8192 }));
        assert_eq!(parse(&text[..60]), None);
        assert_eq!(parse(b""), None);
    }

    #[test]
    fn what_this_process_writes_is_counted() {
        let proc = Proc::open(Path::new("/proc")).unwrap();
        let own = Pid(std::process::id());
        let Some(before) = proc.io(own) else { return };
        let mut file = tempfile::NamedTempFile::new_in(env!("CARGO_MANIFEST_DIR")).unwrap();
        file.write_all(&vec![7; 1 << 20]).unwrap();
        file.as_file().sync_all().unwrap();
        let after = proc.io(own).unwrap();
        assert!(
            after.read >= before.read && after.written >= before.written + (1 << 20),
            "{before:?} {after:?}"
        );
    }
}
