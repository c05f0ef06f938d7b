//! The running service is asked why a process is, or is not, governed; the processes, groups and refusals are real. What
//! reality cannot be made to do is asked of the engine in its own tests.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::actor::children_of;
use netlink_tests::bench::cgroup::Home;
use netlink_tests::bench::{
    Actor, Service, Setup, Stage, cgroup, eventually, has_controllers, patience, turn,
};
use netlink_tests::need;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

fn explain(service: &Service, pid: u32) -> Value {
    let told = service.control().ask(json!({ "ask": "explain", "pid": pid }));
    assert_eq!(told["explanation"]["pid"], pid, "{told}");
    told["explanation"].clone()
}

/// Waits until this is what is said, in a word and in a sentence.
fn assert_explained(service: &Service, pid: u32, state: &str, sentence: &str) -> Value {
    let (began, expected) = (Instant::now(), (&json!(state), &json!(sentence)));
    loop {
        let told = explain(service, pid);
        if (&told["state"], &told["sentence"]) == expected {
            return told;
        }
        assert!(began.elapsed() < patience(), "not {expected:#?}, but {told:#}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn start(
    test: &str,
    setup: impl FnOnce(Setup) -> Setup,
) -> Option<(netlink_tests::bench::Turn, Stage, Service)> {
    need::service(test).then(|| (turn(), Stage::new(), setup(Setup::new()).start()))
}

fn actor(stage: &Stage) -> Actor {
    Actor::start(&stage.copy("ffmpeg"), "sleep")
}

#[test]
fn a_governed_process_its_child_and_both_when_they_are_gone() {
    let test = "a_governed_process_its_child_and_both_when_they_are_gone";
    let Some((_turn, stage, service)) =
        start(test, |setup| setup.config("default_limits: {cpu_weight: 300}"))
    else {
        return;
    };
    let mut main = Actor::start(&stage.copy("ffmpeg"), "children 1 sleep");
    let job = main.caught_as("ffmpeg");
    service.wait_for(&format!("Attached PID {} ", main.pid()));
    let pid = main.pid();
    let told = explain(&service, pid);
    let since = told["job"]["attached_at"].as_str().expect("a time").to_owned();
    let sentence =
        format!("PID {pid} (ffmpeg) is governed as job {job} since {since}, limits cpu_weight=300.");
    let told = assert_explained(&service, pid, "governed", &sentence);
    assert_eq!((&told["rule"], &told["tried"][0]["matches"]), (&json!("exe"), &json!(true)));
    let in_job = |told: &Value| {
        told["facts"].as_array().unwrap().iter().all(|f| !f.as_str().unwrap().contains("sits"))
    };
    assert!(in_job(&told), "{told:#}");

    eventually("it has its child", || children_of(pid).len() == 1);
    let child = children_of(pid)[0];
    let sentence = format!(
        "PID {child} (ffmpeg) belongs to job {job} through PID {pid} (ffmpeg), limits cpu_weight=300."
    );
    assert!(in_job(&assert_explained(&service, child, "member", &sentence)));

    main.kill();
    eventually("it is gone", || explain(&service, pid)["state"] == "gone");
    eventually("how it ended was told", || {
        explain(&service, pid)["sentence"].as_str().unwrap().contains("SIGKILL")
    });
    let sentence = explain(&service, pid)["sentence"].as_str().unwrap().to_owned();
    let begins = format!("PID {pid} (ffmpeg) is gone: it was governed as job {job}; it ran for ");
    assert!(sentence.starts_with(&begins) && sentence.contains(" and was ended by SIGKILL, "), "{sentence}");
    let sentence = format!("There is no process {child}, and no target of that number has ended lately.");
    assert_explained(&service, child, "no_such_pid", &sentence);
}

#[test]
fn a_filter_an_age_and_what_is_no_target() {
    let config = "commands: {gst-launch-1.0: {filters: {min_runtime: 1h}}, ffmpeg: {filters: {blocked_uids: [0], allowed_dirs: [/]}}}";
    let Some((_turn, stage, service)) =
        start("a_filter_an_age_and_what_is_no_target", |setup| setup.config(config))
    else {
        return;
    };
    let ignored = actor(&stage);
    let pid = ignored.pid();
    let sentence = format!(
        "PID {pid} (ffmpeg) is target ffmpeg, and a filter keeps it out: uid 0 is among blocked_uids. To have it \
         governed, change the filters and reload."
    );
    let told = assert_explained(&service, pid, "ignored", &sentence);
    let filters: Vec<_> =
        told["filters"].as_array().unwrap().iter().map(|f| (&f["filter"], &f["passed"])).collect();
    let (allowed, blocked) = (json!("allowed_dirs"), json!("blocked_uids"));
    assert_eq!(filters, [(&blocked, &json!(false)), (&allowed, &json!(true))]);

    let young = Actor::start(&stage.copy("gst-launch-1.0"), "sleep");
    eventually("it waits", || explain(&service, young.pid())["state"] == "waiting");
    let told = explain(&service, young.pid());
    let sentence = told["sentence"].as_str().unwrap();
    assert!(sentence.contains("too young: it is looked at again in 59m"), "{sentence}");

    let other = Actor::named(&stage.copy("encoder"), "/opt/enc", "sleep");
    let pid = other.pid();
    let sentence = format!(
        "PID {pid} (encoder) is no target: none of its names (exe encoder, argv[0] enc, comm encoder) equals one of \
         ffmpeg, gst-launch-1.0. To have it governed, add its name to target_commands and reload."
    );
    let told = assert_explained(&service, pid, "not_a_target", &sentence);
    assert_eq!(told["tried"].as_array().unwrap().len(), 6);
    assert_eq!(told["facts"], json!([format!("It sits in {}.", cgroup::of(pid).unwrap())]));
}

#[test]
fn who_is_never_governed_and_numbers_that_are_no_process() {
    let Some((_turn, stage, service)) = start("who_is_never_governed_and_numbers_that_are_no_process", |s| s)
    else {
        return;
    };
    let own = service.pid();
    let sentence =
        format!("PID {own} (ffrtmp) is the service itself or a child of it, which are never governed.");
    assert_explained(&service, own, "own_child", &sentence);
    if Path::new("/proc/2/comm").exists() && std::fs::read_to_string("/proc/2/comm").unwrap() == "kthreadd\n"
    {
        let sentence = "PID 2 (kthreadd) is a kernel thread, which are never governed.";
        assert_explained(&service, 2, "kernel_thread", sentence);
    }

    let threads = Actor::start(&stage.copy("many"), "threads 1 sleep");
    let tasks = format!("/proc/{}/task", threads.pid());
    let of = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.unwrap().file_name().to_str().unwrap().parse::<u32>()
    };
    let mut thread = None;
    eventually("it has a second thread", || {
        let all = std::fs::read_dir(&tasks).unwrap().map(|entry| of(entry).unwrap());
        thread = all.into_iter().find(|&tid| tid != threads.pid());
        thread.is_some()
    });
    let thread = thread.unwrap();
    let sentence = format!("{thread} is a thread of PID {}: ask about that one.", threads.pid());
    assert_explained(&service, thread, "no_such_pid", &sentence);

    let zombie = actor(&stage);
    zombie.caught_as("ffmpeg");
    let pid = nix::unistd::Pid::from_raw(zombie.pid() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).expect("a signal to our own");
    let me = std::process::id();
    let exe = std::env::current_exe().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
    let sentence = format!(
        "PID {pid} (ffmpeg) has ended, and its parent, PID {me} ({exe}), has not taken notice: nothing is left to govern."
    );
    assert_explained(&service, zombie.pid(), "zombie", &sentence);
}

#[test]
fn one_that_lives_in_a_container_and_one_that_somebody_moved_out() {
    let test = "one_that_lives_in_a_container_and_one_that_somebody_moved_out";
    let config = "scan_interval: 200ms\ncgroup: {on_drift: leave}\n";
    let Some((_turn, stage, service)) = start(test, |setup| setup.config(config)) else { return };
    let home = Home::new("away");
    let moved = actor(&stage);
    let job = moved.caught_as("ffmpeg");
    service.wait_for(&format!("Attached PID {} ", moved.pid()));
    home.put(moved.pid());
    let pid = moved.pid();
    let sentence = format!(
        "PID {pid} (ffmpeg) was moved out of job {job} to {} by somebody else and is left there: cgroup.on_drift is \
         leave. A reload takes it again.",
        home.shown()
    );
    assert_explained(&service, pid, "moved_out", &sentence);
    let counted =
        service.control().ask(json!({ "ask": "status" }))["status"]["ungoverned"]["moved_out"].clone();
    assert_eq!(counted, 1);

    let container = Container::new();
    let program = stage.copy("ffmpeg");
    let waits = stage.path().join("go");
    let words = format!("await {} exec {} sleep", waits.display(), program.display());
    let left = Actor::start(&stage.copy("sh"), &words);
    // Alone there it would be governed in place.
    let company = Actor::start(&stage.copy("company"), "sleep");
    for pid in [left.pid(), company.pid()] {
        std::fs::write(container.0.join("cgroup.procs"), pid.to_string()).expect("a move");
    }
    std::fs::write(&waits, "").expect("a file");
    let pid = left.pid();
    let name = container.0.file_name().unwrap().to_str().unwrap();
    let sentence = format!(
        "PID {pid} (ffmpeg) is target ffmpeg and is left where it is: it runs in a Docker container ({name}), and it is not \
         alone in its group (pid {} is there, too). Whoever manages that group governs it: set its limits there.",
        company.pid()
    );
    assert_explained(&service, pid, "left", &sentence);
}

/// A group with the name that Docker would give it, gone when dropped.
struct Container(std::path::PathBuf);

impl Container {
    fn new() -> Container {
        let path = cgroup::mount().join(format!("docker-ffrtmp-test-{}.scope", std::process::id()));
        std::fs::create_dir(&path).expect("a group of our own");
        Container(path)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        cgroup::remove(&self.0);
    }
}

#[test]
fn one_that_is_tried_again_one_that_was_given_up_and_a_pause_of_all() {
    let test = "one_that_is_tried_again_one_that_was_given_up_and_a_pause_of_all";
    let config = "retry: {initial_delay: 1h, max_delay: 1h}";
    let Some((turn, stage, service)) = start(test, |setup| setup.config(config)) else { return };
    let no_room = |service: &Service| {
        std::fs::write(service.root().join("jobs/cgroup.max.descendants"), "0").expect("our own group");
    };
    no_room(&service);
    let cause = |service: &Service, told: &Value| {
        let failure = told["failures"].as_array().unwrap().last().expect("a failure");
        assert_eq!((&failure["step"], &failure["class"]), (&json!("mkdir"), &json!("rate-limit")));
        assert!(failure["path"].as_str().unwrap().starts_with(service.root().to_str().unwrap()), "{failure}");
        "cgroup.max.descendants or cgroup.max.depth of a parent group is reached"
    };
    let first = actor(&stage);
    eventually("it is to be tried again", || explain(&service, first.pid())["state"] == "retrying");
    let told = explain(&service, first.pid());
    let sentence = told["sentence"].as_str().unwrap();
    let last = format!("; {}. Failed tries: 1; the next one in ", cause(&service, &told));
    assert!(sentence.contains(&last), "{sentence}");
    let second = actor(&stage);
    eventually("so is the next", || explain(&service, second.pid())["state"] == "retrying");
    let third = actor(&stage);
    eventually("all are paused", || explain(&service, third.pid())["state"] == "paused");
    let told = explain(&service, third.pid());
    let sentence = told["sentence"].as_str().unwrap();
    let paused = "Attaching is paused for all targets (no room for another cgroup); a probe tries again in ";
    assert!(sentence.contains(paused) && sentence.contains(cause(&service, &told)), "{sentence}");
    drop((first, second, third, service, turn));

    let Some((_turn, stage, service)) = start(test, |setup| setup.flags(&["--no-retry"])) else { return };
    no_room(&service);
    let given_up = actor(&stage);
    eventually("it is given up", || explain(&service, given_up.pid())["state"] == "dead_letter");
    let told = explain(&service, given_up.pid());
    let job = format!("auto-ffmpeg-{}", given_up.pid());
    let sentence = told["sentence"].as_str().unwrap();
    let begins =
        format!("PID {} (ffmpeg) was given up as job {job}, failed tries: 1: mkdir ", given_up.pid());
    let ends = format!("; {}. `ffrtmp retry {job}` or a reload tries it again.", cause(&service, &told));
    assert!(sentence.starts_with(&begins) && sentence.ends_with(&ends), "{sentence}");
}

#[test]
fn a_dry_run_says_what_it_would_do() {
    let Some((_turn, stage, service)) =
        start("a_dry_run_says_what_it_would_do", |setup| setup.flags(&["--dry-run"]))
    else {
        return;
    };
    let followed = actor(&stage);
    let pid = followed.pid();
    let sentence = format!(
        "PID {pid} (ffmpeg) would be governed as job auto-ffmpeg-{pid}, without limits: this is a dry run, \
         nothing is touched."
    );
    assert_explained(&service, pid, "observed", &sentence);
}

#[test]
fn polling_tells_when_it_will_look() {
    let flags = &["--poll-only", "--scan-interval", "1h"];
    let Some((_turn, stage, service)) = start("polling_tells_when_it_will_look", |setup| setup.flags(flags))
    else {
        return;
    };
    let unmet = actor(&stage);
    let told = explain(&service, unmet.pid());
    let sentence = told["sentence"].as_str().unwrap();
    let words = "matches target ffmpeg and has not been met as such yet: the next scan comes within 59m";
    assert!(sentence.contains(words) && told["state"] == "attaching", "{told:#}");
}

#[test]
fn many_are_asked_about_at_once_and_one_who_has_said_all_still_gets_his_answers() {
    let test = "many_are_asked_about_at_once_and_one_who_has_said_all_still_gets_his_answers";
    let Some((_turn, _stage, service)) = start(test, |s| s) else { return };
    let mut stream = UnixStream::connect(service.control_socket()).expect("the socket");
    let me = std::process::id();
    let lines: String =
        (0..50).map(|n| format!("{{\"v\":1,\"id\":{n},\"ask\":\"explain\",\"pid\":{me}}}\n")).collect();
    stream.write_all(lines.as_bytes()).expect("it takes requests");
    stream.shutdown(Shutdown::Write).expect("that was all");
    let answers =
        BufReader::new(stream).lines().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
    let mut ids: Vec<u64> = answers
        .map(|answer| {
            assert_eq!(answer["explanation"]["state"], "not_a_target", "{answer}");
            answer["id"].as_u64().unwrap()
        })
        .collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..50).collect::<Vec<_>>());
    for request in [r#"{"v":1,"ask":"explain"}"#, r#"{"v":1,"ask":"explain","pid":-1}"#] {
        let mut control = service.control();
        control.say(request);
        assert_eq!(control.line()["error"]["code"], "malformed");
    }
}

