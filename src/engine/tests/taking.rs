//! What matches and what is taken: names, filters, ages.

use super::host::{INIT, OWN, SHELL};
use super::pid;
use super::policies::{filtered, limits, policy, rule, targets, usual};
use super::sim::{Hold, Sim};
use crate::config::policy::{Filters, Parent};
use crate::engine::input::Input;
use crate::model::record::{MatchedBy, Record};
use std::time::Duration;

fn rule_named(sim: &Sim) -> Option<(MatchedBy, String)> {
    sim.records.iter().find_map(|record| match record {
        Record::Discovered(d) => Some((d.rule, d.command.to_string())),
        _ => None,
    })
}

#[test]
fn a_target_is_governed_the_moment_it_starts() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    sim.assert_own_job(pid, "ffmpeg");
    assert_eq!(sim.governor.groups[&format!("auto-ffmpeg-{pid}")].limits, limits(200));
    assert_eq!(sim.kinds(), ["Discovered", "Attaching", "Attached", "Found"]);
    sim.assert_consistent();
}

/// Whichever is done first, the reading of its command line or the attachment.
#[test]
fn an_attachment_tells_where_from_and_what_binds_it_further_on() {
    for described_late in [false, true] {
        let mut sim = Sim::running(usual());
        sim.governor.kept = limits(50);
        *if described_late { &mut sim.hold.described } else { &mut sim.hold.replies } = true;
        let pid = sim.start_program("ffmpeg");
        let came_from = sim.host.procs[&SHELL].group.clone();
        sim.settle();
        sim.hold = Hold::default();
        sim.settle();
        let attached = sim.records.iter().find_map(|record| match record {
            Record::Attached { identity, origin, limits, kept, .. } => {
                Some((identity.pid.0, origin.clone(), limits.clone(), kept.clone()))
            }
            _ => None,
        });
        assert_eq!(attached, Some((pid, Some(came_from), limits(200), limits(50))));
    }
}

#[test]
fn names_are_tried_in_order_and_the_first_hit_names_the_command() {
    for (exe, argv0, comm, hit) in [
        ("ffmpeg", "gst-launch-1.0", "gst-launch-1.0", Some((MatchedBy::Exe, "ffmpeg"))),
        ("bash", "/usr/bin/ffmpeg", "gst-launch-1.0", Some((MatchedBy::Argv0, "ffmpeg"))),
        ("bash", "/bin/bash", "ffmpeg", Some((MatchedBy::Comm, "ffmpeg"))),
        ("bash", "/bin/bash", "ffmpegX", None),
        ("gst-launch-1.0", "x", "x", Some((MatchedBy::Exe, "gst-launch-1.0"))),
    ] {
        let mut sim = Sim::running(usual());
        let pid = sim.host.fork(SHELL);
        sim.host.exec_as(pid, exe, Some(argv0), comm);
        sim.settle();
        let hit = hit.map(|(by, command)| (by, command.to_owned()));
        assert_eq!(rule_named(&sim), hit, "{exe} {argv0} {comm}");
        assert_eq!(sim.is_governed(pid), hit.is_some());
    }
}

#[test]
fn a_cut_name_is_a_prefix_only_where_nothing_else_can_be_read() {
    const LONG: &str = "a-very-long-transcoder";
    for (exe, argv0, taken) in [(None, None, true), (Some("sh"), None, false), (None, Some("sh"), false)] {
        let mut sim = Sim::running(targets(&[LONG]));
        let pid = sim.host.fork(SHELL);
        sim.host.exec_as(pid, "x", argv0, LONG);
        sim.host.proc(pid).exe = exe.map(str::to_owned);
        sim.settle();
        assert_eq!(sim.is_governed(pid), taken, "{exe:?} {argv0:?}");
    }
    let mut sim = Sim::running(targets(&["a-very-long-tran"]));
    let pid = sim.host.fork(SHELL);
    sim.host.exec_as(pid, "x", None, "a-very-long");
    sim.host.proc(pid).exe = None;
    sim.settle();
    sim.assert_free(pid); // not cut: fewer than 15 bytes
}

