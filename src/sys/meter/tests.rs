//! Groups of our own making, as files in a folder: what is read of them, and what of one that is gone or has less.

use super::*;
use crate::model::{Pid, StartTime};
use std::fs;
use std::path::Path;

fn put(group: &Path, file: &str, text: &str) {
    fs::create_dir_all(group).unwrap();
    fs::write(group.join(file), text).unwrap();
}

fn job(pid: u32, name: &str) -> (Identity, JobId) {
    (Identity { pid: Pid(pid), start: StartTime(7) }, JobId::found(name))
}

fn read_in(folder: &Path, jobs: &[(Identity, JobId)]) -> Readings {
    read(
        &mut Reader::new(),
        &Round {
            folder: folder.into(),
            jobs: jobs.iter().map(|(main, job)| (*main, job.clone(), None)).collect(),
        },
    )
}

#[test]
fn every_file_of_a_group_is_read_where_the_controllers_are_on() {
    let folder = tempfile::tempdir().unwrap();
    let (jobs, group) = (folder.path(), folder.path().join("auto-a-1"));
    put(jobs, "cgroup.subtree_control", "cpu io memory pids\n");
    put(jobs, "cpu.pressure", "some total=0\n");
    put(jobs, "memory.events", "oom 5\noom_kill 3\n");
    put(&group, "cpu.stat", "usage_usec 2000000\nnr_periods 9\nnr_throttled 4\nthrottled_usec 500000\n");
    put(&group, "memory.current", "4096\n");
    put(&group, "memory.peak", "8192\n");
    put(&group, "memory.events", "low 0\nhigh 7\noom 2\noom_kill 1\noom_group_kill 9\n");
    put(&group, "pids.events", "max 6\n");
    put(&group, "io.stat", "8:0 rbytes=1 wbytes=2\n8:16 rbytes=10 wbytes=20\n");
    put(&group, "cpu.pressure", "some total=1000\nfull total=9000\n");
    put(&group, "memory.pressure", "some total=2000\nfull total=3000\n");
    put(&group, "io.pressure", "some total=4000\nfull total=5000\n");
    let one = job(1, "auto-a-1");
    let readings = read_in(jobs, std::slice::from_ref(&one));
    let usage = readings.jobs[&one.0];
    assert_eq!(
        (usage.cpu, usage.throttled),
        (Some(Duration::from_secs(2)), Some(Duration::from_millis(500)))
    );
    assert_eq!((usage.throttled_periods, usage.periods), (Some(4), Some(9)));
    let counts = usage.counts;
    let all =
        [counts.oom_kills, counts.oom, counts.forks_refused, counts.memory_high, counts.oom_group_kills];
    assert_eq!(all.map(Option::unwrap), [1, 2, 6, 7, 9]);
    assert_eq!((usage.memory, usage.memory_peak), (Some(4096), Some(8192)));
    assert_eq!((usage.read_bytes, usage.written_bytes), (Some(11), Some(22)));
    let pressure = usage.pressure;
    let all =
        [pressure.cpu_some, pressure.memory_some, pressure.memory_full, pressure.io_some, pressure.io_full];
    assert_eq!(all.map(Option::unwrap), [1, 2, 3, 4, 5].map(Duration::from_millis));
    assert_eq!(pressure.cpu_full, Some(Duration::from_millis(9)));
    assert_eq!(readings.all.unwrap().counts.oom_kills, Some(3), "also of those that have ended");
}

#[test]
fn without_a_controller_its_files_are_not_looked_for() {
    let folder = tempfile::tempdir().unwrap();
    let group = folder.path().join("auto-a-1");
    put(folder.path(), "cgroup.subtree_control", "\n");
    put(&group, "cpu.stat", "usage_usec 1\n");
    put(&group, "memory.current", "4096\n");
    put(&group, "io.stat", "8:0 rbytes=1\n");
    put(&group, "cpu.pressure", "some total=1\n");
    let one = job(1, "auto-a-1");
    let usage = read_in(folder.path(), std::slice::from_ref(&one)).jobs[&one.0];
    assert_eq!(usage, Usage { cpu: Some(Duration::from_micros(1)), ..Usage::default() });
}

#[test]
fn one_that_is_gone_or_lies_elsewhere_is_not_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let jobs = folder.path().join("jobs");
    put(&jobs, "cpu.stat", "usage_usec 1\n");
    put(folder.path(), "cpu.stat", "usage_usec 1\n");
    let strange = [job(1, "auto-gone-1"), job(2, ".."), job(3, "../jobs"), job(4, "")];
    let readings = read_in(&jobs, &strange);
    assert!(readings.jobs.is_empty() && readings.all.is_some(), "{readings:?}");
    let nowhere = read_in(&folder.path().join("none"), &[]);
    assert_eq!(nowhere.all, None);
}
