//! Our reader of /proc against the procfs crate's: over every process of this host, and over some with hostile names.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use ffrtmp::engine::effect::Wants;
use ffrtmp::model::Pid;
use ffrtmp::sys::proc::Proc;
use ffrtmp::sys::stat;
use netlink_tests::bench::{Actor, Planted, Stage, eventually};
use netlink_tests::need;
use procfs::FromRead;
use procfs::process::{Process, Stat, StatFlags};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

const WANTS: Wants = Wants { cwd: true, parent_exe: true };

/// Facts of one process, so that two readers of them can be compared.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    pid: i32,
    ppid: i32,
    comm: String,
    start: u64,
    uid: u32,
    kernel_thread: bool,
    zombie: bool,
    exe: Option<Vec<u8>>,
    cwd: Option<Vec<u8>>,
}

/// Only valid text comes through that crate unharmed, so names are compared as the text both make of them.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn theirs(pid: i32) -> Option<Facts> {
    let process = Process::new(pid).ok()?;
    let stat = process.stat().ok()?;
    let flags = StatFlags::from_bits_truncate(stat.flags);
    let file_name = |path: &Path| {
        let path = path.as_os_str().as_bytes();
        let path = path.strip_suffix(b" (deleted)").unwrap_or(path);
        path.rsplit(|&byte| byte == b'/').next().unwrap_or_default().to_vec()
    };
    Some(Facts {
        pid: stat.pid,
        ppid: stat.ppid,
        start: stat.starttime,
        uid: process.uid().ok()?,
        kernel_thread: flags.contains(StatFlags::PF_KTHREAD),
        zombie: matches!(stat.state, 'Z' | 'X' | 'x') && stat.num_threads <= 1,
        exe: process.exe().ok().map(|exe| file_name(&exe)),
        cwd: process.cwd().ok().map(|cwd| cwd.as_os_str().as_bytes().to_vec()),
        // Threads of the kernel may have longer names than anybody else; we keep what all can have.
        comm: if flags.contains(StatFlags::PF_KTHREAD) {
            stat.comm.chars().take(15).collect()
        } else {
            stat.comm
        },
    })
}

fn ours(proc: &Proc, pid: i32) -> Option<Facts> {
    let look = proc.look(Pid(pid as u32), WANTS)?;
    let seen = look.seen;
    Some(Facts {
        pid: seen.identity.pid.0 as i32,
        ppid: seen.ppid.0 as i32,
        comm: text(seen.comm.as_bytes()),
        start: seen.identity.start.0,
        uid: seen.uid,
        kernel_thread: seen.kernel_thread,
        zombie: seen.zombie,
        exe: look.exe.map(|exe| exe.as_bytes().to_vec()),
        cwd: look.cwd.map(|cwd| cwd.as_os_str().as_bytes().to_vec()),
    })
}

/// A process that changed between the readings is read again; in the end both must have seen the same.
fn agree(proc: &Proc, pid: i32) -> bool {
    let mut seen = (None, None);
    for _ in 0..20 {
        let before = theirs(pid);
        let ours = ours(proc, pid);
        if before != theirs(pid) {
            continue;
        }
        if ours == before {
            return before.is_some();
        }
        seen = (ours, before);
    }
    assert_eq!(seen.0, seen.1);
    false
}

#[test]
fn every_process_of_this_host() {
    let proc = Proc::open(Path::new("/proc")).expect("/proc");
    let stage = Stage::new();
    let mut zombie = Actor::start(&stage.copy("short"), "children 1 sleep");
    let _threads = Actor::start(&stage.copy("threads"), "threads 3 sleep");
    let deleted = stage.copy("deleted");
    let _unlinked = Actor::start(&deleted, "sleep");
    std::fs::remove_file(deleted).expect("removed");
    let agreed = |pid: u32| assert!(agree(&proc, pid as i32), "{pid}");
    agreed(std::process::id());
    // Where we may become somebody else.
    let _other = need::root("another user's process").then(|| {
        let other = Actor::start(&stage.copy("other"), "user 1000 sleep");
        eventually("it is another user's", || theirs(other.pid() as i32).is_some_and(|f| f.uid == 1000));
        agreed(other.pid());
        other
    });
    let mut count = 0;
    for process in procfs::process::all_processes().expect("/proc").flatten() {
        count += usize::from(agree(&proc, process.pid));
    }
    assert!(count > 3, "{count}");
    // Killed and not waited for.
    let pid = nix::unistd::Pid::from_raw(zombie.pid() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).expect("a signal");
    eventually("it is a zombie", || ours(&proc, pid.as_raw()).is_some_and(|facts| facts.zombie));
    agreed(zombie.pid());
    zombie.kill();
    assert_eq!((ours(&proc, pid.as_raw()), theirs(pid.as_raw())), (None, None));
}

#[test]
fn the_fields_of_the_line_itself() {
    for process in procfs::process::all_processes().expect("/proc").flatten() {
        let Ok(line) = std::fs::read(format!("/proc/{}/stat", process.pid)) else { continue };
        let (Some(ours), Ok(theirs)) = (stat::parse(&line), Stat::from_read(&line[..])) else { continue };
        assert_eq!(
            (ours.pid.0 as i32, char::from(ours.state), ours.flags, ours.utime, ours.stime),
            (theirs.pid, theirs.state, theirs.flags, theirs.utime, theirs.stime)
        );
        assert_eq!(
            (ours.num_threads as i64, ours.starttime.0, ours.rss, ours.startstack),
            (theirs.num_threads, theirs.starttime, theirs.rss, theirs.startstack)
        );
    }
}

#[test]
fn processes_with_hostile_names() {
    let proc = Proc::open(Path::new("/proc")).expect("/proc");
    let stage = Stage::new();
    for name in
        [&b") R 1 1 1"[..], b"a\nb", b"(((", b")))", b" ", b"\x1b[31m", b"\xff\xfe)", b"15 bytes of it!"]
    {
        let program = stage.copy(OsStr::from_bytes(name));
        let actor = Actor::of(Command::new(&program).arg("sleep"));
        // Its parent goes on a moment before it has its name.
        let named =
            || proc.look(Pid(actor.pid()), WANTS).is_some_and(|look| look.seen.comm.as_bytes() == name);
        eventually("it has become the program", named);
        agree(&proc, actor.pid() as i32);
        // What the crate makes text of is bytes to us.
        let look = proc.look(Pid(actor.pid()), WANTS).expect("it runs");
        assert_eq!((look.seen.comm.as_bytes(), look.exe.unwrap().as_bytes()), (name, name));
        let folder = stage.path().join(OsStr::from_bytes(&[b"in ", name].concat()));
        std::fs::create_dir(&folder).expect("a folder");
        let actor = Actor::of(Command::new(&program).arg("sleep").current_dir(&folder));
        assert_eq!(proc.look(Pid(actor.pid()), WANTS).expect("it runs").cwd, Some(folder));
    }
    let nameless = Planted::of(&stage.copy("nameless"), &[]);
    eventually("it has become the program", || {
        ours(&proc, nameless.pid() as i32).is_some_and(|facts| facts.comm == "nameless")
    });
    assert!(agree(&proc, nameless.pid() as i32));
}
