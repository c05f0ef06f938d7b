//! A process that does as it is told: the transcoder of the tests. It is copied, linked and renamed as tests need;
//! what it does stands in its arguments, one word after the other: `actor busy`, `ffmpeg children 5 sleep`.
#![expect(clippy::disallowed_methods, reason = "a program of the tests, not of the product")]

use nix::sys::prctl;
use nix::unistd::{ForkResult, Uid, execv, fork, setuid};
use std::ffi::CString;
use std::time::Duration;

fn main() {
    let mut words = std::env::args_os().skip(1);
    while let Some(word) = words.next() {
        let mut next = || words.next().and_then(|w| w.into_string().ok()).unwrap_or_default();
        match word.to_str().unwrap_or_default() {
            "sleep" => sleep(),
            "busy" => loop {
                std::hint::spin_loop();
            },
            "pause" => std::thread::sleep(Duration::from_millis(next().parse().expect("milliseconds"))),
            "await" => wait_for(&next()),
            "grow" => grow(next().parse().expect("MiB")),
            "children" => children(next().parse().expect("a number")),
            "orphan" => orphan(),
            "setuid" => setuid(Uid::from_raw(next().parse().expect("a uid"))).expect("setuid"),
            "rename" => prctl::set_name(&CString::new(next()).expect("no NUL")).expect("prctl"),
            "threads" => threads(next().parse().expect("a number")),
            // Becomes another program, which gets the rest of the words.
            "exec" => {
                let args: Vec<CString> = std::iter::once(next())
                    .chain(words.map(|w| w.into_string().expect("text")))
                    .map(|w| CString::new(w).expect("no NUL"))
                    .collect();
                execv(&args[0], &args).expect("exec");
                return;
            }
            "exit" => return,
            other => panic!("no such word: {other}"),
        }
    }
}

fn sleep() {
    std::thread::sleep(Duration::from_secs(600));
}

/// Until that file exists: what comes after happens when a test has made ready for it.
fn wait_for(path: &str) {
    while !std::path::Path::new(path).exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Touches so much memory, bit by bit.
fn grow(mib: usize) {
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

/// A grandchild whose parent is gone at once.
fn orphan() {
    if is_child() {
        if is_child() {
            sleep();
        }
        std::process::exit(0);
    }
}

fn threads(count: usize) {
    for _ in 0..count {
        std::thread::spawn(sleep);
    }
}

#[expect(unsafe_code, reason = "forking without exec is what the test is about")]
fn is_child() -> bool {
    // SAFETY: this program has one thread when it forks; the child only forks, sleeps and exits.
    matches!(unsafe { fork() }.expect("fork"), ForkResult::Child)
}
