//! Governed, a member of a job, on the way there, or only followed.

use super::{assert_explained, seconds};
use crate::config::policy::{Filters, Policy};
use crate::engine::input::{Change, Order, Whom};
use crate::engine::tests::governor::failure;
use crate::engine::tests::host::SHELL;
use crate::engine::tests::policies::{filtered, usual};
use crate::engine::tests::sim::Sim;
use crate::model::failure::Step;
use crate::model::record::Record;
use crate::model::{LimitKey, Overrides, Pid};
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn governed() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    let told = sim.explain(pid);
    let since = told["job"]["attached_at"].as_str().expect("a time");
    let job = format!("auto-ffmpeg-{pid}");
    let sentence =
        format!("PID {pid} (ffmpeg) is governed as job {job} since {since}, limits cpu_quota=200.");
    assert_explained(&told, "governed", &sentence);
    assert_eq!((&told["command"], &told["rule"]), (&json!("ffmpeg"), &json!("exe")));
    assert_eq!((&told["pid"], &told["job"]["job"]), (&json!(pid), &json!(job)));
    assert_eq!(told["start_time"], sim.host.procs[&pid].start);
    let compared = |target: &str, matches: bool| json!({ "target": target, "by": "exe", "name": "ffmpeg", "matches": matches });
    assert_eq!(told["tried"], json!([compared("ffmpeg", true), compared("gst-launch-1.0", false)]));
    let rest = (&told["filters"], &told["failures"], &told["facts"], &told["outside_memory"]);
    assert_eq!(rest, (&json!([]), &json!([]), &json!([]), &Value::Null));
}

#[test]
fn governed_with_memory_outside_a_limit_that_does_not_hold_and_filters_that_have_changed_their_mind() {
    let bounds = Filters { max_runtime: seconds(60), allowed_dirs: vec!["/".into()], ..Filters::default() };
    let mut sim = Sim::running(filtered(bounds));
    sim.governor.refuse_limit = vec![(LimitKey::CpuQuota, failure(Step::LimitWrite, 22))];
    let pid = sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(100));
    sim.host.proc(pid).cwd = "srv";
    let told = sim.explain_with(pid, |found| found.rest.as_mut().unwrap().outside_memory = Some(412 << 20));
    assert_eq!(told["state"], "governed");
    assert_eq!(told["outside_memory"], 412 << 20);
    let facts = json!([
        "About 412 MiB of the job's memory were in use before the job was there: they are charged to the group it came \
         from, outside its memory limit. Started anew, all of its memory is inside.",
        "It would not be taken now, working folder srv is not below allowed_dirs; the next reload or change of its \
         user releases it.",
        "It would not be taken now, it has run for 1m40s, longer than max_runtime (1m); that bounds taking, not \
         holding: it stays governed.",
        "Its limit cpu_quota does not hold here: write limit a-limit: errno 22 scripted.",
    ]);
    assert_eq!(told["facts"], facts);
    let little = sim.explain_with(pid, |found| found.rest.as_mut().unwrap().outside_memory = Some(4096));
    assert_eq!((&little["outside_memory"], little["facts"].as_array().unwrap().len()), (&json!(4096), 3));
}

#[test]
fn governed_with_sockets_that_its_network_limits_do_not_reach() {
    let mut sim = Sim::running(filtered(Filters::default()));
    sim.governor.sockets = 3;
    let pid = sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(1));
    let told = sim.explain(pid);
    assert_eq!(told["outside_sockets"], 3);
    assert_eq!(
        told["facts"],
        json!([
            "Sockets that were open before the job was there: 3. Network limits do not reach them; connected anew, they \
             do."
        ])
    );
    assert_eq!(sim.said(|r| matches!(r, Record::SocketsOutOfReach { sockets: 3, .. })), 1);
    sim.governor.sockets = 0;
    let other = sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(1));
    assert_eq!(sim.explain(other)["outside_sockets"], 0);
    assert_eq!(sim.said(|r| matches!(r, Record::SocketsOutOfReach { .. })), 1);
}

