//! `tree`, by where the kernel says that processes live: what a governed process starts shares its job, has one of its own,
//! or is left outside.
#![expect(clippy::disallowed_methods, reason = "tests look at real files and wait for real processes")]

use netlink_tests::bench::actor::children_of;
use netlink_tests::bench::{Actor, Service, Stage, both_ways, cgroup, eventually, has_controllers, service};
use std::process::Command;

const SEPARATE: &str =
    "tree: separate\ntarget_commands: [ffmpeg, inner]\ncommands: {inner: {limits: {cpu_quota: 50}}}";
const ROOT_ONLY: &str = "tree: root-only\ntarget_commands: [ffmpeg, inner]";

/// A governed process with a child that is merely forked, and one that has executed another target.
fn family(stage: &Stage) -> Actor {
    let (ffmpeg, inner) = (stage.copy("ffmpeg"), stage.copy("inner"));
    Actor::start(&ffmpeg, &format!("children 1 spawn {} sleep", inner.display()))
}

/// That of the first process, of the forked one, and of the other target.
fn jobs_of(main: u32) -> [Option<String>; 3] {
    let children = children_of(main);
    let name = |pid: &u32| std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    let find = |comm: &str| children.iter().copied().find(|pid| name(pid).trim() == comm);
    [Some(main), find("ffmpeg"), find("inner")].map(|pid| pid.and_then(cgroup::job_of))
}

fn settles_to(service: &Service, main: u32, fits: impl Fn(&[Option<String>; 3]) -> bool) {
    eventually("each is where its tree has it", || {
        let jobs = jobs_of(main);
        children_of(main).len() == 2 && fits(&jobs)
    });
    assert_eq!(service.count("Could not"), 0, "{:?}", service.said());
}

/// `ps` and `explain` show the forked one below the one that forked it.
fn is_shown(service: &Service, actor: &Actor) {
    let forked =
        children_of(actor.pid()).into_iter().find(|&pid| cgroup::job_of(pid) == actor.job()).unwrap();
    let control = |command: &str| {
        let words = [command, "--control-socket", service.control_socket().to_str().expect("text")].join(" ");
        let told = Command::new(service::program()).args(words.split(' ')).output().expect("it runs");
        String::from_utf8(told.stdout).expect("text")
    };
    let tree = format!("  {} ffmpeg\n  └─ {forked} ffmpeg", actor.pid());
    eventually("ps shows the tree", || control("ps --tree").contains(&format!("{tree}\n")));
    let told = control(&format!("explain {forked}"));
    assert!(told.contains(&format!("Processes of the job:\n{tree}  <- this one\n")), "{told}");
}

#[test]
fn a_target_that_a_target_starts_has_a_job_of_its_own_with_its_own_limits() {
    both_ways("a_target_that_a_target_starts_has_a_job_of_its_own_with_its_own_limits", |start| {
        let service = start(SEPARATE);
        let stage = Stage::new();
        let mut actor = family(&stage);
        let main = actor.caught_as("ffmpeg");
        let own = |job: &Option<String>| job.as_ref().is_some_and(|job| job.starts_with("auto-inner-"));
        settles_to(&service, actor.pid(), |[outer, forked, inner]| {
            outer.as_ref() == Some(&main) && forked == outer && own(inner)
        });
        let inner = jobs_of(actor.pid())[2].clone().unwrap();
        is_shown(&service, &actor);
        if has_controllers() {
            assert_eq!(cgroup::read(&service.group(&inner), "cpu.max"), "50000 100000");
            assert_eq!(cgroup::read(&service.group(&main), "cpu.max"), "max 100000");
        }
        actor.kill();
        eventually("both jobs are over", || service.jobs().is_empty());
    });
}

#[test]
fn what_a_process_of_a_tree_of_one_forks_goes_back_where_that_came_from() {
    both_ways("what_a_process_of_a_tree_of_one_forks_goes_back_where_that_came_from", |start| {
        let home = cgroup::Home::new("trees");
        let stage = Stage::new();
        let (inner, go) = (stage.copy("inner"), stage.path().join("go"));
        let words = format!("await {} children 1 spawn {} sleep", go.display(), inner.display());
        let actor = Actor::start(&stage.copy("ffmpeg"), &words);
        home.put(actor.pid());
        let service = start(ROOT_ONLY);
        let main = actor.caught_as("ffmpeg");
        std::fs::write(go, "").expect("a word");
        settles_to(&service, actor.pid(), |[outer, forked, inner]| {
            outer.as_ref() == Some(&main)
                && forked.is_none()
                && inner.as_ref().is_some_and(|job| job.starts_with("auto-inner-"))
        });
        let free: Vec<u32> =
            children_of(actor.pid()).into_iter().filter(|&pid| cgroup::job_of(pid).is_none()).collect();
        assert_eq!(free.iter().map(|&pid| cgroup::of(pid)).collect::<Vec<_>>(), [Some(home.shown())]);

        // Told otherwise, the service has them inside.
        service.reload("tree: shared\ntarget_commands: [ffmpeg, inner]\nscan_interval: 200ms");
        settles_to(&service, actor.pid(), |[outer, forked, _]| forked == outer);
    });
}
