//! Namespaces of the actor's own, so that a program can be started as a container would start it. Every mount here is
//! made in a mount namespace of our own that passes nothing on: the host's stay as they are.

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork, getuid};
use std::ffi::OsStr;
use std::fs::{File, write};
use std::sync::atomic::{AtomicBool, Ordering};

/// We have left the host's mounts.
static PRIVATE: AtomicBool = AtomicBool::new(false);

/// `unshare net,mnt`; a pid namespace begins with the next `fork`.
pub(super) fn leave(kinds: &OsStr) {
    let uid = getuid();
    for kind in kinds.to_str().expect("names").split(',') {
        let flag = match kind {
            "net" => CloneFlags::CLONE_NEWNET,
            "pid" => CloneFlags::CLONE_NEWPID,
            "user" => CloneFlags::CLONE_NEWUSER,
            "mnt" => CloneFlags::CLONE_NEWNS,
            "cgroup" => CloneFlags::CLONE_NEWCGROUP,
            other => panic!("no such namespace: {other}"),
        };
        unshare(flag).expect("unshare");
        match kind {
            // Root there is who we are here.
            "user" => {
                write("/proc/self/setgroups", "deny").expect("setgroups");
                write("/proc/self/uid_map", format!("0 {uid} 1")).expect("uid_map");
                write("/proc/self/gid_map", "0 0 1").expect("gid_map");
            }
            "mnt" => {
                let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
                mount(None::<&str>, "/", None::<&str>, private, None::<&str>).expect("private mounts");
                PRIVATE.store(true, Ordering::Relaxed);
            }
            _ => {}
        }
    }
}

/// The pid and mount namespaces of a process; as with `unshare`, the next `fork` is inside.
pub(super) fn enter(pid: i32) {
    let mounts = |of: &str| std::fs::read_link(format!("/proc/{of}/ns/mnt")).expect("a namespace");
    PRIVATE.store(mounts("self") != mounts(&pid.to_string()), Ordering::Relaxed);
    for (kind, flag) in [("pid", CloneFlags::CLONE_NEWPID), ("mnt", CloneFlags::CLONE_NEWNS)] {
        setns(File::open(format!("/proc/{pid}/ns/{kind}")).expect("a namespace"), flag).expect("setns");
    }
}

pub(super) fn make_read_only(folder: &OsStr) {
    assert_private();
    let bound = MsFlags::MS_BIND | MsFlags::MS_REC;
    mount(Some(folder), folder, None::<&str>, bound, None::<&str>).expect("a bind mount");
    let again = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
    mount(None::<&str>, folder, None::<&str>, again, None::<&str>).expect("a read-only mount");
}

/// An empty file system of so many KiB.
pub(super) fn mount_tmpfs(folder: &OsStr, kib: u32) {
    assert_private();
    let size = format!("size={kib}k,mode=755");
    mount(Some("tmpfs"), folder, Some("tmpfs"), MsFlags::empty(), Some(size.as_str())).expect("a tmpfs");
}

pub(super) fn unmount(folder: &OsStr) {
    assert_private();
    nix::mount::umount(folder).expect("no longer a mount");
}

pub(super) fn mount_proc(options: Option<&str>) {
    assert_private();
    mount(Some("proc"), "/proc", Some("proc"), MsFlags::empty(), options).expect("/proc");
}

fn assert_private() {
    assert!(PRIVATE.load(Ordering::Relaxed), "this would change the host's mounts: say `unshare mnt` before");
}

#[expect(unsafe_code, reason = "a pid namespace is entered by forking")]
pub(super) fn go_on_in_a_child() {
    // SAFETY: this program has one thread when it forks.
    if let ForkResult::Parent { child } = unsafe { fork() }.expect("fork") {
        let status = match waitpid(child, None).expect("wait") {
            WaitStatus::Exited(_, status) => status,
            _ => 128,
        };
        std::process::exit(status);
    }
}
