//! Why a process is, or is not, governed: for each answer there is, the sentence that people read and the json that programs
//! read. Both are made elsewhere; here they are compared with what the simulated host was made to do.

use super::governor::failure;
use super::host::{INIT, OWN, SHELL};
use super::policies::{filtered, policy, rule, usual};
use super::sim::Sim;
use crate::config::policy::{ArgvInLog, Filters, Policy};
use crate::engine::effect::Wants;
use crate::engine::input::Input;
use crate::engine::inquiry::{Found, Rest};
use crate::expose::control::explanation;
use crate::model::failure::Step;
use crate::model::{LimitKey, Pid};
use serde_json::{Value, json};
use std::time::Duration;

impl Sim {
    /// What is asked about as the reactor would: read, then explained.
    fn explain(&mut self, pid: u32) -> Value {
        self.explain_with(pid, |_| {})
    }

    fn explain_with(&mut self, pid: u32, change: impl FnOnce(&mut Found)) -> Value {
        let look = self.look(pid, Wants { cwd: true, parent_exe: true });
        let rest = self.host.procs.get(&pid).map(|p| Rest {
            process: Some(Pid(pid)),
            argv0: p.argv0.as_ref().map(|argv0| argv0.clone().into_bytes()),
            group: Some(p.group.clone()),
            outside_memory: None,
        });
        let mut found = Found { pid: Pid(pid), look, rest };
        change(&mut found);
        explanation(&self.engine.explain(self.now(), found), ArgvInLog::Redacted)
    }
}

#[track_caller]
fn assert_explained(told: &Value, state: &str, sentence: &str) {
    assert_eq!((&told["state"], &told["sentence"]), (&json!(state), &json!(sentence)), "{told:#}");
}

fn seconds(seconds: u64) -> Option<Duration> {
    Some(Duration::from_secs(seconds))
}

fn blocked() -> Policy {
    filtered(Filters { blocked_uids: [0].into(), ..Filters::default() })
}

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
        "About 412 MiB of the job's memory were in use before the job was there: they stay charged to the group it came \
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
fn ignored_by_each_kind_of_filter_and_every_filter_is_told() {
    let none = Filters::default;
    let parent = || vec![crate::config::policy::Parent::Name("zsh".into())];
    let shell = || vec![crate::config::policy::Parent::Pid(SHELL)];
    for (filters, name, text) in [
        (
            Filters { allowed_users: [8].into(), ..none() },
            "allowed_users",
            "uid 7 is not among allowed_users",
        ),
        (Filters { blocked_users: [7].into(), ..none() }, "blocked_users", "uid 7 is among blocked_users"),
        (Filters { allowed_uids: [8].into(), ..none() }, "allowed_uids", "uid 7 is not among allowed_uids"),
        (Filters { blocked_uids: [7].into(), ..none() }, "blocked_uids", "uid 7 is among blocked_uids"),
        (
            Filters { allowed_parents: parent(), ..none() },
            "allowed_parents",
            "parent 20 (bash) is not among allowed_parents",
        ),
        (
            Filters { blocked_parents: shell(), ..none() },
            "blocked_parents",
            "parent 20 (bash) is among blocked_parents",
        ),
        (
            Filters { allowed_dirs: vec!["/tmp".into()], ..none() },
            "allowed_dirs",
            "working folder /srv is not below allowed_dirs",
        ),
        (
            Filters { blocked_dirs: vec!["/srv".into()], ..none() },
            "blocked_dirs",
            "working folder /srv is below blocked_dirs",
        ),
    ] {
        let mut sim = Sim::running(filtered(Filters { max_runtime: seconds(60), ..filters }));
        let pid = sim.host.fork(SHELL);
        sim.host.set_user(pid, 7);
        sim.host.proc(pid).cwd = "/srv";
        sim.host.exec(pid, "ffmpeg");
        sim.settle();
        let told = sim.explain(pid);
        let sentence = format!(
            "PID {pid} (ffmpeg) is target ffmpeg, and a filter keeps it out: {text}. To have it governed, change the \
             filters and reload."
        );
        assert_explained(&told, "ignored", &sentence);
        let age = told["filters"][1]["text"].as_str().unwrap();
        assert!(age.ends_with("not longer than max_runtime (1m)"), "{age}");
        let all = json!([
            { "filter": name, "passed": false, "text": text },
            { "filter": "max_runtime", "passed": true, "text": age },
        ]);
        assert_eq!((&told["filters"], &told["facts"]), (&all, &json!(["It sits in /user.slice."])));
        assert_eq!(
            (&told["command"], &told["rule"], &told["job"]),
            (&json!("ffmpeg"), &json!("exe"), &Value::Null)
        );
    }
}

#[test]
fn ignored_for_its_age() {
    let mut sim = Sim::new(filtered(Filters { max_runtime: seconds(60), ..Filters::default() }));
    let pid = sim.spawn(SHELL, "ffmpeg");
    sim.run(Duration::from_secs(61));
    sim.start();
    sim.settle();
    let sentence = format!(
        "PID {pid} (ffmpeg) is target ffmpeg, and a filter keeps it out: it has run for 1m1s, longer than max_runtime \
         (1m). To have it governed, change the filters and reload."
    );
    assert_explained(&sim.explain(pid), "ignored", &sentence);
}

