//! In a container's surroundings the service starts, says once what it has to do without, and does the rest: it finds
//! processes by scans, and governs them wherever the cgroup files can be written.

use netlink_tests::bench::actor::{children_of, program};
use netlink_tests::bench::{Actor, Service, Setup, Stage, cgroup, eventually, turn, world};
use netlink_tests::listening::listening;
use netlink_tests::need;

const SCANS: [&str; 2] = ["--scan-interval", "200ms"];

/// A service under these words of the actor.
fn within(words: &str) -> Service {
    let actor = program();
    let mut wrapper = vec![actor.to_str().expect("a path")];
    wrapper.extend(words.split(' '));
    wrapper.push("exec");
    Setup::new().flags(&SCANS).under(&wrapper).start()
}

/// Said at the start, with its cause, and never again.
fn polls_because(service: &Service, cause: &str) {
    let said = service.wait_for("Process events: ");
    assert!(said.contains("not available") && said.contains(cause), "{said}");
    assert!(said.contains("found by scans alone"), "{said}");
    service.wait_for_nth("Scan complete", service.count("Scan complete") + 3);
    assert_eq!(service.count("Process events: "), 1, "{:?}", service.said());
}

#[test]
fn in_a_network_namespace_it_polls_and_governs() {
    let test = "in_a_network_namespace_it_polls_and_governs";
    if !need::service(test) {
        return;
    }
    let _turn = turn();
    let mut service = within("unshare net");
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "children 1 sleep");
    let job = actor.caught_as("ffmpeg");
    eventually("its child is, too", || {
        cgroup::read(&service.group(&job), "cgroup.procs").lines().count() == 2
    });
    polls_because(&service, "not the initial network namespace");
    assert!(service.stop().success());
}

#[test]
fn in_a_user_namespace_it_polls_and_governs() {
    let test = "in_a_user_namespace_it_polls_and_governs";
    if !need::service(test) {
        return;
    }
    let _turn = turn();
    // Somebody else listens, so events come to it that nobody promised: it must not build on them.
    let _other = listening(1 << 20, 4711);
    let mut service = within("unshare user");
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    actor.caught_as("ffmpeg");
    // Before 6.6 nobody may even listen who has no capability outside.
    let older = world().as_deref() == Some("6.1");
    polls_because(
        &service,
        if older { "outside any user namespace" } else { "not the initial pid and user namespace" },
    );
    assert!(service.stop().success());
}

/// As in a container: its own processes are all that it sees.
#[test]
fn in_a_pid_namespace_it_polls_and_governs_what_it_sees() {
    let test = "in_a_pid_namespace_it_polls_and_governs_what_it_sees";
    if !need::service(test) {
        return;
    }
    let _turn = turn();
    let mut service = within("unshare pid,mnt fork proc");
    let stage = Stage::new();
    let ffmpeg = stage.copy("ffmpeg");
    let outside = Actor::start(&ffmpeg, "sleep");
    let words = format!("enter {} fork exec {} sleep", service.own_pid(), ffmpeg.display());
    let door = Actor::start(&program(), &words);
    let inside = || children_of(door.pid()).first().copied();
    eventually("a target inside is governed", || inside().is_some_and(|pid| cgroup::job_of(pid).is_some()));
    let attached = service.wait_for("Attached PID");
    let job = cgroup::job_of(inside().unwrap()).unwrap();
    assert!(attached.contains(&format!("(job {job})")), "{attached} in {job}");
    polls_because(&service, "not the initial pid and user namespace");
    assert_eq!((outside.job(), service.jobs().len()), (None, 1));
    assert!(service.stop().success());
}

/// The numbers in this /proc are not those that its own system calls take: whoever it would move, it would be somebody
/// else.
#[test]
fn with_the_proc_of_another_pid_namespace_it_only_observes() {
    let test = "with_the_proc_of_another_pid_namespace_it_only_observes";
    if !need::service(test) {
        return;
    }
    let _turn = turn();
    let mut service = within("unshare pid fork");
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    service.wait_for(&format!("Discovered new process: PID {}", actor.pid()));
    polls_because(&service, "not the initial pid and user namespace");
    let said = service.wait_for("Cannot govern processes, only observing");
    assert!(said.contains("/proc shows the processes of another pid namespace"), "{said}");
    assert_eq!((actor.job(), service.count("Attach")), (None, 0), "{:?}", service.said());
    assert!(service.stop().success());
}

#[test]
fn where_cgroups_are_read_only_it_observes_and_says_the_remedy() {
    let test = "where_cgroups_are_read_only_it_observes_and_says_the_remedy";
    if !need::service(test) {
        return;
    }
    let _turn = turn();
    let mut service = within(&format!("unshare mnt readonly {}", cgroup::mount().display()));
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    service.wait_for(&format!("Discovered new process: PID {}", actor.pid()));
    service.wait_for_nth("Scan complete", service.count("Scan complete") + 3);
    let said = service.wait_for("Cannot govern processes, only observing");
    assert!(said.contains("is read-only; mount it read-write"), "{said}");
    assert_eq!(service.count("Cannot govern processes"), 1);
    assert_eq!((actor.job(), service.count("Attach")), (None, 0), "{:?}", service.said());
    // What it sees is told to the end.
    let pid = actor.pid();
    drop(actor);
    service.wait_for(&format!("Process {pid} exited"));
    assert!(service.stop().success());
}

/// Both at once, as in a container that is given nothing.
#[test]
fn with_neither_events_nor_cgroups_it_still_discovers() {
    let test = "with_neither_events_nor_cgroups_it_still_discovers";
    if !need::service(test) {
        return;
    }
    let _turn = turn();
    let mut service = within(&format!("unshare net,mnt readonly {}", cgroup::mount().display()));
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    service.wait_for(&format!("Discovered new process: PID {}", actor.pid()));
    polls_because(&service, "not the initial network namespace");
    assert_eq!(service.count("Cannot govern processes"), 1);
    assert!(service.stop().success());
}

/// Its own group is the top there; the mount is the host's and shows more.
#[test]
fn in_a_cgroup_namespace_it_governs() {
    let test = "in_a_cgroup_namespace_it_governs";
    if !need::service(test) {
        return;
    }
    let _turn = turn();
    let mut service = within("unshare cgroup");
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("ffmpeg"), "sleep");
    actor.caught_as("ffmpeg");
    service.wait_for("Process events: live");
    assert!(service.stop().success());
}

/// As in a container that was not given the journal's socket: asked for all the same, it costs no line.
#[test]
fn where_no_journal_listens_the_log_is_on_stdout() {
    let test = "where_no_journal_listens_the_log_is_on_stdout";
    if !need::service(test) {
        return;
    }
    let _turn = turn();
    let program = program();
    let words = [program.to_str().unwrap(), "unshare", "mnt", "tmpfs", "/run", "64", "exec"];
    let setup = Setup::new().without("--log-format").flags(&["--log-format", "journal"]).under(&words);
    let mut service = setup.start();
    let said = service.wait_for("nobody listens at /run/systemd/journal/socket");
    assert!(said.ends_with("the log goes to stdout as text"), "{said}");
    assert!(service.stop().success());
    assert_eq!(service.count("nobody listens"), 1);
    assert!(service.said().last().unwrap().ends_with("Service stopped gracefully"), "{:?}", service.said());
}
