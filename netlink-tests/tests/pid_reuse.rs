//! A pid is handed on, and nobody is taken for somebody else: not in the moment between check and move, which is made a
//! second long here from outside, and not when a job outlives the process that it was made for.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::actor::children_of;
use netlink_tests::bench::{Actor, Planted, Service, Setup, Stage, both_ways, cgroup, eventually, turn};
use netlink_tests::need;
use std::path::Path;

/// The note is written after the process was checked and before it is moved, once in each attachment.
const SLOW: [&str; 8] = [
    "strace",
    "-f",
    "--seccomp-bpf",
    "-o",
    "/dev/null",
    "-e",
    "trace=fsetxattr",
    "--inject=fsetxattr:delay_enter=1500000",
];

/// A target that ends while its governor is about to move it, and whoever gets its pid.
fn replaced_by(successor: &str, check: impl Fn(&Service, &Planted, &cgroup::Home, &str)) {
    let test = "a_pid_handed_on";
    if !need::service(test) || !need::have(test, "strace", Path::new("/usr/bin/strace").exists()) {
        return;
    }
    let _turn = turn();
    for flags in [&[][..], &["--poll-only", "--scan-interval", "200ms"]] {
        assert!((0..3).any(|_| is_replaced_in_time(flags, successor, &check)), "the kill came too late");
    }
}

/// Not if this machine stood still meanwhile, so that the moment was over.
fn is_replaced_in_time(
    flags: &[&str],
    successor: &str,
    check: &impl Fn(&Service, &Planted, &cgroup::Home, &str),
) -> bool {
    let service = Setup::new().flags(flags).under(&SLOW).start();
    let (stage, home) = (Stage::new(), cgroup::Home::new("reuse"));
    let (successors, target) = (Stage::new(), stage.copy("ffmpeg"));
    let successor = successors.copy(successor);
    let mut first = Planted::of(&target, &["ffmpeg", "pause", "100", "sleep"]);
    let pid = first.pid();
    // Not where its successor's parent sits, so that the two are told apart.
    home.put(pid);
    let job = format!("auto-ffmpeg-{pid}");
    eventually("its group is made", || service.group(&job).exists());
    first.kill();
    // Start times are counted in ticks of 10 ms: to the log, one who is born within the same is the same.
    std::thread::sleep(std::time::Duration::from_millis(30));
    let mut second = None;
    eventually("its pid is free", || {
        second = Planted::with_pid(pid, &successor, &["successor", "sleep"]);
        second.is_some()
    });
    let in_time = service.count("Attached") == 0;
    if in_time {
        check(&service, &second.unwrap(), &home, &job);
    }
    in_time
}

#[test]
fn a_stranger_that_got_the_pid_is_put_back_beside_its_parent() {
    replaced_by("bystander", |service, stranger, _, job| {
        let beside = cgroup::of(std::process::id()).unwrap();
        let said = format!(
            "PID {} had become another process while job {job} was attached; that one was put back to {beside}",
            stranger.pid()
        );
        service.wait_for(&said);
        assert_eq!((cgroup::of(stranger.pid()), service.jobs()), (Some(beside), vec![]));
        service.wait_for_nth("Scan complete", 1);
        assert_eq!(service.count("Attached"), 0);
    });
}

#[test]
fn one_that_is_a_target_itself_gets_a_job_of_its_own() {
    replaced_by("ffmpeg", |service, newcomer, home, _| {
        let pid = newcomer.pid();
        service.wait_for(&format!("PID {pid} had become another process"));
        service.wait_for(&format!("Attached PID {pid} "));
        let job = cgroup::job_of(pid).unwrap();
        assert!(
            job == format!("auto-ffmpeg-{pid}") || job.starts_with(&format!("auto-ffmpeg-{pid}-")),
            "{job}"
        );
        assert_eq!(service.jobs(), [job]);
        assert_eq!(cgroup::read(home.path(), "cgroup.procs"), "");
    });
}

/// A child that is ended by its number when the test is over.
struct Child(u32);

impl Drop for Child {
    fn drop(&mut self) {
        let pid = nix::unistd::Pid::from_raw(self.0 as i32);
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
    }
}

/// It forks in its new group and ends before it has been proven to be there.
#[test]
fn whom_one_that_ended_while_it_was_moved_left_in_its_group_is_governed_and_the_group_goes_with_him() {
    let test = "one_that_ended_while_it_was_moved";
    if !need::service(test) || !need::have(test, "strace", Path::new("/usr/bin/strace").exists()) {
        return;
    }
    let _turn = turn();
    // The governor alone asks a pidfd in this way, between the move and its proof.
    let slow =
        ["strace", "-f", "-o", "/dev/null", "-e", "trace=ppoll", "-e", "inject=ppoll:delay_enter=1000000"];
    assert!((0..3).any(|_| its_child_is_governed(&slow)), "it came too early");
}

