//! The least that anybody can do who reads /proc: list it, and of each process open, read and close stat and parse it, with
//! nothing allocated. What a pass costs is told as a ratio to this, in processor time of the same minute.

use rustix::fs::{CWD, Mode, OFlags, RawDir, openat};
use std::hint::black_box;
use std::mem::MaybeUninit;

pub(crate) fn stats_read_and_parsed() {
    let mut line = [0; 1024];
    let root = openat(CWD, "/proc", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).expect("/proc");
    let mut buffer = [MaybeUninit::uninit(); 32 << 10];
    let mut entries = RawDir::new(&root, &mut buffer);
    while let Some(Ok(entry)) = entries.next() {
        let name = entry.file_name().to_bytes();
        if name[0].is_ascii_digit() {
            let mut path = [0; 24];
            path[..name.len()].copy_from_slice(name);
            path[name.len()..name.len() + 5].copy_from_slice(b"/stat");
            let Ok(file) = openat(&root, &path[..name.len() + 5], OFlags::RDONLY, Mode::empty()) else {
                continue;
            };
            let length = rustix::io::read(&file, &mut line).unwrap_or(0);
            black_box(start_time(&line[..length]));
        }
    }
}

/// State, parent and start time: every number on the way is parsed.
fn start_time(line: &[u8]) -> Option<(u8, u64, u64)> {
    let behind = line.iter().rposition(|&b| b == b')')? + 2;
    let state = *line.get(behind)?;
    let mut numbers = line[behind + 2..].split(|&b| b == b' ').map(|digits| {
        digits
            .iter()
            .fold(0_u64, |n, digit| n.wrapping_mul(10).wrapping_add(u64::from(digit.wrapping_sub(b'0'))))
    });
    let parent = numbers.next()?;
    Some((state, parent, numbers.nth(17)?))
}

/// The list alone.
pub(crate) fn listed() {
    let root = openat(CWD, "/proc", OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).expect("/proc");
    let mut buffer = [MaybeUninit::uninit(); 32 << 10];
    let mut entries = RawDir::new(&root, &mut buffer);
    while let Some(Ok(entry)) = entries.next() {
        black_box(entry.file_name());
    }
}
