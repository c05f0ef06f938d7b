//! Groups of our own making, as files in a folder: what is touched is read, once for many touches, and what is gone is not.

use super::*;
use mio::Poll;
use std::fs;

fn alarms() -> (Poll, Alarms) {
    let poll = Poll::new().unwrap();
    let alarms = Alarms::new(poll.registry(), Token(1)).unwrap();
    (poll, alarms)
}

fn group(kills: u64) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    count(folder.path(), kills);
    fs::write(folder.path().join("pids.events"), "max 3\n").unwrap();
    folder
}

fn count(group: &Path, kills: u64) {
    fs::write(group.join("memory.events"), format!("low 0\noom 1\noom_kill {kills}\n")).unwrap();
}

fn at(ms: u64) -> Mono {
    Mono(ms * 1_000_000)
}

fn job(name: &str) -> JobId {
    JobId::found(name)
}

fn told(alarms: &mut Alarms, now: Mono) -> Vec<(String, Option<u64>)> {
    let mut told = Vec::new();
    alarms.hear(now);
    alarms.read_due(now, |job, counts| told.push((job.to_string(), counts.oom_kills)));
    told
}

#[test]
fn what_stands_at_first_and_what_is_touched_is_told() {
    let (_poll, mut alarms) = alarms();
    let (one, other) = (group(2), group(0));
    alarms.watch(at(0), &job("one"), one.path());
    alarms.watch(at(0), &job("other"), other.path());
    assert_eq!(told(&mut alarms, at(0)), [("one".into(), Some(2)), ("other".into(), Some(0))]);
    assert_eq!((told(&mut alarms, at(500)), alarms.next_deadline()), (vec![], None));
    count(one.path(), 3);
    assert_eq!(told(&mut alarms, at(1000)), [("one".into(), Some(3))]);
    assert_eq!(alarms.read(&job("one")).unwrap().forks_refused, Some(3));
}

#[test]
fn a_file_that_is_touched_without_end_is_read_five_times_a_second() {
    let (_poll, mut alarms) = alarms();
    let group = group(0);
    alarms.watch(at(0), &job("one"), group.path());
    let mut readings = 0;
    for ms in 0..2000 {
        count(group.path(), ms);
        readings += told(&mut alarms, at(ms)).len();
    }
    assert!((10..=11).contains(&readings), "{readings}");
    let due = alarms.next_deadline().expect("the last touch is still to be read");
    assert_eq!(told(&mut alarms, due), [("one".into(), Some(1999))]);
}

#[test]
fn who_is_gone_or_has_no_such_files_is_not_told_of() {
    let (_poll, mut alarms) = alarms();
    let (gone, bare) = (group(1), tempfile::tempdir().unwrap());
    alarms.watch(at(0), &job("gone"), gone.path());
    alarms.watch(at(0), &job("bare"), bare.path());
    drop(gone);
    assert_eq!(told(&mut alarms, at(0)), []);
    alarms.unwatch(&job("gone"));
    alarms.unwatch(&job("bare"));
    assert!(alarms.groups.is_empty() && alarms.watches.is_empty() && alarms.due.is_empty());
}

#[test]
fn that_watches_are_used_up_is_said_once() {
    let (_poll, mut alarms) = alarms();
    assert_eq!(alarms.news(), None);
    (0..3).for_each(|_| alarms.falls_short());
    assert!(alarms.news().is_some() && alarms.news().is_none());
    alarms.falls_short();
    assert_eq!(alarms.news(), None);
}
