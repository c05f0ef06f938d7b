//! Who is no target, or never one, and what may be shown of names.

use super::assert_explained;
use crate::config::policy::Policy;
use crate::engine::tests::host::{INIT, OWN, SHELL};
use crate::engine::tests::policies::usual;
use crate::engine::tests::sim::Sim;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn the_service_its_children_and_kernel_threads() {
    let mut sim = Sim::running(usual());
    let child = sim.start_program("sh");
    let child = (sim.host.exit(child), sim.spawn(OWN, "ffmpeg")).1;
    sim.settle();
    for (pid, name) in [(OWN, "ffrtmp"), (child, "ffmpeg")] {
        let sentence =
            format!("PID {pid} ({name}) is the service itself or a child of it, which are never governed.");
        assert_explained(&sim.explain(pid), "own_child", &sentence);
    }
    let thread = sim.explain(3);
    assert_explained(
        &thread,
        "kernel_thread",
        "PID 3 (kworker/0:1-ffm) is a kernel thread, which are never governed.",
    );
    assert_eq!(
        thread["tried"][0],
        json!({ "target": "ffmpeg", "by": "exe", "name": null, "matches": false })
    );
}

#[test]
fn not_a_target_and_every_name_that_was_compared() {
    let mut sim = Sim::running(usual());
    let pid = sim.host.fork(SHELL);
    sim.host.exec_as(pid, "python3.11", Some("/opt/encode"), "encode.py");
    sim.settle();
    let told = sim.explain(pid);
    let sentence = format!(
        "PID {pid} (encode.py) is no target: none of its names (exe python3.11, argv[0] encode, comm encode.py) equals \
         one of ffmpeg, gst-launch-1.0. To have it governed, add its name to target_commands and reload."
    );
    assert_explained(&told, "not_a_target", &sentence);
    let tried = [("exe", "python3.11"), ("argv0", "encode"), ("comm", "encode.py")];
    let tried = tried.iter().flat_map(|(by, name)| {
        ["ffmpeg", "gst-launch-1.0"]
            .map(|target| json!({ "target": target, "by": by, "name": name, "matches": false }))
    });
    assert_eq!(told["tried"], tried.collect::<Value>());
    assert_eq!((&told["command"], &told["rule"], &told["filters"]), (&Value::Null, &Value::Null, &json!([])));
}

#[test]
fn names_that_cannot_be_read() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("sh");
    (sim.host.proc(pid).exe, sim.host.proc(pid).argv0) = (None, None);
    let sentence = format!(
        "PID {pid} (sh) is no target: none of its names (exe unreadable, argv[0] unreadable, comm sh) equals one of \
         ffmpeg, gst-launch-1.0. To have it governed, add its name to target_commands and reload."
    );
    assert_explained(&sim.explain(pid), "not_a_target", &sentence);
}

#[test]
fn the_name_that_hits_ends_the_comparing() {
    let mut sim = Sim::running(usual());
    let pid = sim.host.fork(SHELL);
    sim.host.exec_as(pid, "bash", Some("/usr/bin/ffmpeg"), "gst-launch-1.0");
    sim.settle();
    let told = sim.explain(pid);
    let tried =
        told["tried"].as_array().unwrap().iter().map(|t| (t["by"].as_str().unwrap(), t["matches"] == true));
    assert_eq!(
        tried.collect::<Vec<_>>(),
        [("exe", false), ("exe", false), ("argv0", true), ("argv0", false)]
    );
    assert_eq!((&told["state"], &told["rule"]), (&json!("governed"), &json!("argv0")));
}

#[test]
fn a_name_that_changed_without_an_event_and_one_that_nobody_has_told_of_yet() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("sh");
    sim.host.proc(pid).argv0 = Some("ffmpeg".into());
    let sentence = format!(
        "PID {pid} (sh) was no target when it was looked at last, and a name of its own making has changed since: it \
         matches target ffmpeg now. A reload looks at it again."
    );
    assert_explained(&sim.explain(pid), "not_a_target", &sentence);

    let mut sim = Sim::running(Policy { poll_only: true, ..usual() });
    sim.run(Duration::from_millis(9_000));
    let known = sim.host.procs[&SHELL].clone();
    sim.host.exec(SHELL, "ffmpeg");
    let unknown = sim.spawn(INIT, "ffmpeg");
    for pid in [SHELL, unknown] {
        let told = sim.explain(pid);
        let within = told["sentence"].as_str().unwrap().rsplit(' ').next().unwrap();
        let sentence = format!(
            "PID {pid} (ffmpeg) matches target ffmpeg and has not been met as such yet: the next scan comes within \
             {within}"
        );
        assert_explained(&told, "attaching", &sentence);
        assert!(within.ends_with("ms."), "{within}");
    }
    assert_eq!(known.comm, "bash");
}

#[test]
fn hostile_names_are_made_harmless_and_a_key_in_the_first_argument_is_not_shown() {
    let mut sim = Sim::running(usual());
    let pid = sim.host.fork(SHELL);
    sim.host.exec_as(pid, "y\u{202e}", Some("rtmp://host/app/secret-key"), "x\u{1b}[2J\n)");
    sim.host.proc(pid).group = "/a\u{1b}b".into();
    sim.settle();
    let told = sim.explain(pid);
    let sentence = format!(
        "PID {pid} (x\\u{{1b}}[2J\\n)) is no target: none of its names (exe y\\u{{202e}}, argv[0] ***, comm x\\u{{1b}}[2J\\n)) \
         equals one of ffmpeg, gst-launch-1.0. To have it governed, add its name to target_commands and reload."
    );
    assert_explained(&told, "not_a_target", &sentence);
    assert_eq!(told["facts"], json!(["It sits in /a\\u{1b}b."]));
    let text = told.to_string();
    assert!(
        !text.contains("secret-key") && !text.contains("\\u001b") && !text.contains('\u{202e}'),
        "{text}"
    );
}
