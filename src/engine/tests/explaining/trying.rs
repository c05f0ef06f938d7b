//! Attachments that failed: tried again, paused, given up.

use super::assert_explained;
use crate::engine::tests::governor::failure;
use crate::engine::tests::policies::usual;
use crate::engine::tests::sim::Sim;
use crate::model::failure::Step;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn retrying() {
    let mut sim = Sim::running(usual());
    sim.governor.refuse_attach.extend([19, 2].map(|errno| failure(Step::Move, errno)));
    let pid = sim.start_program("ffmpeg");
    sim.run(Duration::from_millis(1_200));
    let told = sim.explain(pid);
    let left = told["sentence"].as_str().unwrap().rsplit(' ').next().unwrap();
    let sentence = format!(
        "PID {pid} (ffmpeg) could not be attached as job auto-ffmpeg-{pid} yet: move into cgroup /ffrtmp: ENOENT (No \
         such file or directory), scripted. Failed tries: 2; the next one in {left}"
    );
    assert_explained(&told, "retrying", &sentence);
    assert!(left.starts_with("1.8") || left.starts_with("1.9") || left.starts_with("2"), "{left}");
    let met: Vec<_> =
        told["failures"].as_array().unwrap().iter().map(|f| (&f["errno"], &f["class"])).collect();
    let transient = json!("transient");
    assert_eq!(met, [(&json!(19), &transient), (&json!(2), &transient)]);
    assert_eq!(told["job"]["state"], "retrying");
}

#[test]
fn retrying_while_all_are_paused() {
    let mut sim = Sim::running(usual());
    sim.governor.refuse_attach.extend((0..9).map(|_| failure(Step::Mkdir, 11)));
    let pid = [(); 3].map(|()| sim.start_program("ffmpeg"))[0];
    let told = sim.explain(pid);
    let sentence = told["sentence"].as_str().unwrap();
    let meanwhile =
        "Attaching is paused for all targets (no room for another cgroup) meanwhile. Failed tries: 1;";
    assert!(told["state"] == "retrying" && sentence.contains(meanwhile), "{told:#}");
}

#[test]
fn a_dead_letter_with_all_that_it_met() {
    let mut sim = Sim::running(usual());
    sim.governor.refuse_attach.extend([19, 2, 19, 22].map(|errno| failure(Step::Move, errno)));
    let pid = sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(60));
    let told = sim.explain(pid);
    let job = format!("auto-ffmpeg-{pid}");
    let sentence = format!(
        "PID {pid} (ffmpeg) was given up as job {job}, failed tries: 4: move into cgroup /ffrtmp: EINVAL (Invalid \
         argument), scripted; a real-time process cannot join a group with the cpu controller on this kernel. \
         `ffrtmp retry {job}` or a reload tries it again."
    );
    assert_explained(&told, "dead_letter", &sentence);
    let errnos: Vec<_> = told["failures"].as_array().unwrap().iter().map(|f| f["errno"].clone()).collect();
    assert_eq!((errnos, &told["job"]), (vec![json!(19), json!(2), json!(19), json!(22)], &Value::Null));
}

#[test]
fn paused_with_all_others() {
    let mut sim = Sim::running(usual());
    sim.governor.refuse_attach.extend((0..9).map(|_| failure(Step::Mkdir, 30)));
    let (first, second) = (sim.start_program("ffmpeg"), sim.start_program("ffmpeg"));
    sim.run(Duration::from_secs(10));
    let paused = |pid: u32, told: &Value| {
        let sentence = told["sentence"].as_str().unwrap();
        let left = sentence.split("again in ").nth(1).and_then(|rest| rest.split(',').next()).unwrap();
        assert!(left.starts_with("19.") || left.starts_with("20"), "{left}");
        format!(
            "PID {pid} (ffmpeg) waits as job auto-ffmpeg-{pid}. Attaching is paused for all targets (read-only cgroup \
             file system); a probe tries again in {left}, and all follow when it succeeds."
        )
    };
    let told = sim.explain(first);
    let last = " Its last error: mkdir /ffrtmp: EROFS (Read-only file system), scripted; the cgroup tree is mounted \
                read-only here.";
    assert_explained(&told, "paused", &(paused(first, &told) + last));
    let told = sim.explain(second);
    assert_explained(&told, "paused", &paused(second, &told));
}
