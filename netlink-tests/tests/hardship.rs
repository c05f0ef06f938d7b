//! What limits do to jobs is told: by the kernel's own counters, with the right names, in time and in few words. Only where
//! the version 2 hierarchy has the controllers; elsewhere nothing of the kind is said.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::actor::children_of;
use netlink_tests::bench::{Actor, Service, Setup, Stage, cgroup, eventually, has_controllers, turn};
use netlink_tests::need;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

fn can_run(test: &str) -> bool {
    need::service(test) && need::have_in_a_world(test, has_controllers())
}

/// A job that does the rest of its words when it is told to.
struct Ready {
    actor: Actor,
    job: String,
    group: PathBuf,
    go: PathBuf,
}

impl Ready {
    fn under(service: &Service, stage: &Stage, first: &str, then: &str) -> Ready {
        let go = stage.path().join("go");
        let actor = Actor::start(&stage.copy("ffmpeg"), &format!("{first} await {} {then}", go.display()));
        let job = actor.caught_as("ffmpeg");
        service.wait_for(&format!("Attached PID {} ", actor.pid()));
        Ready { group: service.group(&job), actor, job, go }
    }

    fn go(&self) {
        std::fs::write(&self.go, "").expect("the word to go");
    }
}

/// Its metrics can be asked for.
fn measured(yaml: &str) -> Service {
    Setup::new().config(yaml).flags(&["--metrics-listen", "127.0.0.1:0"]).start()
}

fn records(service: &Service, event: &str) -> Vec<Value> {
    service.records().into_iter().filter(|record| record["event"] == event).collect()
}

fn counted(service: &Service, event: &str) -> u64 {
    records(service, event).iter().map(|record| record["count"].as_u64().expect("a count")).sum()
}

fn suffered(service: &Service) -> Value {
    service.control().ask(json!({ "ask": "ps" }))["jobs"][0]["suffered"].take()
}

fn has_come(group: &Path, file: &str, key: &str) -> bool {
    std::fs::read_to_string(group.join(file)).is_ok_and(|text| {
        text.lines().any(|line| line.starts_with(&format!("{key} ")) && !line.ends_with(" 0"))
    })
}

#[test]
fn who_is_killed_by_hand_is_not_said_to_have_wanted_memory() {
    if !need::service("who_is_killed_by_hand_is_not_said_to_have_wanted_memory") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let service = Setup::new().config("default_limits: { memory_limit: 64, pids_max: 50 }").start();
    let mut actor = Actor::start(&stage.copy("ffmpeg"), "children 2 sleep");
    actor.caught_as("ffmpeg");
    service.wait_for(&format!("Attached PID {} ", actor.pid()));
    actor.kill();
    service.wait_for(&format!("Process {} exited", actor.pid()));
    eventually("its job is over", || service.jobs().is_empty());
    for event in ["oom_killed", "oom_killed_unseen", "forks_refused", "strained"] {
        assert_eq!(records(&service, event), Vec::<Value>::new());
    }
}

#[test]
fn whoever_of_several_grows_too_far_is_named_within_a_second() {
    if !can_run("whoever_of_several_grows_too_far_is_named_within_a_second") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().config("default_limits: { memory_limit: 64 }").start();
    let second = Duration::from_millis(1500);
    // An emulated machine may stand still at that very moment.
    let in_time = (1..=3).any(|nth| {
        let took = one_of_several_is_named(&service, nth);
        println!("told after {took:.0?}");
        eventually("its job is over", || service.jobs().is_empty());
        took < second
    });
    assert!(in_time);
}

/// How long that took; all but the time is right each time.
fn one_of_several_is_named(service: &Service, nth: usize) -> Duration {
    let stage = Stage::new();
    let ready = Ready::under(service, &stage, "children 2 fork rename gree(dy", "grow 200");
    let main = ready.actor.pid();
    let named = |pid: &u32| {
        std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm == "gree(dy\n")
    };
    eventually("it has its name", || children_of(main).iter().any(named));
    let greedy = children_of(main).into_iter().find(named).expect("it");
    ready.go();
    eventually("the kernel has killed it", || has_come(&ready.group, "memory.events", "oom_kill"));
    let killed = Instant::now();
    let said = service.wait_for_nth("Out of memory", nth);
    let (took, job) = (killed.elapsed(), &ready.job);
    assert_eq!(
        said,
        format!(
            "[watch] Out of memory: the kernel killed 1 process(es) of job {job}: PID {greedy} (gree(dy); it had reached \
             its memory_limit"
        )
    );
    assert_eq!(counted(service, "oom_killed"), nth as u64);
    let shown = suffered(service);
    assert_eq!(
        (&shown["oom_kills"], shown["last_victims"].as_str()),
        (&json!(1), Some(&*format!("PID {greedy} (gree(dy)")))
    );
    took
}