/// Not if this machine stood still meanwhile, so that the proof was there before the end.
fn its_child_is_governed(slow: &[&str]) -> bool {
    let service = Setup::new().under(slow).start();
    let stage = Stage::new();
    let go = stage.path().join("go");
    let words = format!("await {} children 1 exit", go.display());
    let mut leader = Actor::start(&stage.copy("ffmpeg"), &words);
    let job = format!("auto-ffmpeg-{}", leader.pid());
    eventually("it is inside", || leader.job().as_deref() == Some(&job));
    std::fs::write(&go, "").unwrap();
    leader.wait();
    let in_time = service.count("Attached") == 0;
    if in_time {
        service.wait_for(&format!("Process {} exited (job {job}", leader.pid()));
        assert_eq!(service.jobs(), [job]);
    }
    leader.kill();
    eventually("the group is gone with the child", || service.jobs().is_empty());
    in_time
}

#[test]
fn a_job_outlives_its_leader_and_the_next_one_with_its_pid_gets_another() {
    both_ways("a_job_outlives_its_leader_and_the_next_one_with_its_pid_gets_another", |start| {
        let mut service = start("");
        let stage = Stage::new();
        let ffmpeg = stage.copy("ffmpeg");
        let mut leader = Planted::of(&ffmpeg, &["ffmpeg", "children", "1", "sleep"]);
        let pid = leader.pid();
        let old = format!("auto-ffmpeg-{pid}");
        let members = |job: &str| cgroup::read(&service.group(job), "cgroup.procs");
        eventually("both are inside", || service.group(&old).exists() && members(&old).lines().count() == 2);
        let child = Child(children_of(pid)[0]);
        leader.kill();
        service.wait_for(&format!("Process {pid} exited (job {old}"));
        assert_eq!(members(&old), child.0.to_string());

        // Start times are counted in ticks of 10 ms: no pid comes back within one unless it is made to, as here.
        std::thread::sleep(std::time::Duration::from_millis(30));
        let mut newcomer = None;
        eventually("the pid is free", || {
            newcomer = Planted::with_pid(pid, &ffmpeg, &["ffmpeg", "sleep"]);
            newcomer.is_some()
        });
        let newcomer = newcomer.unwrap();
        let started = procfs::process::Process::new(pid as i32).and_then(|p| p.stat()).unwrap().starttime;
        let new = format!("{old}-{started}");
        eventually("it has a job of its own", || cgroup::job_of(pid).as_ref() == Some(&new));
        service.wait_for(&format!("Attached PID {pid} (job {new})"));
        assert_eq!((members(&old), members(&new)), (child.0.to_string(), pid.to_string()));

        // Told apart by the next service, too.
        service.kill();
        let mut service = service.start_again();
        for job in [&old, &new] {
            assert_eq!(service.count(&format!("Adopted PID {pid} (job {job})")), 1, "{:?}", service.said());
        }
        assert_eq!(service.count("Attached PID"), 0);
        drop(newcomer);
        service.wait_for(&format!("Job {new} ended"));
        assert_eq!(service.jobs(), std::slice::from_ref(&old));
        drop(child);
        service.wait_for(&format!("Job {old} ended"));
        assert!(service.jobs().is_empty() && service.stop().success());
    });
}

/// A member's pid that is handed on must not draw its next owner into the job.
#[test]
fn the_pid_of_a_member_that_ended_joins_nothing() {
    both_ways("the_pid_of_a_member_that_ended_joins_nothing", |start| {
        let service = start("");
        let stage = Stage::new();
        let actor = Actor::start(&stage.copy("ffmpeg"), "children 1 sleep");
        let job = actor.caught_as("ffmpeg");
        let inside = || cgroup::read(&service.group(&job), "cgroup.procs").lines().count();
        eventually("both are inside", || inside() == 2);
        let child = children_of(actor.pid())[0];
        drop(Child(child));
        eventually("it has ended", || inside() == 1);
        // Its parent never waits, so it stays a zombie and its pid taken: until the parent is gone, too.
        let bystander = stage.copy("bystander");
        assert!(Planted::with_pid(child, &bystander, &["bystander", "sleep"]).is_none());
        drop(actor);
        let mut next = None;
        eventually("its pid is free", || {
            next = Planted::with_pid(child, &bystander, &["bystander", "sleep"]);
            next.is_some()
        });
        service.wait_for(&format!("Job {job} ended"));
        service.reload("scan_interval: 100ms");
        service.wait_for("Configuration reloaded");
        service.wait_for_nth("Scan complete", service.count("Scan complete") + 2);
        assert_eq!(cgroup::job_of(child), None);
        assert_eq!(service.count("joined job"), 0);
    });
}
