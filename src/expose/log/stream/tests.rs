//! A stalled reader: the pusher goes on, losses are counted and said in their place, nothing is torn.

use super::*;
use crate::sys::scribe::{LIMIT, Scribe};
use std::io::{PipeReader, Read, pipe};
use std::thread;
use std::time::Duration;

fn notice(_: Wall, dropped: u64) -> Vec<u8> {
    format!("lost {dropped}\n").into_bytes()
}

fn to(fd: impl Into<OwnedFd>) -> Scribe {
    Scribe::spawn("test", Stream::new(fd.into(), notice)).unwrap()
}

fn scribe_to_a_pipe() -> (Scribe, PipeReader) {
    let (read, write) = pipe().unwrap();
    (to(write), read)
}

/// Gives it a line longer than the pipe and waits until its thread is stuck with it.
fn stall(scribe: &Scribe, read: &PipeReader) {
    scribe.push(Wall(0), &[&[b'z'; 100_000][..], b"\n"].concat());
    while rustix::io::ioctl_fionread(read).unwrap() < 65_536 {
        thread::yield_now();
    }
}

#[test]
fn half_a_line_left_by_an_error_does_not_swallow_the_next() {
    let (mut read, write) = pipe().unwrap();
    let mut stream = Stream { torn: true, ..Stream::new(write.into(), notice) };
    assert_eq!(stream.write_out(b"next\n"), 0);
    drop(stream);
    let mut all = String::new();
    read.read_to_string(&mut all).unwrap();
    assert_eq!(all, "\nnext\n");
}

#[test]
fn lines_come_out_in_order_and_flush_waits_for_them() {
    let (scribe, mut read) = scribe_to_a_pipe();
    for n in 0..100 {
        scribe.push(Wall(0), format!("line {n}\n").as_bytes());
    }
    assert!(scribe.flush(Duration::from_secs(10)));
    drop(scribe);
    let mut all = String::new();
    read.read_to_string(&mut all).unwrap();
    assert_eq!(all, (0..100).map(|n| format!("line {n}\n")).collect::<String>());
}

#[test]
fn a_stalled_reader_costs_lines_and_never_the_pusher() {
    let (scribe, mut read) = scribe_to_a_pipe();
    stall(&scribe, &read);
    let line = [&[b'x'; 999][..], b"\n"].concat();
    let pushed = 2 * LIMIT / line.len();
    for _ in 0..pushed {
        scribe.push(Wall(0), &line);
    }
    scribe.push(Wall(0), b"short\n");
    let dropped = scribe.dropped();
    assert!(dropped > 1, "the queue is bounded");
    assert!(!scribe.flush(Duration::from_millis(10)), "flush does not wait for ever either");
    // Somebody reads at last: what was kept comes out whole, then the notice, then what follows.
    let reader = thread::spawn(move || {
        let mut all = String::new();
        read.read_to_string(&mut all).unwrap();
        all
    });
    assert!(scribe.flush(Duration::from_secs(30)));
    scribe.push(Wall(0), b"after\n");
    assert!(scribe.flush(Duration::from_secs(30)));
    drop(scribe);
    let all = reader.join().unwrap();
    let kept = all.lines().filter(|l| l.len() == 999).count();
    let said: u64 =
        all.lines().filter_map(|l| l.strip_prefix("lost ")).map(|n| n.parse::<u64>().unwrap()).sum();
    assert_eq!((kept as u64 + dropped, said), (pushed as u64 + 1, dropped));
    assert!(!all.contains("short"), "what would still fit does not jump the gap");
    assert!(all.ends_with("after\n"));
    assert_eq!(all.lines().count(), kept + all.matches("lost ").count() + 2);
}

#[test]
fn a_reader_that_went_away_is_counted() {
    let (scribe, read) = scribe_to_a_pipe();
    drop(read);
    scribe.push(Wall(0), b"one\ntwo\n");
    assert!(scribe.flush(Duration::from_secs(10)));
    scribe.push(Wall(0), b"three\n");
    assert!(scribe.flush(Duration::from_secs(10)));
    assert_eq!(scribe.dropped(), 3, "notices that are lost are not lines");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a pipe with two ends in one hand")]
fn what_an_error_cost_is_said_once_writing_works_again() {
    use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fifo");
    mknodat(CWD, &path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    let reader = || open(&path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).unwrap();
    let first = reader();
    let long = [&[b'x'; 100_000][..], b"\n"].concat();
    let scribe = to(open(&path, OFlags::WRONLY, Mode::empty()).unwrap());
    // Half a line goes out before the reader leaves.
    scribe.push(Wall(0), &long);
    while rustix::io::ioctl_fionread(&first).unwrap() < 65_536 {
        thread::yield_now();
    }
    drop(first);
    assert!(scribe.flush(Duration::from_secs(10)));
    scribe.push(Wall(0), b"two\n");
    assert!(scribe.flush(Duration::from_secs(10)));
    let second = reader();
    scribe.push(Wall(0), b"three\n");
    let mut all = Vec::new();
    while !all.ends_with(b"three\n") {
        let mut some = [0; 4096];
        let length = rustix::io::read(&second, &mut some).unwrap_or(0);
        all.extend_from_slice(&some[..length]);
    }
    assert_eq!(all.trim_ascii_start().strip_prefix(&long[..65_536]), Some(&b"\nlost 2\nthree\n"[..]));
    assert_eq!(scribe.dropped(), 2);
}

#[test]
fn a_descriptor_that_others_made_nonblocking_is_waited_for() {
    let (mut read, write) = pipe().unwrap();
    rustix::io::ioctl_fionbio(&write, true).unwrap();
    let scribe = to(write);
    scribe.push(Wall(0), &[&[b'y'; 300_000][..], b"\n"].concat());
    let mut all = vec![0; 300_001];
    read.read_exact(&mut all).unwrap();
    assert!(scribe.flush(Duration::from_secs(10)));
    assert_eq!(scribe.dropped(), 0);
}

#[test]
fn flush_waits_for_what_is_being_written_and_wakes_when_it_is() {
    let (scribe, mut read) = scribe_to_a_pipe();
    stall(&scribe, &read);
    assert!(!scribe.flush(Duration::from_millis(10)), "the last line is on its way only");
    let (done, flushed) = std::sync::mpsc::channel();
    thread::spawn(move || done.send(scribe.flush(Duration::from_secs(600))));
    let reader = thread::spawn(move || read.read_exact(&mut [0; 100_001]));
    assert_eq!(flushed.recv_timeout(Duration::from_secs(20)), Ok(true));
    reader.join().unwrap().unwrap();
}
