//! Short names of processes, kept inline so that the event path allocates nothing.

use std::fmt;

/// At most `N` bytes of a name, kept in place. `cut` tells that the original was longer.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name<const N: usize> {
    bytes: [u8; N],
    len: u8,
    cut: bool,
}

/// The kernel's own short name of a task: 15 bytes, any byte but NUL.
pub type Comm = Name<15>;

/// One component of a path: NAME_MAX bytes.
pub type FileName = Name<255>;

impl<const N: usize> Name<N> {
    pub fn new(name: &[u8]) -> Self {
        let len = name.len().min(N);
        let mut bytes = [0; N];
        bytes[..len].copy_from_slice(&name[..len]);
        Name { bytes, len: len as u8, cut: name.len() > N }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    pub fn is_cut(&self) -> bool {
        self.cut
    }
}

impl<const N: usize> Default for Name<N> {
    fn default() -> Self {
        Name { bytes: [0; N], len: 0, cut: false }
    }
}

impl<const N: usize> fmt::Debug for Name<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", super::text::Escaped(self.as_bytes()))
    }
}

/// The last component of a path, without the kernel's " (deleted)".
pub fn base_name(path: &[u8]) -> &[u8] {
    let path = path.strip_suffix(b" (deleted)").unwrap_or(path);
    path.rsplit(|&b| b == b'/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_name_of_a_deleted_executable() {
        assert_eq!(base_name(b"/usr/bin/ffmpeg (deleted)"), b"ffmpeg");
        assert_eq!(base_name(b"ffmpeg"), b"ffmpeg");
        assert_eq!(base_name(b"/usr/bin/"), b"");
    }

    #[test]
    fn a_long_name_is_cut_and_says_so() {
        let name = Comm::new(b"gst-launch-1.0-long");
        assert_eq!(name.as_bytes(), b"gst-launch-1.0-");
        assert!(name.is_cut());
    }
}
