//! Limits ⇄ the files of a group. What was written is read back on the same descriptor: the kernel rounds, and where it
//! keeps something else than was asked for, that is told.

mod disks;
mod file;
mod processors;

use super::{failure, files};
use crate::model::record::{Failure, LimitDrift, Step};
use crate::model::{Amount, LimitKey, Limits};
pub(super) use file::{agrees as says, file, files as all_files, parse};
use file::{agrees, held_by, text};
use rustix::fs::{Mode, OFlags, openat};
use rustix::io::{Errno, pread, retry_on_intr, write};
use std::ffi::CStr;
use std::os::fd::AsFd;

/// As many bytes as any of these files has: a list of processors may be long.
const LONGEST: usize = 4096;

/// Why one was not: what the kernel said, and about what.
type Refusal = (Option<Errno>, String);

/// The limits that the kernel did not take.
pub(super) type Refused = Vec<(LimitKey, Failure)>;

/// Sets what differs from `limits`, of those that can hold. In a `fresh` group the kernel's defaults are known to stand.
pub(super) fn apply(
    group: impl AsFd,
    path: impl Fn() -> String,
    limits: &Limits,
    holds: impl Fn(LimitKey) -> bool,
    fresh: bool,
) -> Refused {
    let mut refused = Vec::new();
    for (key, file) in all_files().filter(|(key, _)| holds(*key)) {
        if fresh && is_unlimited(key, limits.get(key)) {
            continue;
        }
        let amount = held_by(file, limits.get(key));
        let written = match key {
            LimitKey::IoMax => disks::put(&group, amount.as_ref()),
            _ => put(&group, key, file, amount.as_ref(), fresh),
        };
        if let Err((errno, detail)) = written {
            let file = format!("{}/{}", path(), file.to_string_lossy());
            refused.push((key, failure(Step::LimitWrite, errno, file, detail)));
        }
    }
    refused
}

