//! Limits ⇄ the files of a group. What was written is read back on the same descriptor: the kernel rounds, and where it
//! keeps something else than was asked for, that is told.

use super::failure;
use super::line::Line;
use crate::model::record::{Failure, LimitDrift, Step};
use crate::model::{LimitKey, Limits};
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::{Errno, pread, retry_on_intr, write};
use rustix::param::page_size;
use std::ffi::CStr;
use std::os::fd::AsFd;

/// Microseconds; the kernel's own default.
const PERIOD: u64 = 100_000;

/// The limits that the kernel did not take.
type Refused = Vec<(LimitKey, Failure)>;

/// Sets what differs from `limits`, of those that can hold. In a `fresh` group the kernel's defaults are known to stand.
pub(super) fn apply(
    group: impl AsFd,
    path: impl Fn() -> String,
    limits: &Limits,
    holds: impl Fn(LimitKey) -> bool,
    fresh: bool,
) -> Refused {
    let mut refused = Vec::new();
    for key in LimitKey::ALL.into_iter().filter(|&key| holds(key)) {
        if fresh && is_default(key, limits) {
            continue;
        }
        if let Err((errno, detail)) = put(&group, key, limits, fresh) {
            let file = format!("{}/{}", path(), file(key).to_string_lossy());
            refused.push((key, failure(Step::LimitWrite, errno, file, detail)));
        }
    }
    refused
}