#[test]
fn memory_that_was_in_use_before_the_attachment_is_told_to_be_outside() {
    let test = "memory_that_was_in_use_before_the_attachment_is_told_to_be_outside";
    if !need::service(test) || !need::have_in_a_world(test, has_controllers()) {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let before = Actor::start(&stage.copy("ffmpeg"), "grow 64");
    // What it has of its own: its program's pages are in memory, too.
    let holds_all = |actor: &Actor| {
        let statm = procfs::process::Process::new(actor.pid() as i32).and_then(|process| process.statm());
        statm.is_ok_and(|statm| (statm.resident - statm.shared) * 4096 >= 64 << 20)
    };
    eventually("it holds 64 MiB", || holds_all(&before));
    let service = Setup::new().config("default_limits: {memory_limit: 256}").start();
    let go = stage.path().join("go");
    let after = Actor::start(&stage.copy("ffmpeg"), &format!("await {} grow 64", go.display()));
    service.wait_for(&format!("Attached PID {} ", after.pid()));
    std::fs::write(&go, "").expect("the word to go");
    eventually("the other holds as much", || holds_all(&after));
    let told = explain(&service, before.pid());
    let outside = told["outside_memory"].as_u64().expect("a number");
    assert!((60 << 20..80 << 20).contains(&outside), "{told:#}");
    let fact = told["facts"][0].as_str().unwrap();
    assert!(fact.contains("MiB of the job's memory were in use before the job was there"), "{fact}");
    let inside = explain(&service, after.pid());
    assert!(inside["outside_memory"].as_u64().expect("a number") < 8 << 20, "{inside:#}");
}