/// All of it within the moment in which the target itself is looked at.
#[test]
fn a_grandchild_belongs_to_the_job_although_its_parent_is_gone_before_anything_is_decided() {
    let mut sim = Sim::running(usual());
    let main = sim.spawn(SHELL, "ffmpeg");
    let child = sim.host.fork(main);
    let grandchild = sim.host.fork(child);
    sim.host.exit(child);
    sim.settle();
    let job = format!("auto-ffmpeg-{main}");
    assert_eq!((sim.job_of(main), sim.job_of(grandchild)), (Some(&*job), Some(&*job)));
    sim.assert_consistent();
}

#[test]
fn own_children_and_kernel_threads_are_never_taken() {
    let mut sim = Sim::running(targets(&["ffmpeg", "kworker/0:1-ffm"]));
    sim.assert_free(3);
    let child = sim.spawn(OWN, "ffmpeg");
    sim.settle();
    sim.assert_free(child);
    let grandchild = sim.host.fork(child); // not ours any more
    sim.settle();
    sim.assert_own_job(grandchild, "ffmpeg");
    sim.reload(targets(&["ffmpeg", "ffrtmp"]));
    sim.run(Duration::from_secs(30));
    sim.assert_free(child);
    sim.assert_free(OWN);
    sim.assert_consistent();
}

#[test]
fn each_filter_keeps_out_and_lets_in() {
    let parent = |name: &str| vec![Parent::Name(name.into())];
    let none = Filters::default;
    let dirs = |dir: &str| vec![dir.into()];
    for (filters, taken) in [
        (Filters { allowed_users: [7].into(), ..none() }, true),
        (Filters { allowed_users: [8].into(), ..none() }, false),
        (Filters { only_allowed_users: true, ..none() }, false),
        (Filters { blocked_users: [7].into(), ..none() }, false),
        (Filters { blocked_users: [8].into(), ..none() }, true),
        (Filters { allowed_uids: [7].into(), ..none() }, true),
        (Filters { allowed_uids: [0].into(), ..none() }, false),
        (Filters { blocked_uids: [7].into(), ..none() }, false),
        (Filters { allowed_parents: vec![Parent::Pid(SHELL)], ..none() }, true),
        (Filters { allowed_parents: vec![Parent::Pid(INIT)], ..none() }, false),
        (Filters { allowed_parents: parent("bash"), ..none() }, true),
        (Filters { allowed_parents: parent("zsh"), ..none() }, false),
        (Filters { blocked_parents: parent("bash"), ..none() }, false),
        (Filters { blocked_parents: parent("zsh"), ..none() }, true),
        (Filters { allowed_dirs: dirs("/srv"), ..none() }, true),
        (Filters { allowed_dirs: dirs("/srv/video"), ..none() }, true),
        (Filters { allowed_dirs: dirs("/srv/vid"), ..none() }, false),
        (Filters { blocked_dirs: dirs("/srv"), ..none() }, false),
        (Filters { blocked_dirs: dirs("/tmp"), ..none() }, true),
        (Filters { blocked_dirs: dirs("/srv"), allowed_users: [7].into(), ..none() }, false),
    ] {
        let mut sim = Sim::running(filtered(filters.clone()));
        let pid = sim.host.fork(SHELL);
        sim.host.set_user(pid, 7);
        sim.host.proc(pid).cwd = "/srv/video";
        sim.host.exec(pid, "ffmpeg");
        sim.settle();
        assert_eq!(sim.is_governed(pid), taken, "{filters:?}");
        assert_eq!(sim.said(|r| matches!(r, Record::Ignored { .. })), usize::from(!taken), "{filters:?}");
        sim.assert_consistent();
    }
}

#[test]
fn the_parent_is_the_one_when_first_seen() {
    let filters = Filters {
        allowed_parents: vec![Parent::Name("bash".into())],
        blocked_parents: vec![Parent::Name("systemd".into())],
        min_runtime: Some(Duration::from_secs(5)),
        ..Filters::default()
    };
    let mut sim = Sim::running(filtered(filters));
    let shell = sim.start_program("bash");
    let pid = sim.spawn(shell, "ffmpeg");
    sim.settle();
    sim.host.exit(shell);
    sim.run(Duration::from_secs(6));
    sim.assert_own_job(pid, "ffmpeg");
}

