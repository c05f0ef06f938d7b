//! Writes the "newc" cpio archive the kernel unpacks as its first root file system. Everything in it belongs
//! to root. Nothing is staged on disk first, so files go from where they are straight into the archive.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::host::{Result, at};

const FOLDER: u32 = 0o040_755;
const LINK: u32 = 0o120_777;
const REGULAR: u32 = 0o100_000;
/// All times are equal: what matters in a guest is that none is in its future.
const MODIFIED: u32 = 1_700_000_000;

/// An archive being written. Paths are absolute, as the guest will see them; folders appear as they are needed.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    out: BufWriter<File>,
    written: BTreeSet<PathBuf>,
}

impl Archive {
    pub fn create(path: &Path) -> Result<Self> {
        let out = BufWriter::new(at(path, File::create(path))?);
        Ok(Self { path: path.to_owned(), out, written: BTreeSet::from([PathBuf::from("/")]) })
    }

    pub fn folder(&mut self, place: &Path) -> Result<()> {
        self.entry(place, FOLDER, b"")
    }

    pub fn link(&mut self, place: &Path, target: &str) -> Result<()> {
        self.entry(place, LINK, target.as_bytes())
    }

    pub fn text(&mut self, place: &Path, text: &str) -> Result<()> {
        self.entry(place, REGULAR | 0o644, text.as_bytes())
    }

    /// Copies `from` (followed if it is a link) with its permissions; of a folder, all that is in it.
    pub fn copy(&mut self, place: &Path, from: &Path) -> Result<()> {
        let metadata = at(from, fs::metadata(from))?;
        if !metadata.is_dir() {
            let content = at(from, fs::read(from))?;
            return self.entry(place, REGULAR | (metadata.mode() & 0o777), &content);
        }
        self.folder(place)?;
        for inside in at(from, fs::read_dir(from))? {
            let inside = at(from, inside)?;
            self.copy(&place.join(inside.file_name()), &inside.path())?;
        }
        Ok(())
    }

    pub fn finish(mut self) -> Result<()> {
        self.put("TRAILER!!!", 0, b"")?;
        at(&self.path, self.out.flush())
    }

    /// Writes one entry, after the folders that lead to it; a place already filled stays as it is.
    fn entry(&mut self, place: &Path, mode: u32, content: &[u8]) -> Result<()> {
        if !self.written.insert(place.to_owned()) {
            return Ok(());
        }
        if let Some(parent) = place.parent() {
            self.folder(parent)?;
        }
        let name = place.to_str().and_then(|name| name.strip_prefix('/'));
        let name = name.ok_or_else(|| format!("{} cannot be named in an archive", place.display()))?;
        self.put(name, mode, content)
    }

    fn put(&mut self, name: &str, mode: u32, content: &[u8]) -> Result<()> {
        let inode = self.written.len();
        let (size, name_size) = (content.len(), name.len() + 1);
        // magic, inode, mode, uid, gid, links, mtime, size, 4 device numbers, name size, checksum
        let header = format!(
            "070701{inode:08x}{mode:08x}{0:08x}{0:08x}{1:08x}{MODIFIED:08x}{size:08x}\
             {0:08x}{0:08x}{0:08x}{0:08x}{name_size:08x}{0:08x}{name}\0",
            0, 1
        );
        let written = [header.as_bytes(), content].into_iter().try_for_each(|part| {
            self.out.write_all(part)?;
            self.out.write_all(&[0; 3][..part.len().wrapping_neg() % 4])
        });
        at(&self.path, written)
    }
}
