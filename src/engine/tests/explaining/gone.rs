//! Processes that have ended, and numbers that are nobody's.

use super::{assert_explained, blocked, seconds};
use crate::config::policy::{Filters, Policy};
use crate::engine::tests::governor::failure;
use crate::engine::tests::host::{INIT, SHELL};
use crate::engine::tests::policies::{filtered, usual};
use crate::engine::tests::sim::Sim;
use crate::model::Pid;
use crate::model::failure::Step;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn a_zombie() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    sim.host.die(pid);
    sim.settle();
    let sentence = format!(
        "PID {pid} (ffmpeg) has ended, and its parent, PID 20 (bash), has not taken notice: nothing is left to govern."
    );
    assert_explained(&sim.explain(pid), "zombie", &sentence);
}

#[test]
fn gone_after_it_was_governed_however_its_end_is_heard_of() {
    for held_back in ["exits", "events"] {
        let mut sim = Sim::running(usual());
        let pid = sim.start_program("ffmpeg");
        sim.run(Duration::from_secs(70));
        *if held_back == "exits" { &mut sim.hold.exits } else { &mut sim.hold.events } = true;
        sim.host.exit(pid);
        sim.settle();
        sim.hold = Default::default();
        sim.settle();
        sim.run(Duration::from_secs(5));
        let told = sim.explain(pid);
        let sentence = format!(
            "PID {pid} (ffmpeg) is gone: it was governed as job auto-ffmpeg-{pid}; it ran for 1m10s and exited with \
             status 0, 5s ago."
        );
        assert_explained(&told, "gone", &sentence);
        assert_eq!(
            (&told["start_time"], &told["job"], &told["tried"]),
            (&Value::Null, &Value::Null, &json!([]))
        );
    }
}

#[test]
fn gone_without_having_been_governed() {
    let mut cases: Vec<(Sim, u32, String)> = Vec::new();
    let mut sim = Sim::running(blocked());
    let pid = sim.start_program("ffmpeg");
    cases.push((sim, pid, "a filter kept it out; it".into()));
    let mut sim = Sim::running(filtered(Filters { min_runtime: seconds(9), ..Filters::default() }));
    let pid = sim.start_program("ffmpeg");
    cases.push((sim, pid, "it had not reached min_runtime; it".into()));
    for (refusals, words) in [
        (vec![(Step::Move, 22)], "it had been given up as job JOB; it"),
        (
            vec![(Step::Move, 19)],
            "its attachment as job JOB had failed and was to be tried again; it ran for 0s and",
        ),
        (
            vec![(Step::Mkdir, 30)],
            "it waited to be attached as job JOB while attaching was paused; it ran for 0s and",
        ),
    ] {
        let mut sim = Sim::running(usual());
        sim.governor.refuse_attach.extend(refusals.into_iter().map(|(step, errno)| failure(step, errno)));
        let pid = sim.start_program("ffmpeg");
        cases.push((sim, pid, words.replace("JOB", &format!("auto-ffmpeg-{pid}"))));
    }
    let mut sim = Sim::running(Policy { dry_run: true, ..usual() });
    let pid = sim.start_program("ffmpeg");
    let words = format!("it was followed as job auto-ffmpeg-{pid}, not governed; it ran for 0s and");
    cases.push((sim, pid, words));
    for (mut sim, pid, words) in cases {
        sim.host.exit(pid);
        sim.settle();
        sim.run(Duration::from_secs(2));
        let told = sim.explain(pid);
        let said = told["sentence"].as_str().unwrap();
        let ran = said.split("it ran for ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or("0s");
        let words = words.replace("ran for 0s", &format!("ran for {ran}"));
        let sentence = format!("PID {pid} (ffmpeg) is gone: {words} exited with status 0, 2s ago.");
        assert_explained(&told, "gone", &sentence);
    }
}

#[test]
fn a_number_that_was_nobodys_a_threads_or_has_a_new_owner() {
    let mut sim = Sim::running(blocked());
    let sentence = "There is no process 31999, and no target of that number has ended lately.";
    assert_explained(&sim.explain(31_999), "no_such_pid", sentence);
    let thread = sim.explain_with(SHELL, |found| found.rest.as_mut().unwrap().process = Some(Pid(INIT)));
    assert_explained(&thread, "no_such_pid", "20 is a thread of PID 1: ask about that one.");

    let pid = sim.start_program("ffmpeg");
    sim.hold.events = true;
    sim.host.exit(pid);
    sim.host.next_fork_gets(pid);
    assert_eq!(sim.spawn(SHELL, "sh"), pid);
    let told = sim.explain(pid);
    assert_eq!((&told["state"], &told["command"]), (&json!("not_a_target"), &Value::Null), "{told:#}");
}