#[test]
fn a_command_may_have_limits_and_filters_of_its_own() {
    let mut own = rule("gst-launch-1.0", Filters { blocked_uids: [0].into(), ..Filters::default() });
    own.limits = limits(300);
    let mut sim = Sim::running(policy(vec![rule("ffmpeg", Filters::default()), own]));
    let (blocked, other) = (sim.start_program("gst-launch-1.0"), sim.start_program("ffmpeg"));
    let taken = sim.host.fork(SHELL);
    sim.host.set_user(taken, 7);
    sim.host.exec(taken, "gst-launch-1.0");
    sim.settle();
    sim.assert_free(blocked);
    sim.assert_own_job(other, "ffmpeg");
    assert_eq!(sim.governor.groups[&format!("auto-gst-launch-1.0-{taken}")].limits, limits(300));
}

#[test]
fn min_runtime_is_acted_on_when_it_is_reached_without_a_scan() {
    let filters = Filters { min_runtime: Some(Duration::from_secs(5)), ..Filters::default() };
    let mut sim = Sim::running(filtered(filters));
    sim.run(Duration::from_secs(1)); // scans at 10 s, 20 s, …
    let pid = sim.start_program("ffmpeg");
    let born = sim.host.procs[&pid].start * 1_000;
    assert_eq!(sim.said(|r| matches!(r, Record::Waiting { .. })), 1);
    sim.run(Duration::from_millis(4_990));
    sim.assert_free(pid);
    let reached = sim.engine.next_deadline().expect("it waits").0;
    assert!(reached.abs_diff(born + 5_000_000_000) < 1_000_000, "{reached} {born}");
    sim.run(Duration::from_millis(20));
    sim.assert_own_job(pid, "ffmpeg");
    assert_eq!(sim.said(|r| matches!(r, Record::Scanning)), 0);
    let gone = sim.start_program("ffmpeg");
    sim.host.exit(gone);
    sim.settle();
    sim.assert_consistent();
}

#[test]
fn max_runtime_bounds_taking_never_holding() {
    let filters = Filters { max_runtime: Some(Duration::from_secs(60)), ..Filters::default() };
    let mut sim = Sim::new(filtered(filters.clone()));
    let old = sim.spawn(SHELL, "ffmpeg");
    sim.run(Duration::from_secs(61));
    sim.start();
    let young = sim.start_program("ffmpeg");
    sim.assert_free(old);
    sim.assert_own_job(young, "ffmpeg");
    sim.run(Duration::from_secs(300));
    sim.reload(filtered(filters));
    sim.assert_own_job(young, "ffmpeg");
    sim.assert_free(old);
}

#[test]
fn what_runs_already_is_taken_at_the_start() {
    let mut sim = Sim::new(usual());
    let (a, b) = (sim.spawn(SHELL, "ffmpeg"), sim.spawn(SHELL, "bash"));
    sim.host.exec_script(b, "gst-launch-1.0");
    sim.start();
    sim.settle();
    sim.assert_own_job(a, "ffmpeg");
    sim.assert_own_job(b, "gst-launch-1.0");
    sim.assert_consistent();
}

#[test]
fn execs_and_renames_are_looked_at_again() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("bash");
    sim.host.exec(pid, "env");
    sim.settle();
    sim.assert_free(pid);
    sim.host.exec(pid, "ffmpeg");
    sim.settle();
    sim.assert_own_job(pid, "ffmpeg");
    sim.host.exec(pid, "ls"); // held until it exits
    sim.settle();
    sim.assert_own_job(pid, "ffmpeg");

    let renamed = sim.start_program("python3");
    sim.host.rename(renamed, "ffmpeg");
    sim.settle();
    sim.assert_own_job(renamed, "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn what_a_scan_read_before_an_event_told_of_another_name_is_history() {
    let mut sim = Sim::running(usual());
    let process = sim.start_program("bash");
    let before = sim.host.sight(process).expect("it lives");
    sim.host.rename(process, "worker");
    sim.settle();
    sim.handle(Input::Scanned(before));
    let comm = sim.engine.table.get(pid(process)).expect("known").comm;
    assert_eq!(comm.as_bytes(), b"worker");
}

#[test]
fn a_change_of_user_takes_and_releases() {
    let mut sim = Sim::running(filtered(Filters { blocked_uids: [0].into(), ..Filters::default() }));
    let pid = sim.start_program("ffmpeg");
    sim.assert_free(pid);
    sim.host.set_user(pid, 7);
    sim.settle();
    sim.assert_own_job(pid, "ffmpeg");
    sim.host.set_user(pid, 0);
    sim.settle();
    sim.assert_free(pid);
    assert_eq!(sim.said(|r| matches!(r, Record::Released { processes: 1, .. })), 1);
    sim.assert_consistent();
}
