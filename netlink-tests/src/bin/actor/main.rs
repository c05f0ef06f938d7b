//! A process that does as it is told: the transcoder of the tests. It is copied, linked and renamed as tests need;
//! what it does stands in its arguments, one word after the other: `actor busy`, `ffmpeg children 5 sleep`. Arguments as a
//! transcoder has them are for show: then it does what the environment says, `ACTOR=busy ffmpeg -i in.mp4`.
#![expect(clippy::disallowed_methods, reason = "a program of the tests, not of the product")]

mod bomb;
mod spaces;
mod traffic;

use nix::sys::{prctl, signal};
use nix::unistd::{ForkResult, Gid, Pid, Uid, execv, fork, setgid, setgroups, setuid};
use rustix::time::{ClockId, clock_gettime};
use std::collections::VecDeque;
use std::ffi::{CString, OsStr, OsString};
use std::fmt::Debug;
use std::os::unix::ffi::OsStringExt;
use std::str::FromStr;
use std::time::Duration;

fn main() {
    let mut words: VecDeque<OsString> = std::env::args_os().skip(1).collect();
    if words.front().is_none_or(|word| word.as_encoded_bytes().starts_with(b"-")) {
        let told = std::env::var("ACTOR").unwrap_or_default();
        words = told.split(' ').filter(|word| !word.is_empty()).map(OsString::from).collect();
    }
    while let Some(word) = words.pop_front() {
        let mut next = || words.pop_front().unwrap_or_default();
        match word.to_str().unwrap_or_default() {
            "sleep" => sleep(),
            "busy" => loop {
                std::hint::spin_loop();
            },
            "bursts" => bursts(number(&next()), number(&next())),
            "brief" => brief(number(&next()), number(&next())),
            "modest" => stand_back(),
            "pause" => std::thread::sleep(Duration::from_millis(number(&next()))),
            "await" => wait_for(&next()),
            "grow" => grow(number(&next())),
            "children" => children(number(&next())),
            "bomb" => bomb::go_off(number(&next()), false),
            "orphans" => bomb::go_off(number(&next()), true),
            "spawn" => spawn(next()),
            "short" => short(number(&next())),
            "churn" => churn(number(&next())),
            "burners" => burners(number(&next())),
            "orphan" => orphan(),
            "forks" => forks(number(&next())),
            "hungry" => hungry(number(&next()), number(&next())),
            "setuid" => setuid(Uid::from_raw(number(&next()))).expect("setuid"),
            "user" => become_user(number(&next())),
            "rename" => prctl::set_name(&text(next())).expect("prctl"),
            "threads" => threads(number(&next())),
            "send" => traffic::send(&next(), &next(), number(&next())),
            "receive" => traffic::receive(&next(), &next(), number(&next())),
            "serve" => traffic::serve(&next()),
            "report" => traffic::report(&next()),
            "unshare" => spaces::leave(&next()),
            "enter" => spaces::enter(number(&next())),
            "readonly" => spaces::make_read_only(&next()),
            "tmpfs" => {
                let folder = next();
                spaces::mount_tmpfs(&folder, number(&next()));
            }
            "umount" => spaces::unmount(&next()),
            "proc" => spaces::mount_proc(None),
            "hidepid" => spaces::mount_proc(Some("hidepid=2")),
            // The rest is done by a child, with whose status this ends.
            "fork" => spaces::go_on_in_a_child(),
            // Becomes another program, which gets the rest of the words.
            "exec" => {
                let args: Vec<CString> = words.into_iter().map(text).collect();
                let error = execv(&args[0], &args);
                panic!("{:?}: {error:?}", args[0]);
            }
            "unheeding" => ignore_ends_of_children(),
            "exit" => return,
            "status" => std::process::exit(number(&next())),
            other => panic!("no such word: {other}"),
        }
    }
}

fn number<N: FromStr<Err: Debug>>(word: &OsStr) -> N {
    word.to_str().expect("a number").parse().expect("a number")
}

fn text(word: OsString) -> CString {
    CString::new(word.into_vec()).expect("no NUL")
}

/// For good, with all that goes with it.
fn become_user(id: u32) {
    setgroups(&[]).expect("setgroups");
    setgid(Gid::from_raw(id)).expect("setgid");
    setuid(Uid::from_raw(id)).expect("setuid");
}

