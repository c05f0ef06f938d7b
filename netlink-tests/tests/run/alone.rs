//! `attach` and `release` where no service runs.

use super::{Ground, output, text};
use netlink_tests::bench::{Actor, Setup, Stage, cgroup, eventually, has_controllers, turn};
use netlink_tests::need;
use serde_json::{Value, json};

#[test]
fn a_process_is_attached_with_its_children_and_released_to_where_it_was() {
    if !need::groups("a_process_is_attached_with_its_children_and_released_to_where_it_was") {
        return;
    }
    let (ground, stage) = (Ground::new(), Stage::new());
    let home = cgroup::Home::new("attach");
    let actor = home.start(&stage.copy("encoder"), "children 2 sleep");
    eventually("its children are there", || netlink_tests::bench::actor::children_of(actor.pid()).len() == 2);
    let family: Vec<u32> =
        netlink_tests::bench::actor::children_of(actor.pid()).into_iter().chain([actor.pid()]).collect();
    let quota = if has_controllers() { "--cpu-quota 30" } else { "" };
    let done = output(&mut ground.ffrtmp(&format!("attach --pid {} {quota}", actor.pid())));
    let job = format!("auto-encoder-{}", actor.pid());
    let told = format!("process {} is job {job}, with 2 process(es) besides\n", actor.pid());
    assert_eq!((done.status.code(), text(&done.stdout), text(&done.stderr)), (Some(0), told, String::new()));
    assert!(family.iter().all(|&pid| cgroup::job_of(pid).as_ref() == Some(&job)));
    if has_controllers() {
        assert_eq!(cgroup::read(&ground.root.join("jobs").join(&job), "cpu.max"), "30000 100000");
    }
    let again = output(&mut ground.ffrtmp(&format!("attach --pid {}", actor.pid())));
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains(&format!("belongs to job {job} already")), "{again:?}");

    let done = output(&mut ground.ffrtmp(&format!("release {} --json", family[0])));
    let answer: Value = serde_json::from_slice(&done.stdout).expect("an answer");
    let said = format!("job {job} is released: 3 process(es) moved to {}", home.shown());
    assert_eq!(answer, json!({ "v": 1, "ok": true, "done": said }));
    assert!(family.iter().all(|&pid| cgroup::of(pid) == Some(home.shown())));
    assert_eq!(ground.jobs(), [""; 0]);
    for words in [format!("release {}", actor.pid()), format!("release {job}"), "attach --pid 4194305".into()]
    {
        assert_eq!(output(&mut ground.ffrtmp(&words)).status.code(), Some(1), "{words}");
    }
    assert!(!ground.root.join("jobs").exists(), "nothing is kept for jobs that are not there");
    let elsewhere = Ground::new();
    assert_eq!(output(&mut elsewhere.ffrtmp("release auto-encoder-1")).status.code(), Some(1));
    assert!(!elsewhere.root.exists(), "nor made for them");
}

#[test]
fn where_a_service_owns_the_root_and_cannot_be_asked_nothing_is_done() {
    if !need::service("where_a_service_owns_the_root_and_cannot_be_asked_nothing_is_done") {
        return;
    }
    let _turn = turn();
    let service = Setup::new().start();
    let stage = Stage::new();
    let actor = Actor::start(&stage.copy("encoder"), "sleep");
    let mut ground = Ground::new();
    ground.root = service.root().into();
    for words in [format!("attach --pid {}", actor.pid()), format!("release {}", actor.pid())] {
        let done = output(&mut ground.ffrtmp(&words));
        assert_eq!(done.status.code(), Some(3));
        assert!(text(&done.stderr).contains(&format!("process {}", service.pid())), "{done:?}");
    }
    assert_eq!(actor.job(), None);
}
