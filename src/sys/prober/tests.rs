use super::*;
use crate::engine::input::{Look, Sighting};
use crate::model::{Comm, StartTime};
use rustix::fs::{Mode, OFlags, open};
use std::path::Path;

/// A folder that looks like /proc with one process in it.
fn host(stat: &str) -> tempfile::TempDir {
    let host = tempfile::tempdir().unwrap();
    let process = host.path().join("4242");
    std::fs::create_dir(&process).unwrap();
    let tail = "S 1 4242 4242 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0";
    std::fs::write(process.join("stat"), format!("4242 (ffmpeg) {tail} {stat} 0 0 0 0 0 140727 0 0 0\n"))
        .unwrap();
    std::fs::write(process.join("cgroup"), "1:cpu:/a\n0::/b c\n").unwrap();
    std::fs::write(process.join("status"), "Name:\tffmpeg\nTgid:\t4242\n").unwrap();
    host
}

fn inquiry() -> Box<Inquiry> {
    let seen = Sighting {
        identity: Identity { pid: Pid(4242), start: StartTime(99) },
        ppid: Pid(1),
        uid: 0,
        comm: Comm::new(b"ffmpeg"),
        exec_mark: 0,
        kernel_thread: false,
        zombie: false,
        age: Duration::ZERO,
        used: Default::default(),
        read_at: Mono(0),
    };
    let look = Look { seen, exe: None, cwd: None, parent_exe: None };
    Box::new(Inquiry { ticket: 7, look, measured: None })
}

fn prober(proc: &Path) -> (mio::Poll, Prober) {
    let poll = mio::Poll::new().unwrap();
    let wake = Arc::new(mio::Waker::new(poll.registry(), mio::Token(0)).unwrap());
    (poll, Prober::start(proc.into(), wake).unwrap())
}

fn asked(host: &Path) -> Rest {
    let (mut poll, mut prober) = prober(host);
    prober.ask(Question::Rest(inquiry()));
    poll.poll(&mut mio::Events::with_capacity(1), Some(Duration::from_secs(30))).unwrap();
    match prober.next_answer() {
        Some(Answer::Rest { inquiry, rest }) if inquiry.ticket == 7 => rest.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_read_for_an_explanation_is_that_process_s_own() {
    let host = host("99");
    std::fs::write(host.path().join("4242/cmdline"), b"/opt/ffmpeg\0-i\0a\0").unwrap();
    let rest = asked(host.path());
    let (argv0, group) = (Some(b"/opt/ffmpeg".to_vec()), Some("/b c".to_owned()));
    assert_eq!(rest, Rest { process: Some(Pid(4242)), argv0, group, outside_memory: None });

    let later = self::host("100");
    assert_eq!(asked(later.path()), Rest::default(), "another owner of the pid");
}

#[test]
fn a_read_that_is_stuck_is_answered_for_and_the_next_one_is_made() {
    let host = host("99");
    let cmdline = host.path().join("4242/cmdline");
    nix::unistd::mkfifo(&cmdline, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let (_poll, mut prober) = prober(host.path());
    prober.ask(Question::Rest(inquiry()));
    let mut told = None;
    while told.is_none() {
        prober
            .stuck(clock::mono() + STUCK_AFTER, |answer, pid, replaced| told = Some((answer, pid, replaced)));
        std::thread::yield_now(); // until it has begun to read
    }
    let (answer, pid, replaced) = told.unwrap();
    assert!(matches!(&answer, Answer::Rest { rest: None, .. }), "{answer:?}");
    assert_eq!((pid, replaced, prober.workers.len()), (Pid(4242), true, 1));
    // A writer that says nothing ends both reads; the first one finds nobody waiting.
    prober.ask(Question::Rest(inquiry()));
    let mut answer = None;
    while answer.is_none() {
        drop(open(&cmdline, OFlags::WRONLY | OFlags::NONBLOCK, Mode::empty()));
        answer = prober.next_answer();
    }
    assert!(matches!(answer, Some(Answer::Rest { rest: Some(_), .. })), "{answer:?}");
}