/// As whatever it executes then does, until it says otherwise.
fn ignore_ends_of_children() {
    #[expect(unsafe_code, reason = "an action of a signal is set")]
    // SAFETY: no function is installed.
    unsafe { signal::signal(signal::Signal::SIGCHLD, signal::SigHandler::SigIgn) }.expect("signal");
}

fn sleep() {
    std::thread::sleep(Duration::from_secs(600));
}

/// Busy for so long, idle for so long, and again.
fn bursts(busy: u64, idle: u64) {
    loop {
        burn(Duration::from_millis(busy));
        std::thread::sleep(Duration::from_millis(idle));
    }
}

/// One short life after the other, with a pause between: each is busy for all of it.
fn brief(busy: u64, pause: u64) {
    loop {
        if is_child() {
            burn(Duration::from_millis(busy));
            std::process::exit(0);
        }
        nix::sys::wait::wait().expect("its end");
        std::thread::sleep(Duration::from_millis(pause));
    }
}

/// Whoever else wants a processor gets it at once; the nicest of those that compete would keep it for some milliseconds.
#[expect(unsafe_code, reason = "nothing safe offers it")]
fn stand_back() {
    let none = libc::sched_param { sched_priority: 0 };
    // SAFETY: a call with numbers and a structure that it reads.
    assert_eq!(unsafe { libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const none) }, 0, "SCHED_IDLE");
}

/// Until that file exists: what comes after happens when a test has made ready for it.
fn wait_for(path: &OsStr) {
    while !std::path::Path::new(path).exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Touches so much memory, bit by bit. In small pages: the kernel may copy several into a huge one at any time, which is
/// charged to the group that the process is in by then.
fn grow(mib: usize) {
    prctl::set_thp_disable(true).expect("small pages");
    let mut held = Vec::new();
    for _ in 0..mib {
        held.push(vec![1u8; 1 << 20]);
    }
    std::hint::black_box(&held);
    sleep();
}

/// Forks without exec; each child sleeps.
fn children(count: usize) {
    for _ in 0..count {
        if is_child() {
            sleep();
            std::process::exit(0);
        }
    }
}

/// A child becomes another program, and sleeps.
fn spawn(program: OsString) {
    let program = text(program);
    if is_child() {
        let error = execv(&program, &[program.as_c_str(), c"sleep"]);
        panic!("{program:?}: {error:?}");
    }
}

/// Processes that end as soon as they have begun, one after the other.
fn short(count: usize) {
    for _ in 0..count {
        if is_child() {
            std::process::exit(0);
        }
        nix::sys::wait::wait().expect("its end");
    }
}

/// The same, but each runs for some milliseconds first.
fn churn(count: usize) {
    for _ in 0..count {
        if is_child() {
            burn(Duration::from_millis(4));
            std::process::exit(0);
        }
        nix::sys::wait::wait().expect("its end");
    }
}

/// By the processor's own account, however many want it.
fn burn(time: Duration) {
    let used = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).expect("a time");
    let begun = used();
    while used() - begun < time {}
}

/// So many threads that never rest, this one being idle.
fn burners(count: usize) {
    for _ in 0..count {
        std::thread::spawn(|| burn(Duration::MAX));
    }
    sleep();
}

/// A grandchild whose parent is gone at once.
fn orphan() {
    if is_child() {
        if is_child() {
            sleep();
        }
        std::process::exit(0);
    }
}

/// So many are tried, and how many are refused is all one; those that are not end at once.
fn forks(count: usize) {
    for _ in 0..count {
        // SAFETY: as below.
        #[expect(unsafe_code, reason = "a fork that fails is what the test is about")]
        if let Ok(ForkResult::Child) = unsafe { fork() } {
            std::process::exit(0);
        }
    }
}

/// One child after the other, each of which wants so much memory, whatever becomes of it.
fn hungry(count: usize, mib: usize) {
    for _ in 0..count {
        if is_child() {
            grow(mib);
        }
        nix::sys::wait::wait().expect("its end");
    }
}

fn threads(count: usize) {
    for _ in 0..count {
        std::thread::spawn(sleep);
    }
}

#[expect(unsafe_code, reason = "forking without exec is what the test is about")]
fn child() -> Option<Pid> {
    // SAFETY: this program has one thread when it forks; the child only forks, sleeps and exits.
    match unsafe { fork() } {
        Ok(ForkResult::Parent { child }) => Some(child),
        Ok(ForkResult::Child) => None,
        Err(refused) => {
            eprintln!("fork: {refused}");
            std::process::exit(1);
        }
    }
}

fn is_child() -> bool {
    child().is_none()
}
