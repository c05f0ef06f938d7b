//! What a command has from who starts it, and what comes back.

use super::{Ground, Under, number_in, output, text, typed};
use netlink_tests::bench::{Stage, cgroup, cpu, eventually, has_controllers};
use netlink_tests::need;
use std::io::{Read, Write};
use std::process::Stdio;
use std::time::Duration;

#[test]
fn it_lives_in_a_group_of_its_own_which_goes_with_it() {
    if !need::groups("it_lives_in_a_group_of_its_own_which_goes_with_it") {
        return;
    }
    let ground = Ground::new();
    let told = ground.file("told");
    let script =
        format!("cat /proc/self/cgroup; echo $PPID; exec sh -c 'echo $$ > {}; read x'", told.display());
    let command = &mut ground.script("", &script);
    let mut running = Under::start(command.stdin(Stdio::piped()).stdout(Stdio::piped()));
    let pid = number_in(&told);
    let job = format!("run-sh-{}", running.pid());
    assert_eq!((cgroup::job_of(pid), ground.jobs()), (Some(job.clone()), vec![job.clone()]));
    drop(running.child.stdin.take());
    let mut said = String::new();
    running.child.stdout.take().expect("its output").read_to_string(&mut said).expect("read");
    assert!(said.contains(&format!("/jobs/{job}\n")), "from its first instruction: {said}");
    assert!(said.ends_with(&format!("\n{}\n", running.pid())), "its parent is ours: {said}");
    assert_eq!(running.ended().code(), Some(1), "read has met the end");
    assert!(!ground.root.exists(), "and so does what it was kept in");
}

#[test]
fn the_status_is_its_own() {
    if !need::groups("the_status_is_its_own") {
        return;
    }
    let ground = Ground::new();
    for code in [0, 1, 2, 3, 42, 126, 255] {
        let done = output(&mut ground.script("", &format!("exit {code}")));
        assert_eq!((done.status.code(), text(&done.stderr)), (Some(code), String::new()));
    }
    assert_eq!(ground.jobs(), [""; 0]);
}

#[test]
fn pipes_of_any_length_pass_both_ways() {
    if !need::groups("pipes_of_any_length_pass_both_ways") {
        return;
    }
    let ground = Ground::new();
    let mut running = Under::start(
        ground
            .script("", "cat; echo done >&2")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    );
    let sent: Vec<u8> = (0..4 << 20).map(|n: u32| (n % 251) as u8).collect();
    let mut into = running.child.stdin.take().expect("its input");
    let copy = sent.clone();
    let writer = std::thread::spawn(move || into.write_all(&copy).expect("written"));
    let mut back = Vec::new();
    running.child.stdout.take().expect("its output").read_to_end(&mut back).expect("read");
    writer.join().expect("all is written");
    assert!(back == sent, "{} bytes of {} came back", back.len(), sent.len());
    let mut said = String::new();
    running.child.stderr.take().expect("its complaints").read_to_string(&mut said).expect("read");
    assert_eq!((said.as_str(), running.ended().code()), ("done\n", Some(0)));
}

#[test]
fn a_reader_who_leaves_ends_it_as_he_would_without_us() {
    if !need::groups("a_reader_who_leaves_ends_it_as_he_would_without_us") {
        return;
    }
    let ground = Ground::new();
    let mut running = Under::start(ground.script("", "exec yes").stdout(Stdio::piped()));
    drop(running.child.stdout.take());
    // Broken pipes are told to who writes, although our own runtime ignores them.
    let status = running.ended();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(libc::SIGPIPE), "{status}");
}

#[test]
fn words_environment_folder_mask_and_descriptors_are_as_they_were() {
    if !need::groups("words_environment_folder_mask_and_descriptors_are_as_they_were") {
        return;
    }
    let ground = Ground::new();
    std::fs::write(ground.file("seventh"), "seven\n").expect("written");
    let run = typed(ground.script("", "pwd; umask; echo \"$WHO\"; cat <&7; echo \"$1|$2|\"").arg("sh"));
    let script = format!(
        "cd {folder}; umask 027; exec 7<seventh; WHO='a b' exec {run} 'one  word' '-- *'",
        folder = ground.folder.path().display()
    );
    let done = output(std::process::Command::new("sh").args(["-c", &script]));
    let folder = ground.folder.path().canonicalize().expect("a folder");
    let expected = format!("{}\n0027\na b\nseven\none  word|-- *|\n", folder.display());
    assert_eq!((text(&done.stdout), text(&done.stderr)), (expected, String::new()));
}