/// What a group's files say now; a file that is not there limits nothing.
pub(super) fn read(group: impl AsFd) -> Limits {
    let standing = |(key, file)| {
        if key == LimitKey::IoMax {
            return Some((key, disks::read(&group)?));
        }
        let fd = openat(&group, file, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
        let mut buffer = [0; LONGEST];
        Some((key, parse(key, current(&group, key, None, &fd, &mut buffer).ok()?)?))
    };
    all_files().filter_map(standing).collect()
}

/// What the file of one limit says, as it stands; `None` where it is not there.
pub(super) fn standing(group: impl AsFd, key: LimitKey) -> Option<String> {
    let fd = openat(&group, file(key)?, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let mut buffer = [0; LONGEST];
    current(&group, key, None, &fd, &mut buffer).ok().map(str::to_owned)
}

/// Has a file say again what it said; `before` is the kernel's own text.
pub(super) fn put_back(group: impl AsFd, key: LimitKey, before: &str) {
    let Some(file) = file(key) else { return };
    // A line is a command of its own where there are several.
    let written = match parse(key, before) {
        None => put(&group, key, file, None, false).is_ok(),
        Some(_) => before.lines().all(|line| files::write_to(&group, file, line.as_bytes()).is_ok()),
    };
    // The group's owner may have changed its mind, and the group: there is nobody to tell.
    let _ = written;
}

/// The files of these limits that do not say what writing `bound` left in them.
pub(super) fn drift(group: impl AsFd, bound: &Limits, holds: impl Fn(LimitKey) -> bool) -> Vec<LimitDrift> {
    let mut drift = Vec::new();
    for (key, file) in all_files().filter(|(key, _)| holds(*key)) {
        let amount = held_by(file, bound.get(key));
        if key == LimitKey::IoMax {
            let differs = disks::drift(&group, amount.as_ref());
            drift.extend(differs.map(|(found, wanted)| LimitDrift { limit: key, found, wanted }));
            continue;
        }
        let mut buffer = [0; LONGEST];
        let fd = openat(&group, file, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty());
        let Ok(held) = fd.and_then(|fd| current(&group, key, amount.as_ref(), fd, &mut buffer)) else {
            continue;
        };
        if !agrees(key, amount.as_ref(), held) {
            drift.push(LimitDrift {
                limit: key,
                found: held.to_owned(),
                wanted: text(key, amount.as_ref()).trim_end().to_owned(),
            });
        }
    }
    drift
}

fn put(
    group: impl AsFd,
    key: LimitKey,
    file: &CStr,
    amount: Option<&Amount>,
    fresh: bool,
) -> Result<(), Refusal> {
    let plain = |errno| (Some(errno), String::new());
    // Without NONBLOCK a memory.max below what is in use would keep us here until the kernel has freed the rest.
    let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let fd = match openat(&group, file, flags, Mode::empty()) {
        Err(Errno::NOENT) if amount.is_none() => return Ok(()), // what is not there limits nothing
        Err(Errno::NOENT) if key == LimitKey::IoWeight => return Ok(()), // it has two, and either will do
        opened => opened.map_err(plain)?,
    };
    let wanted = text(key, amount);
    let mut buffer = [0; LONGEST];
    if !fresh && agrees(key, amount, current(&group, key, amount, &fd, &mut buffer).map_err(plain)?) {
        return Ok(());
    }
    let shown = wanted.trim_end();
    let write = |text: &str| retry_on_intr(|| write(&fd, text.as_bytes()));
    let written = match (key, write(&wanted)) {
        // A burst that stands may not be more than the quota: its turn comes next.
        (LimitKey::CpuQuota, Err(Errno::INVAL)) => {
            let _ = files::write_to(&group, c"cpu.max.burst", b"0");
            write(&wanted)
        }
        (LimitKey::Cpus, Err(Errno::NOSPC)) if amount.is_none() => {
            processors::all(&group).and_then(|all| write(&all))
        }
        (_, written) => written,
    };
    written.map_err(|errno| (Some(errno), format!("the value was \"{shown}\"")))?;
    let held = current(&group, key, amount, &fd, &mut buffer).map_err(plain)?;
    if !agrees(key, amount, held) {
        return Err((None, format!("\"{shown}\" was written, \"{held}\" is held")));
    }
    match amount {
        Some(Amount::Words(asked)) if key == LimitKey::Cpus => processors::granted(&group, asked)
            .map_err(|granted| (None, format!("\"{asked}\" was asked for, \"{granted}\" is granted"))),
        _ => Ok(()),
    }
}

fn is_unlimited(key: LimitKey, amount: Option<&Amount>) -> bool {
    amount.is_none_or(|amount| agrees(key, None, &text(key, Some(amount))))
}

/// What a file says, for one who asks whether it says `amount`.
fn current<'b>(
    group: impl AsFd,
    key: LimitKey,
    amount: Option<&Amount>,
    fd: impl AsFd,
    buffer: &'b mut [u8; LONGEST],
) -> Result<&'b str, Errno> {
    let length = retry_on_intr(|| pread(&fd, &mut buffer[..], 0))?;
    // Bytes that are no text are nobody's limit.
    let held = std::str::from_utf8(&buffer[..length]).unwrap_or("?").trim_ascii();
    Ok(match key {
        // A list of all there are limits nothing, unless it is what was asked for.
        LimitKey::Cpus if amount.is_none() && processors::are_all(group, held) => "",
        // Weights of single disks, which somebody else has set, come behind it.
        LimitKey::IoWeight => held.lines().next().unwrap_or_default(),
        _ => held,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::governor::files;
    use std::path::Path;

    fn all() -> Limits {
        use LimitKey::*;
        Limits::from([(CpuQuota, 150), (CpuWeight, 50), (MemoryLimit, 512 * 1024 * 1024 + 1)])
    }

    fn group(folder: &Path, stand: [(&str, &str); 3]) -> std::os::fd::OwnedFd {
        for (name, text) in stand {
            std::fs::write(folder.join(name), text).expect("written");
        }
        files::open_folder(rustix::fs::CWD, folder).expect("opened")
    }

    const DEFAULTS: [(&str, &str); 3] =
        [("cpu.max", "max 100000\n"), ("cpu.weight", "100\n"), ("memory.max", "max\n")];

    #[test]
    fn a_fresh_group_with_defaults_is_not_written_to() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // No file is there: a write would fail.
        let dir = files::open_folder(rustix::fs::CWD, folder.path()).expect("opened");
        let defaults = Limits::from([(LimitKey::CpuWeight, 100)]);
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
        let only_cpu = Limits::from([(LimitKey::CpuQuota, 300)]);
        assert!(apply(&dir, || "g".into(), &only_cpu, |_| true, false).is_empty());
        assert_eq!(read(&dir), only_cpu);
        assert_eq!(file.metadata().and_then(|file| file.modified()).expect("asked"), long_ago);
    }

    #[test]
    fn what_cannot_hold_is_left_and_what_is_refused_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let dir = group(folder.path(), DEFAULTS);
        std::fs::remove_file(folder.path().join("cpu.weight")).expect("removed");
        let applied = apply(&dir, || "g".into(), &all(), |key| key != LimitKey::CpuQuota, true);
        assert_eq!(read(&dir).get(LimitKey::CpuQuota), None);
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
        let drifted: Vec<_> = drift(&dir, &all(), |key| key != LimitKey::MemoryLimit)
            .into_iter()
            .map(|drift| (drift.limit, drift.found, drift.wanted))
            .collect();
        assert_eq!(drifted, [(LimitKey::CpuWeight, "7".into(), "50".into())]);
    }
}