#[test]
fn ignored_at_the_time_and_would_pass_now() {
    let mut sim = Sim::running(filtered(Filters { allowed_dirs: vec!["/srv".into()], ..Filters::default() }));
    let pid = sim.start_program("ffmpeg");
    sim.host.proc(pid).cwd = "/srv/video";
    let told = sim.explain(pid);
    assert_eq!((&told["state"], &told["filters"][0]["passed"]), (&json!("ignored"), &json!(true)));
    let passes = "All filters would let it pass now: a reload looks at it again, and so does its next exec or change of user.";
    assert_eq!(told["facts"][0], passes);
}

#[test]
fn left_to_others() {
    let mut sim = Sim::running(usual());
    let pid = sim.host.fork(SHELL);
    sim.host.move_to(pid, "/docker-0123.scope");
    sim.host.exec(pid, "ffmpeg");
    sim.settle();
    let told = sim.explain(pid);
    let sentence = format!(
        "PID {pid} (ffmpeg) is target ffmpeg and is left where it is: it runs in a Docker container. Whoever manages \
         that group governs it: set its limits there."
    );
    assert_explained(&told, "left", &sentence);
    assert_eq!(told["facts"], json!(["It sits in /docker-0123.scope."]));
}

#[test]
fn waiting_for_min_runtime() {
    let mut sim = Sim::running(filtered(Filters { min_runtime: seconds(5), ..Filters::default() }));
    let pid = sim.start_program("ffmpeg");
    sim.run(Duration::from_millis(1_700));
    let told = sim.explain(pid);
    let sentence = format!(
        "PID {pid} (ffmpeg) is target ffmpeg and too young: it is looked at again in 3.2s, at min_runtime."
    );
    assert_explained(&told, "waiting", &sentence);
    let text = "it has run for 1.7s, not longer than min_runtime (5s)";
    assert_eq!(told["filters"], json!([{ "filter": "min_runtime", "passed": false, "text": text }]));
}

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
            "PID {pid} (ffmpeg) waits as job auto-ffmpeg-{pid}: attaching is paused for all targets (read-only cgroup \
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
fn moved_out_by_somebody_else_and_left_there() {
    let mut sim = Sim::running(Policy { restore_on_drift: false, ..usual() });
    let pid = sim.start_program("ffmpeg");
    let child = sim.spawn(pid, "x264");
    sim.settle();
    sim.governor.steal(pid, "/somebody-elses", &mut sim.host);
    sim.run(Duration::from_secs(30));
    let told = sim.explain(pid);
    let sentence = format!(
        "PID {pid} (ffmpeg) was moved out of job auto-ffmpeg-{pid} to /somebody-elses by somebody else and is left \
         there: cgroup.on_drift is leave. A reload takes it again."
    );
    assert_explained(&told, "moved_out", &sentence);
    assert_eq!((&told["command"], &told["job"]), (&json!("ffmpeg"), &Value::Null));
    assert_eq!(sim.explain(child)["state"], "member");
    let born_there = sim.host.fork(pid);
    sim.settle();
    let sentence = format!(
        "PID {born_there} (ffmpeg) was forked by a process that somebody moved out of its job, and is left with it. A \
         reload looks at it again."
    );
    assert_explained(&sim.explain(born_there), "moved_out", &sentence);
}

#[test]
fn moved_out_again_and_again() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    for _ in 0..4 {
        sim.governor.steal(pid, "/somebody-elses", &mut sim.host);
        sim.run(Duration::from_secs(15));
    }
    let sentence = format!(
        "PID {pid} (ffmpeg) was moved out of job auto-ffmpeg-{pid} to /somebody-elses by somebody else and is left \
         there: it had been moved back again and again. A reload takes it again."
    );
    assert_explained(&sim.explain(pid), "moved_out", &sentence);
}

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

#[test]
fn whoever_is_not_governed_is_counted_by_the_reason() {
    let own = rule("gst-launch-1.0", Filters { min_runtime: seconds(60), ..Filters::default() });
    let blocked = rule("ffmpeg", Filters { blocked_uids: [0].into(), ..Filters::default() });
    let mut sim = Sim::running(policy(vec![blocked, own, rule("x264", Filters::default())]));
    let ignored = [sim.start_program("ffmpeg"), sim.start_program("ffmpeg")];
    sim.start_program("gst-launch-1.0");
    let pid = sim.host.fork(SHELL);
    sim.host.move_to(pid, "/docker-0123.scope");
    sim.host.exec(pid, "x264");
    sim.governor.refuse_attach.push_back(failure(Step::Move, 22));
    sim.start_program("x264");
    let counted = |sim: &Sim| {
        let counts = sim.engine.snapshot(sim.now()).ungoverned;
        let some = counts.iter().filter(|(_, count)| **count > 0).map(|(why, count)| (why.name(), *count));
        some.collect::<Vec<_>>()
    };
    assert_eq!(counted(&sim), [("filter", 2), ("min_runtime", 1), ("foreign", 1), ("dead_letter", 1)]);
    sim.host.exit(ignored[0]);
    sim.settle();
    sim.reload(policy(vec![rule("ffmpeg", Filters::default())]));
    assert_eq!(counted(&sim), []);
    sim.assert_consistent();
    sim.handle(Input::Terminate("SIGTERM"));
    sim.start_program("ffmpeg");
    assert_eq!(counted(&sim), [], "the next start takes it");
}