#[test]
fn a_closed_stdin_is_an_empty_one() {
    if !need::groups("a_closed_stdin_is_an_empty_one") {
        return;
    }
    let ground = Ground::new();
    let run = typed(&ground.script("", "cat; echo rest"));
    let done = output(std::process::Command::new("sh").args(["-c", &format!("exec {run} <&-")]));
    assert_eq!((done.status.code(), text(&done.stdout).as_str()), (Some(0), "rest\n"));
}

#[test]
fn a_script_without_an_interpreter_is_the_shells() {
    if !need::groups("a_script_without_an_interpreter_is_the_shells") {
        return;
    }
    let (ground, stage) = (Ground::new(), Stage::new());
    let script = stage.script("bare", "echo \"bare $1\"; exit 9\n");
    let done = output(ground.ffrtmp("run").arg("--").arg(script).arg("x"));
    assert_eq!((done.status.code(), text(&done.stdout).as_str()), (Some(9), "bare x\n"));
}

#[test]
fn many_at_once_are_as_many_jobs() {
    if !need::groups("many_at_once_are_as_many_jobs") {
        return;
    }
    let ground = Ground::new();
    let mut all: Vec<Under> = (0..20)
        .map(|n| {
            let script = format!("echo $$ > {}; read x; exit {n}", ground.file(&n.to_string()).display());
            Under::start(ground.script("", &script).stdin(Stdio::piped()))
        })
        .collect();
    let pids: Vec<u32> = (0..20).map(|n| number_in(&ground.file(&n.to_string()))).collect();
    let jobs: std::collections::BTreeSet<_> = pids.iter().filter_map(|&pid| cgroup::job_of(pid)).collect();
    assert_eq!((jobs.len(), ground.jobs().len()), (20, 20));
    for (n, running) in all.iter_mut().enumerate() {
        drop(running.child.stdin.take());
        assert_eq!(running.ended().code(), Some(n as i32));
    }
    assert_eq!(ground.jobs(), [""; 0]);
}

#[test]
fn limits_hold_from_its_first_instruction() {
    let test = "limits_hold_from_its_first_instruction";
    if !need::groups(test) || !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let (ground, stage) = (Ground::new(), Stage::new());
    let group = format!("{}$(sed -n s/^0:://p /proc/self/cgroup)", cgroup::mount().display());
    let first = format!("cd {group}; cat cpu.max memory.max pids.max pids.peak 2>/dev/null; true");
    let done = output(&mut ground.script("--cpu-quota 20 --memory-limit 64MiB --pids-max 9", &first));
    let said = text(&done.stdout);
    assert!(said.starts_with("20000 100000\n67108864\n9\n"), "{said}{}", text(&done.stderr));
    // Itself is one, so its first fork is refused.
    let done = output(&mut ground.script("--pids-max 1", "/bin/true; echo forked"));
    assert!(!text(&done.stdout).contains("forked") || text(&done.stderr).contains("fork"), "{done:?}");
    assert!(text(&done.stderr).to_lowercase().contains("fork"), "{done:?}");

    let actor = stage.copy("actor");
    let busy = Under::start(ground.ffrtmp("run --cpu-quota 20").arg("--").arg(actor).arg("busy"));
    let mut pid = 0;
    eventually("it runs", || {
        pid = netlink_tests::bench::actor::children_of(busy.pid()).first().copied().unwrap_or_default();
        pid != 0 && std::fs::read_link(format!("/proc/{pid}/exe")).is_ok_and(|exe| exe.ends_with("actor"))
    });
    let expected = |[share]: [f64; 1]| (0.17..=0.23).contains(&share);
    let share = cpu::shares_as([pid], Duration::from_secs(5), expected);
    assert!(expected(share), "{share:?}");
}

