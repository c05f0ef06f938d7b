//! Targets that are left alone: by a filter, for their age, to others, and where others have put them.

use super::{assert_explained, seconds};
use crate::config::policy::{Filters, Parent, Policy};
use crate::engine::input::{Input, Order, Whom};
use crate::engine::tests::governor::{failure, group_of};
use crate::engine::tests::host::SHELL;
use crate::engine::tests::policies::{filtered, policy, rule, usual};
use crate::engine::tests::sim::Sim;
use crate::model::JobId;
use crate::model::failure::Step;
use serde_json::{Value, json};
use std::time::Duration;

#[test]
fn ignored_by_each_kind_of_filter_and_every_filter_is_told() {
    let none = Filters::default;
    let parent = || vec![Parent::Name("zsh".into())];
    let shell = || vec![Parent::Pid(SHELL)];
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

#[test]
fn not_governed_until_it_is_looked_at_again() {
    let mut sim = Sim::running(usual());
    let pid = sim.host.fork(SHELL);
    sim.host.move_to(pid, &group_of("auto-other-1"));
    sim.host.exec(pid, "ffmpeg");
    sim.settle();
    let sentence = format!(
        "PID {pid} (ffmpeg) is target ffmpeg and is not governed: it sits in the group of job auto-other-1, which nobody \
         knows; a reload looks at it again."
    );
    assert_explained(&sim.explain(pid), "left", &sentence);
    sim.handle(Input::Terminate("SIGTERM"));
    let late = sim.start_program("ffmpeg");
    let sentence = format!(
        "PID {late} (ffmpeg) is target ffmpeg and is not governed: the service is stopping, its next start takes it."
    );
    assert_explained(&sim.explain(late), "left", &sentence);
}

#[test]
fn between_two_states() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    sim.governor.steal(pid, "/somebody-elses", &mut sim.host);
    sim.settle();
    let sentence = format!(
        "PID {pid} (ffmpeg) is in job auto-ffmpeg-{pid}, whose group has become empty although it lives: somebody \
         moved it out, and the service looks where to. Ask again in a second."
    );
    assert_explained(&sim.explain(pid), "moved_out", &sentence);
    sim.run(Duration::from_secs(5));
    assert_eq!(sim.explain(pid)["state"], "governed");
    sim.hold.governor = true;
    sim.reload(filtered(Filters { blocked_uids: [0].into(), ..Filters::default() }));
    let sentence = format!("PID {pid} (ffmpeg) is being released from job auto-ffmpeg-{pid} at this moment.");
    assert_explained(&sim.explain(pid), "governed", &sentence);
}

#[test]
fn released_by_an_operator_until_it_ends() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "x264");
    sim.settle();
    let job = format!("auto-ffmpeg-{main}");
    sim.obeyed(Order::Release(Whom::Job(JobId::found(&job)))).expect("obeyed");
    for (pid, name) in [(main, "ffmpeg"), (child, "x264")] {
        let sentence = format!(
            "PID {pid} ({name}) was released from job {job} by an operator and stays so until it executes another \
             program. `ffrtmp retry {pid}` takes it again."
        );
        assert_explained(&sim.explain(pid), "released", &sentence);
    }
    assert_eq!(sim.explain(main)["command"], "ffmpeg");
    sim.host.exit(main);
    sim.run(Duration::from_secs(2));
    let sentence = format!(
        "PID {main} (ffmpeg) is gone: an operator had released it from job {job}; it exited with status 0, 2s ago."
    );
    assert_explained(&sim.explain(main), "gone", &sentence);
}