#[test]
fn a_member_and_through_whom() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "sh");
    let grandchild = sim.spawn(child, "gst-launch-1.0");
    sim.settle();
    let told = sim.explain(grandchild);
    let job = format!("auto-ffmpeg-{main}");
    let sentence = format!(
        "PID {grandchild} (gst-launch-1.0) belongs to job {job} through PID {child} (sh), limits cpu_quota=200."
    );
    assert_explained(&told, "member", &sentence);
    assert_eq!(
        (&told["command"], &told["rule"], &told["job"]["pid"]),
        (&json!("ffmpeg"), &Value::Null, &json!(main))
    );
    let itself =
        "It matches target gst-launch-1.0 itself, and belongs to the job of its ancestor all the same.";
    assert_eq!(told["facts"], json!([itself]));

    sim.host.exit(child);
    sim.settle();
    let told = sim.explain(grandchild);
    let through = format!("through PID {main}, limits");
    assert!(told["sentence"].as_str().unwrap().contains(&through), "its heir: {told:#}");
    sim.host.move_to(grandchild, "/user.slice/a b");
    let elsewhere = "It sits in \"/user.slice/a b\", not in its job's group: the next scan takes it along, unless a \
                     container holds it.";
    assert_eq!(sim.explain(grandchild)["facts"][1], elsewhere);
}

#[test]
fn a_member_of_a_job_that_is_not_governed_either() {
    let mut sim = Sim::running(usual());
    sim.governor.refuse_attach.push_back(failure(Step::Move, 19));
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "sh");
    sim.settle();
    let sentence = format!(
        "PID {child} (sh) belongs to job auto-ffmpeg-{main} through PID {main} (ffmpeg), which is retrying: ask about \
         PID {main}."
    );
    assert_explained(&sim.explain(child), "member", &sentence);
}

#[test]
fn being_attached_and_being_looked_at() {
    let mut sim = Sim::running(usual());
    sim.hold.governor = true;
    let pid = sim.start_program("ffmpeg");
    let sentence = format!(
        "PID {pid} (ffmpeg) is being attached as job auto-ffmpeg-{pid} at this moment: ask again in a second."
    );
    assert_explained(&sim.explain(pid), "attaching", &sentence);
    sim.hold.names = true;
    let script = sim.host.fork(SHELL);
    sim.host.exec_script(script, "gst-launch-1.0");
    sim.settle();
    let sentence =
        format!("PID {script} (gst-launch-1.0) is being looked at at this moment: ask again in a second.");
    assert_explained(&sim.explain(script), "attaching", &sentence);
}

#[test]
fn observed_in_a_dry_run_and_where_nothing_can_be_governed() {
    let mut sim = Sim::running(Policy { dry_run: true, ..usual() });
    let pid = sim.start_program("ffmpeg");
    let sentence = format!(
        "PID {pid} (ffmpeg) would be governed as job auto-ffmpeg-{pid}, limits cpu_quota=200: this is a dry run, \
         nothing is touched."
    );
    assert_explained(&sim.explain(pid), "observed", &sentence);

    let mut sim = Sim::new(usual());
    sim.governor.unavailable = Some("no cgroup2 hierarchy is mounted");
    sim.start();
    sim.settle();
    let pid = sim.start_program("ffmpeg");
    let sentence = format!(
        "PID {pid} (ffmpeg) is followed as job auto-ffmpeg-{pid} and not governed: processes cannot be governed here (no \
         cgroup2 hierarchy is mounted). That is tried again every minute; `ffrtmp check` tells what is missing."
    );
    assert_explained(&sim.explain(pid), "observed", &sentence);
}

#[test]
fn a_process_whose_command_line_is_stuck_is_explained_without_it() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    let told = sim.explain_with(pid, |found| found.rest = None);
    assert_eq!(told["state"], "governed");
    let stuck = "Its command line could not be read within a second (its memory map is locked), so argv[0] is not known.";
    assert_eq!(told["facts"], json!([stuck]));
}

#[test]
fn governed_with_limits_that_an_operator_has_set() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    let to = Overrides::from([(LimitKey::CpuQuota, 50)]);
    sim.obeyed(Order::Set(Whom::Pid(Pid(pid)), Change::To(to))).expect("obeyed");
    let told = sim.explain(pid);
    assert!(told["sentence"].as_str().unwrap().ends_with(", limits cpu_quota=50."), "{told:#}");
    let fact = format!(
        "An operator has set cpu_quota=50 for job auto-ffmpeg-{pid}: that stands over the policy until the job ends. \
         `ffrtmp set auto-ffmpeg-{pid} --reset` takes it back."
    );
    assert_eq!(told["facts"], json!([fact]));
}