#[test]
fn within_a_job_the_tightest_of_all_above_holds() {
    if !need::groups("within_a_job_the_tightest_of_all_above_holds") {
        return;
    }
    let ground = Ground::new();
    let max = if has_controllers() { "cat $G/cpu.max" } else { "echo 30000 100000" };
    let inner =
        format!("G={}$(sed -n s/^0:://p /proc/self/cgroup); basename $G; {max}", cgroup::mount().display());
    let options = if has_controllers() { ["--cpu-quota 30", "--cpu-quota 80"] } else { ["", ""] };
    let run = typed(&ground.script(options[1], &inner));
    let done = output(
        &mut ground.script(options[0], &format!("basename $(sed -n s/^0:://p /proc/self/cgroup); {run}")),
    );
    let said = text(&done.stdout);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 3, "{said}{}", text(&done.stderr));
    assert!(
        lines[0].starts_with("run-sh-") && lines[1].starts_with("run-sh-") && lines[0] != lines[1],
        "{said}"
    );
    assert_eq!((lines[2], ground.jobs().len()), ("30000 100000", 0));
}

/// The kernel makes a move wait; who is born in the group need not be moved.
#[test]
fn it_is_born_in_its_group_and_moved_there_only_where_that_cannot_be() {
    let test = "it_is_born_in_its_group_and_moved_there_only_where_that_cannot_be";
    let strace = std::path::Path::new("/usr/bin/strace");
    if !need::groups(test) || !need::have(test, "strace", strace.exists()) {
        return;
    }
    let ground = Ground::new();
    for (what, inject) in [("born", "trace=clone3"), ("moved", "inject=clone3:error=ENOSYS")] {
        let (told, trace) = (ground.file(what), ground.file("trace"));
        let run = ground.script("", &format!("echo $$ > {}; cat /proc/self/cgroup", told.display()));
        let mut traced = std::process::Command::new(strace);
        traced.args(["-f", "-e", "trace=write,clone3", "-e", inject, "-o"]).arg(&trace);
        let done = output(traced.arg(run.get_program()).args(run.get_args()));
        assert!(text(&done.stdout).contains("/jobs/run-sh-"), "{done:?}");
        let trace = std::fs::read_to_string(trace).expect("what was called");
        let moved = trace.contains(&format!(", \"{}\", ", number_in(&told)));
        assert_eq!(moved, what == "moved", "{trace}");
    }
}

/// Each takes away what jobs are kept in when it sees none, while others are about to begin.
#[test]
fn many_come_and_go_side_by_side() {
    if !need::groups("many_come_and_go_side_by_side") {
        return;
    }
    let ground = Ground::new();
    let ground = &ground;
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(move || {
                for _ in 0..40 {
                    let done = output(&mut ground.ffrtmp("run -- true"));
                    assert_eq!((done.status.code(), text(&done.stderr)), (Some(0), String::new()));
                }
            });
        }
    });
    assert!(!ground.root.join("jobs").exists());
}

/// What a job's process runs came from where that job came from.
#[test]
fn one_within_another_goes_home_past_it() {
    if !need::groups("one_within_another_goes_home_past_it") {
        return;
    }
    let (ground, home) = (Ground::new(), cgroup::Home::new("within"));
    let told = ground.file("told");
    let inner = typed(&ground.script("", &format!("echo $$ > {}; exec sleep 1000", told.display())));
    let outer = typed(&ground.script(
        "",
        &format!("{inner} >/dev/null 2>&1 & while [ ! -e {} ]; do sleep 0.05; done", told.display()),
    ));
    let enter = format!("echo 0 > {}/cgroup.procs; exec {outer}", home.path().display());
    assert!(output(std::process::Command::new("sh").args(["-c", &enter])).status.success());
    let pid = number_in(&told);
    assert_eq!(output(&mut ground.ffrtmp(&format!("release {pid}"))).status.code(), Some(0));
    assert_eq!(cgroup::of(pid), Some(home.shown()));
    super::send(pid, libc::SIGKILL);
}

#[test]
fn all_processors_are_a_list_like_any_other() {
    let test = "all_processors_are_a_list_like_any_other";
    if !need::groups(test) || !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let ground = Ground::new();
    let all = cgroup::read(cgroup::mount().as_path(), "cpuset.cpus.effective");
    let done = output(&mut ground.script(&format!("--strict --cpus {all}"), "true"));
    assert_eq!((done.status.code(), text(&done.stderr)), (Some(0), String::new()));
}
