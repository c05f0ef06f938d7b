//! Does one thing for a test to see in the process connector, on its main thread and under a pid of its own.
#![expect(clippy::disallowed_methods, reason = "a program of the tests, not of the product")]

use ffrtmp::sys::connector::{Connector, canary};
use netlink_tests::world::World;
use nix::sched::{CloneFlags, unshare};
use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::{Gid, Uid, setresgid, setresuid, setsid};
use rustix::thread::set_name;
use std::process::{Command, exit};
use std::thread;

const NOBODY: Uid = Uid::from_raw(65534);
const NOGROUP: Gid = Gid::from_raw(65534);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["canary"] => canary().expect("canary"),
        ["threads", count] => threads(count.parse().expect("a number")),
        ["uid"] => setresuid(NOBODY, NOBODY, NOBODY).expect("setresuid"),
        ["children", count] => children(count.parse().expect("a number")),
        ["names"] => names(),
        ["other-kinds"] => other_kinds(),
        ["other-network"] => other_network(),
        ["source"] => source(),
        ["source-overrun"] => source_overrun(),
        ["source-in-a-network-namespace"] => {
            unshare(CloneFlags::CLONE_NEWNET).expect("unshare");
            source();
        }
        ["source-in-a-pid-namespace"] => {
            unshare(CloneFlags::CLONE_NEWPID).expect("unshare");
            let this = std::env::current_exe().expect("own path");
            assert!(Command::new(this).arg("source").status().expect("child").success());
        }
        _ => exit(2),
    }
}

/// All thread events there are: start, rename, end.
fn threads(count: usize) {
    for n in 0..count {
        thread::Builder::new().name(format!("worker-{n}")).spawn(|| {}).expect("spawn").join().expect("join");
    }
}

/// Fork, exec, the new program's own change of name and user, exit: `count` times each.
fn children(count: usize) {
    let this = std::env::current_exe().expect("own path");
    for _ in 0..count {
        assert!(Command::new(&this).arg("uid").status().expect("child").success());
        assert!(Command::new(&this).arg("canary").status().expect("child").success());
    }
}

/// Names as odd as the kernel lets them be.
fn names() {
    for name in [c"", c"fifteen bytes !", c"longer than fifteen", c"a) R 1", c"\n\t\x1b[31m", c"\xff\xfe"] {
        set_name(name).expect("set_name");
    }
}

/// A session, a group and a core dump (of no bytes): kinds that the product does not look into.
fn other_kinds() {
    match std::env::var_os("ACTOR_ABORTS") {
        None => {
            let this = std::env::current_exe().expect("own path");
            let status =
                Command::new(this).arg("other-kinds").env("ACTOR_ABORTS", "1").status().expect("child");
            assert_eq!(status.code(), None, "it aborts");
        }
        Some(_) => {
            setrlimit(Resource::RLIMIT_CORE, 0, 0).expect("setrlimit");
            setsid().expect("setsid");
            setresgid(NOGROUP, NOGROUP, NOGROUP).expect("setresgid");
            std::process::abort();
        }
    }
}

/// Prints how the connector refuses outside of the initial network namespace.
fn other_network() {
    unshare(CloneFlags::CLONE_NEWNET).expect("unshare");
    let (mut connector, _) = Connector::open(65_536).expect("bind works in any namespace");
    let refusal = connector.listen(9).expect_err("no events here");
    println!("errno {} heals {}: {refusal}", refusal.errno, refusal.may_heal());
}

/// Prints what becomes of the source here.
fn source() {
    println!("{:?}", World::start(4 << 20).until_full_scan());
}

/// The same when nobody reads while two hundred processes come and go.
fn source_overrun() {
    let mut world = World::start(65_536);
    println!("{:?}", world.until_full_scan());
    children(100);
    println!("{:?}", world.until_full_scan());
}