#[test]
fn where_all_of_a_job_are_killed_all_are_named_before_its_end() {
    if !can_run("where_all_of_a_job_are_killed_all_are_named_before_its_end") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let service = Setup::new().config("default_limits: { memory_limit: 64, oom_group: true }").start();
    let ready = Ready::under(&service, &stage, "children 3", "grow 200");
    let main = ready.actor.pid();
    let all: Vec<u32> = children_of(main).into_iter().chain([main]).collect();
    assert_eq!(all.len(), 4);
    ready.go();
    let said = service.wait_for("Out of memory");
    assert!(all.iter().all(|pid| said.contains(&format!("PID {pid} (ffmpeg)"))), "{said}");
    assert!(said.ends_with("and oom_group ends all of it"), "{said}");
    eventually("the job is over", || service.jobs().is_empty());
    // The kernel may come by the first of them twice.
    assert!((4..=5).contains(&counted(&service, "oom_killed")), "{said}");
}

#[test]
fn a_job_that_starts_anew_what_is_killed_is_told_of_in_few_lines_that_leave_nothing_out() {
    if !can_run("a_job_that_starts_anew_what_is_killed_is_told_of_in_few_lines_that_leave_nothing_out") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let service = measured("default_limits: { memory_limit: 24 }");
    let ready = Ready::under(&service, &stage, "", "hungry 12 40 sleep");
    ready.go();
    let began = Instant::now();
    let kills = || cgroup::counter(&ready.group, "memory.events", "oom_kill");
    eventually("all are killed", || kills() == 12);
    let minutes = began.elapsed().as_secs() as usize / 60;
    eventually("all are told of", || counted(&service, "oom_killed") == 12);
    let lines = records(&service, "oom_killed").len();
    assert!((2..=4 + minutes).contains(&lines), "{lines} lines, {minutes} minutes");
    assert_eq!(suffered(&service)["oom_kills"], 12);
    eventually("they are a metric", || service.scrape().value("oom_kills_total") >= 12.0);
}

#[test]
fn refused_forks_are_counted_as_the_kernel_counts_them() {
    if !can_run("refused_forks_are_counted_as_the_kernel_counts_them") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let service = measured("default_limits: { pids_max: 3 }");
    let ready = Ready::under(&service, &stage, "children 2", "forks 20 sleep");
    ready.go();
    let refused = || cgroup::counter(&ready.group, "pids.events", "max");
    eventually("all were refused", || refused() == 20);
    let said = service.wait_for("was refused");
    eventually("all are told of", || counted(&service, "forks_refused") == 20);
    assert!(said.contains(&format!("Job {} was refused ", ready.job)), "{said}");
    assert_eq!(suffered(&service)["forks_refused"], 20);
    let metric = format!("job_forks_refused_total{{job_id=\"{}\",command=\"ffmpeg\"}}", ready.job);
    eventually("it is a metric", || service.scrape().get(&metric) == Some(20.0));
}

#[test]
fn lasting_throttling_is_told_at_its_begin_and_its_end() {
    if !can_run("lasting_throttling_is_told_at_its_begin_and_its_end") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let service = measured("default_limits: { cpu_quota: 10 }");
    let busy = Actor::start(&stage.copy("ffmpeg"), "busy");
    busy.caught_as("ffmpeg");
    service.wait_for("is throttled");
    let begun = &records(&service, "strained")[0];
    assert_eq!(begun["strain"], "throttled");
    let percent = begun["percent"].as_u64().expect("a share");
    assert!((50..=100).contains(&percent), "{percent}");
    assert!(suffered(&service)["strains"]["throttled"].as_f64().is_some_and(|time| time >= 10.0));
    let metric = format!(
        "job_strained{{job_id=\"auto-ffmpeg-{}\",command=\"ffmpeg\",strain=\"throttled\"}}",
        busy.pid()
    );
    assert_eq!(service.scrape().value(&metric), 1.0);
    service.reload("default_limits: {}");
    service.wait_for("is no longer throttled");
    assert_eq!((records(&service, "strained").len(), records(&service, "eased").len()), (1, 1));
    assert!(suffered(&service)["strains"]["throttled"].is_null());
}

#[test]
fn a_kill_while_the_service_does_not_run_is_told_once_as_such() {
    if !can_run("a_kill_while_the_service_does_not_run_is_told_once_as_such") {
        return;
    }
    let (_turn, stage) = (turn(), Stage::new());
    let mut service = Setup::new().config("default_limits: { memory_limit: 24 }").start();
    let again = stage.path().join("again");
    let ready = Ready::under(
        &service,
        &stage,
        "",
        &format!("hungry 1 40 await {} hungry 1 40 sleep", again.display()),
    );
    ready.go();
    service.wait_for("Out of memory");
    service.stop();
    std::fs::write(&again, "").expect("the word to go");
    eventually("the second is killed", || cgroup::counter(&ready.group, "memory.events", "oom_kill") == 2);
    let mut service = service.start_again();
    let said = service.wait_for("Out of memory");
    assert!(
        said.contains("killed 1 process(es)") && said.contains("while this service did not run"),
        "{said}"
    );
    eventually("it is remembered", || service.count("State saved") > 0);
    service.stop();
    let service = service.start_again();
    service.wait_for("Adopted PID");
    eventually("its use is read", || suffered(&service)["oom_kills"] == 2);
    assert_eq!(service.count("Out of memory"), 0, "{:?}", service.said());
}