/// What a group's files say now; a file that is not there limits nothing.
pub(super) fn read(group: impl AsFd) -> Limits {
    let number = |key| {
        let fd = openat(&group, file(key), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
        let mut buffer = [0; 64];
        parse(key, current(&fd, &mut buffer).ok()?)
    };
    let narrow = |key| number(key).and_then(|value| u32::try_from(value).ok());
    Limits {
        cpu_quota: narrow(LimitKey::CpuQuota),
        cpu_weight: narrow(LimitKey::CpuWeight).filter(|&weight| weight != 100),
        memory_limit: number(LimitKey::MemoryLimit),
    }
}

/// The files of these limits that do not say what writing `bound` left in them.
pub(super) fn drift(group: impl AsFd, bound: &Limits, holds: impl Fn(LimitKey) -> bool) -> Vec<LimitDrift> {
    let said = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    let mut drift = Vec::new();
    for key in LimitKey::ALL.into_iter().filter(|&key| holds(key)) {
        let mut buffer = [0; 64];
        let file = openat(&group, file(key), OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
        let Ok(held) = file.and_then(|fd| current(fd, &mut buffer)) else { continue };
        if !agrees(key, bound, held) {
            drift.push(LimitDrift {
                limit: key,
                found: said(held),
                wanted: said(text(key, bound).as_bytes()),
            });
        }
    }
    drift
}

fn put(group: impl AsFd, key: LimitKey, limits: &Limits, fresh: bool) -> Result<(), (Option<Errno>, String)> {
    let plain = |errno| (Some(errno), String::new());
    // Without NONBLOCK a memory.max below what is in use would keep us here until the kernel has freed the rest.
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let fd = openat(group, file(key), flags, Mode::empty()).map_err(plain)?;
    let wanted = text(key, limits);
    let mut buffer = [0; 64];
    if !fresh && agrees(key, limits, current(&fd, &mut buffer).map_err(plain)?) {
        return Ok(());
    }
    retry_on_intr(|| write(&fd, wanted.as_bytes())).map_err(|errno| {
        (Some(errno), format!("the value was \"{}\"", String::from_utf8_lossy(wanted.as_bytes())))
    })?;
    let held = current(&fd, &mut buffer).map_err(plain)?;
    if agrees(key, limits, held) {
        return Ok(());
    }
    let (wanted, held) = (String::from_utf8_lossy(wanted.as_bytes()), String::from_utf8_lossy(held));
    Err((None, format!("\"{wanted}\" was written, \"{held}\" is held")))
}

fn current(fd: impl AsFd, buffer: &mut [u8; 64]) -> Result<&[u8], Errno> {
    let length = retry_on_intr(|| pread(&fd, &mut buffer[..], 0))?;
    Ok(buffer[..length].trim_ascii())
}

fn file(key: LimitKey) -> &'static CStr {
    match key {
        LimitKey::CpuQuota => c"cpu.max",
        LimitKey::CpuWeight => c"cpu.weight",
        LimitKey::MemoryLimit => c"memory.max",
    }
}

fn text(key: LimitKey, limits: &Limits) -> Line<48> {
    match (key, value(key, limits)) {
        (LimitKey::CpuQuota, Some(percent)) => {
            Line::of(format_args!("{} {PERIOD}", percent * (PERIOD / 100)))
        }
        (LimitKey::CpuQuota, None) => Line::of(format_args!("max {PERIOD}")),
        (LimitKey::CpuWeight, None) => Line::of(format_args!("100")),
        (LimitKey::MemoryLimit, None) => Line::of(format_args!("max")),
        (_, Some(number)) => Line::of(format_args!("{number}")),
    }
}

fn value(key: LimitKey, limits: &Limits) -> Option<u64> {
    match key {
        LimitKey::CpuQuota => limits.cpu_quota.map(u64::from),
        LimitKey::CpuWeight => limits.cpu_weight.map(u64::from),
        LimitKey::MemoryLimit => limits.memory_limit,
    }
}

fn is_default(key: LimitKey, limits: &Limits) -> bool {
    value(key, limits).is_none_or(|value| key == LimitKey::CpuWeight && value == 100)
}

fn agrees(key: LimitKey, limits: &Limits, held: &[u8]) -> bool {
    match value(key, limits) {
        // The kernel says "max" of anything from its own largest number on.
        Some(bytes) if key == LimitKey::MemoryLimit => match parse(key, held) {
            Some(held) => held == whole_pages(bytes),
            None => held == b"max" && bytes >= i64::MAX as u64 - 2 * page_size() as u64,
        },
        _ => held == text(key, limits).as_bytes(),
    }
}

/// `None` for "max", and for what cannot be understood.
fn parse(key: LimitKey, held: &[u8]) -> Option<u64> {
    let mut words = std::str::from_utf8(held).ok()?.split(' ');
    let number: u64 = words.next()?.parse().ok()?;
    match key {
        // Somebody else's period is translated; a fraction of a percent is lost.
        LimitKey::CpuQuota => number.checked_mul(100)?.checked_div(words.next()?.parse().ok()?),
        LimitKey::CpuWeight | LimitKey::MemoryLimit => Some(number),
    }
}

fn whole_pages(bytes: u64) -> u64 {
    bytes - bytes % page_size() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::governor::files;
    use std::path::Path;

    const ALL: Limits =
        Limits { cpu_quota: Some(150), cpu_weight: Some(50), memory_limit: Some(512 * 1024 * 1024 + 1) };

    fn group(folder: &Path, stand: [(&str, &str); 3]) -> std::os::fd::OwnedFd {
        for (name, text) in stand {
            std::fs::write(folder.join(name), text).expect("written");
        }
        files::open_folder(rustix::fs::CWD, folder).expect("opened")
    }

    const DEFAULTS: [(&str, &str); 3] =
        [("cpu.max", "max 100000\n"), ("cpu.weight", "100\n"), ("memory.max", "max\n")];

    #[test]
    fn texts_are_what_the_kernel_asks_for() {
        let shown = |limits: &Limits| {
            LimitKey::ALL.map(|key| String::from_utf8_lossy(text(key, limits).as_bytes()).into_owned())
        };
        assert_eq!(shown(&ALL), ["150000 100000", "50", "536870913"]);
        assert_eq!(shown(&Limits::default()), ["max 100000", "100", "max"]);
        let largest = Limits { cpu_quota: Some(u32::MAX), ..ALL };
        assert_eq!(shown(&largest)[0], "4294967295000 100000");
    }

    #[test]
    fn a_fresh_group_with_defaults_is_not_written_to() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // No file is there: a write would fail.
        let dir = files::open_folder(rustix::fs::CWD, folder.path()).expect("opened");
        let defaults = Limits { cpu_weight: Some(100), ..Limits::default() };
        let applied = apply(&dir, || "g".into(), &defaults, |_| true, true);
        assert!(applied.is_empty(), "{applied:?}");
    }

    #[test]
    fn only_the_difference_is_written() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let dir = group(folder.path(), DEFAULTS);
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        let weight = folder.path().join("cpu.weight");
        let file = std::fs::File::options().write(true).open(&weight).expect("opened");
        file.set_modified(long_ago).expect("set");
        let only_cpu = Limits { cpu_quota: Some(300), ..Limits::default() };
        assert!(apply(&dir, || "g".into(), &only_cpu, |_| true, false).is_empty());
        assert_eq!(read(&dir), only_cpu);
        assert_eq!(file.metadata().and_then(|file| file.modified()).expect("asked"), long_ago);
    }

    #[test]
    fn what_cannot_hold_is_left_and_what_is_refused_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let dir = group(folder.path(), DEFAULTS);
        std::fs::remove_file(folder.path().join("cpu.weight")).expect("removed");
        let applied = apply(&dir, || "g".into(), &ALL, |key| key != LimitKey::CpuQuota, true);
        assert_eq!(read(&dir).cpu_quota, None);
        let named: Vec<_> = applied.iter().map(|(key, why)| (*key, why.errno, why.path.as_str())).collect();
        // A plain file keeps the odd byte, which the kernel would have cut: that is a difference, too.
        assert_eq!(named[0], (LimitKey::CpuWeight, Errno::NOENT.raw_os_error(), "g/cpu.weight"));
        assert_eq!(named[1], (LimitKey::MemoryLimit, 0, "g/memory.max"));
        assert!(applied[1].1.detail.contains("\"536870913\" was written"), "{:?}", applied[1]);
    }

    #[test]
    fn what_somebody_else_wrote_is_found_and_what_cannot_hold_is_not_looked_at() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let stand = [("cpu.max", "150000 100000\n"), ("cpu.weight", "7\n"), ("memory.max", "max\n")];
        let dir = group(folder.path(), stand);
        let drifted: Vec<_> = drift(&dir, &ALL, |key| key != LimitKey::MemoryLimit)
            .into_iter()
            .map(|drift| (drift.limit, drift.found, drift.wanted))
            .collect();
        assert_eq!(drifted, [(LimitKey::CpuWeight, "7".into(), "50".into())]);
    }

    #[test]
    fn what_the_kernel_rounds_still_stands() {
        assert!(agrees(LimitKey::MemoryLimit, &ALL, b"536870912"));
        assert!(!agrees(LimitKey::MemoryLimit, &ALL, b"536870913"));
        assert!(agrees(LimitKey::MemoryLimit, &Limits { memory_limit: Some(u64::MAX), ..ALL }, b"max"));
        assert!(!agrees(LimitKey::MemoryLimit, &Limits { memory_limit: Some(u64::MAX), ..ALL }, b"?"));
        assert!(!agrees(LimitKey::MemoryLimit, &ALL, b"max"));
        assert_eq!(parse(LimitKey::CpuQuota, b"25000 50000"), Some(50));
    }
}
