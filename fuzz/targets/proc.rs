//! Texts of /proc: the stat line, the groups of a process, the mounts. What was understood is written anew in the
//! kernel's way, and must be understood in the same way again.
#![no_main]

use ffrtmp::sys::cgroup_file::unified;
use ffrtmp::sys::governor::mount::{self, Mount};
use ffrtmp::sys::stat::{self, Stat};
use libfuzzer_sys::fuzz_target;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

fuzz_target!(|text: &[u8]| {
    if let Some(stat) = stat::parse(text) {
        assert_eq!(stat::parse(&stat_line(&stat)), Some(stat));
    }
    if let Some(group) = unified(text) {
        assert!(!group.contains(&b'\n'));
        assert_eq!(unified(&[b"1:name=systemd:/\n0::", group, b"\n"].concat()), Some(group));
    }
    let mounts = mount::listed(text);
    for mount in &mounts {
        assert_eq!(mount::listed(mount_line(mount).as_bytes()), [mount.clone()]);
        assert_eq!(mount.below(&mount.shown(Path::new("a/b"))), Some(&b"a/b"[..]));
    }
    assert_eq!(mount::choose(&mounts, None).is_ok(), !mounts.is_empty());
});

/// As in proc_pid_stat(5), with zeros where nobody looks.
fn stat_line(stat: &Stat<'_>) -> Vec<u8> {
    let Stat {
        pid,
        comm,
        state,
        ppid,
        flags,
        utime,
        stime,
        cutime,
        cstime,
        nice,
        num_threads,
        starttime,
        rss,
        startstack,
    } = stat;
    let head = format!("{pid} (");
    let tail = format!(
        " {ppid} 0 0 0 0 {flags} 0 0 0 0 {utime} {stime} {cutime} {cstime} 0 {nice} {num_threads} 0 {starttime} 0 {rss} \
         0 0 0 {startstack} 0\n"
    );
    [head.as_bytes(), comm, b") ", &[*state], tail.as_bytes()].concat()
}

fn mount_line(mount: &Mount) -> String {
    let (top, point) = (octal(&mount.top), octal(mount.point.as_os_str().as_bytes()));
    let how = if mount.writable { "rw" } else { "ro" };
    format!("31 23 0:28 {top} {point} {how} - cgroup2 cgroup2 rw\n")
}

/// The kernel writes so what would end a field; every byte may be.
fn octal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("\\{byte:03o}")).collect()
}
