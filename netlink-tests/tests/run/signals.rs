//! Signals on their way to the command, and its end by one on its way back.

use super::{Ground, Under, is_gone, number_in, output, send, state};
use netlink_tests::bench::{actor, cgroup, eventually};
use netlink_tests::need;
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

/// Says who it is, and sleeps.
fn sleeper(ground: &Ground) -> (Under, u32) {
    let told = ground.file("told");
    let script = format!("echo $$ > {}; exec sleep 1000", told.display());
    let running = Under::start(ground.script("", &script).stdin(Stdio::null()));
    let pid = number_in(&told);
    (running, pid)
}

#[test]
fn each_signal_that_is_sent_to_us_reaches_the_command() {
    if !need::groups("each_signal_that_is_sent_to_us_reaches_the_command") {
        return;
    }
    let ground = Ground::new();
    let signals = [
        (libc::SIGHUP, "HUP"),
        (libc::SIGINT, "INT"),
        (libc::SIGQUIT, "QUIT"),
        (libc::SIGUSR1, "USR1"),
        (libc::SIGUSR2, "USR2"),
        (libc::SIGTERM, "TERM"),
        (libc::SIGWINCH, "WINCH"),
        (libc::SIGCONT, "CONT"),
        (libc::SIGALRM, "ALRM"),
    ];
    for (number, name) in signals {
        let told = ground.file(name);
        let script = format!(
            "trap 'exit 33' {name}; echo $$ > {}; n=0; while [ $n -lt 600 ]; do sleep 0.1; n=$((n+1)); done",
            told.display()
        );
        let mut running = Under::start(ground.script("", &script).stdin(Stdio::null()));
        number_in(&told);
        running.signal(number);
        assert_eq!(running.ended().code(), Some(33), "SIG{name}");
    }
    assert_eq!(ground.jobs(), [""; 0]);
}

/// As some supervisors are, and all they start.
#[test]
fn whoever_ignores_the_ends_of_children_learns_of_this_one_and_so_does_the_command() {
    if !need::groups("whoever_ignores_the_ends_of_children_learns_of_this_one_and_so_does_the_command") {
        return;
    }
    let ground = Ground::new();
    let run = ground.ffrtmp("run -- grep SigIgn /proc/self/status nowhere");
    let mut command = std::process::Command::new(actor::program());
    command.args(["unheeding", "exec"]).arg(run.get_program()).args(run.get_args());
    let mut running = Under::start(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()));
    assert_eq!(running.ended().code(), Some(2), "one of its files is not there");
    let mut said = String::new();
    running.child.stdout.take().expect("its output").read_to_string(&mut said).expect("read");
    let ignored = said.trim().rsplit('\t').next().and_then(|mask| u64::from_str_radix(mask, 16).ok());
    assert!(ignored.is_some_and(|mask| mask >> (libc::SIGCHLD - 1) & 1 == 1), "as it was given: {said}");
    assert_eq!(ground.jobs(), [""; 0]);
}

#[test]
fn ended_by_a_signal_it_ends_us_by_the_same() {
    if !need::groups("ended_by_a_signal_it_ends_us_by_the_same") {
        return;
    }
    let ground = Ground::new();
    for signal in [libc::SIGTERM, libc::SIGKILL, libc::SIGINT, libc::SIGHUP, libc::SIGABRT, libc::SIGPIPE] {
        let done = output(&mut ground.script("", &format!("kill -{signal} $$")));
        assert_eq!(done.status.signal(), Some(signal), "{done:?}");
        assert!(done.stderr.is_empty());
    }
    let (mut running, _) = sleeper(&ground);
    running.signal(libc::SIGTERM);
    assert_eq!(running.ended().signal(), Some(libc::SIGTERM));
    assert_eq!(ground.jobs(), [""; 0]);
}

#[test]
fn told_to_stop_both_stop_and_go_on_together() {
    if !need::groups("told_to_stop_both_stop_and_go_on_together") {
        return;
    }
    let ground = Ground::new();
    let (mut running, pid) = sleeper(&ground);
    for _ in 0..3 {
        running.signal(libc::SIGTSTP);
        eventually("both stand still", || state(pid) == Some('T') && state(running.pid()) == Some('T'));
        running.signal(libc::SIGCONT);
        eventually("both go on", || state(pid) == Some('S') && state(running.pid()) == Some('S'));
    }
    running.signal(libc::SIGTERM);
    assert_eq!(running.ended().signal(), Some(libc::SIGTERM));
}

#[test]
fn stopped_ourselves_we_keep_nothing_from_it() {
    if !need::groups("stopped_ourselves_we_keep_nothing_from_it") {
        return;
    }
    let ground = Ground::new();
    let (mut running, pid) = sleeper(&ground);
    running.signal(libc::SIGSTOP);
    eventually("we stand still", || state(running.pid()) == Some('T'));
    eventually("the command goes on", || state(pid) == Some('S'));
    send(pid, libc::SIGTERM);
    eventually("it ends", || state(pid) == Some('Z'));
    running.signal(libc::SIGCONT);
    assert_eq!(running.ended().signal(), Some(libc::SIGTERM));
}

#[test]
fn it_outlives_us_and_stays_governed() {
    if !need::groups("it_outlives_us_and_stays_governed") {
        return;
    }
    let ground = Ground::new();
    let (mut running, pid) = sleeper(&ground);
    let job = format!("run-sh-{}", running.pid());
    running.signal(libc::SIGKILL);
    assert_eq!(running.ended().signal(), Some(libc::SIGKILL));
    assert_eq!(cgroup::job_of(pid).as_ref(), Some(&job));
    eventually("it goes on", || state(pid) == Some('S'));
    // The next one leaves it alone while it lives, and clears away what is left of it then.
    assert_eq!(output(&mut ground.script("", "exit 0")).status.code(), Some(0));
    assert_eq!(ground.jobs(), [job]);
    send(pid, libc::SIGKILL);
    eventually("it is gone", || is_gone(pid));
    assert_eq!(output(&mut ground.script("", "exit 0")).status.code(), Some(0));
    assert_eq!(ground.jobs(), [""; 0]);
}

#[test]
fn what_it_leaves_behind_stays_governed() {
    if !need::groups("what_it_leaves_behind_stays_governed") {
        return;
    }
    let ground = Ground::new();
    let told = ground.file("told");
    let script = format!("sleep 1000 >/dev/null 2>&1 & echo $! > {}; exit 5", told.display());
    let done = output(&mut ground.script("", &script));
    assert_eq!(done.status.code(), Some(5), "it is not waited for");
    let pid = number_in(&told);
    let job = cgroup::job_of(pid).expect("a job");
    assert!(job.starts_with("run-sh-"), "{job}");
    send(pid, libc::SIGKILL);
    eventually("it is gone", || is_gone(pid));
}
