//! `tree: separate` and `root-only`: which descendants have jobs of their own, and which have none.

use super::governor::{failure, group_of};
use super::host::SHELL;
use super::policies::{SCAN_INTERVAL, filtered, policy, rule, usual};
use super::sim::Sim;
use crate::config::policy::{Filters, Policy, Rule, Tree};
use crate::model::Pid;
use crate::model::record::{Record, Step};
use std::time::Duration;

fn with(tree: Tree, policy: Policy) -> Policy {
    Policy { rules: policy.rules.into_iter().map(|rule| Rule { tree, ..rule }).collect(), ..policy }
}

/// With events, and by scans alone.
fn both_ways(tree: Tree, check: impl Fn(&mut Sim)) {
    for poll_only in [false, true] {
        let mut sim = Sim::running(Policy { poll_only, ..with(tree, usual()) });
        check(&mut sim);
        sim.assert_consistent();
    }
}

fn origin_of(sim: &Sim, pid: u32) -> &str {
    &sim.governor.groups[sim.job_of(pid).expect("a job")].origin
}

#[test]
fn separate_gives_each_target_a_job_and_the_rest_to_the_nearest() {
    both_ways(Tree::Separate, |sim| {
        let outer = sim.spawn(SHELL, "ffmpeg");
        let shell = sim.spawn(outer, "bash");
        sim.run(SCAN_INTERVAL);
        let inner = sim.spawn(shell, "gst-launch-1.0");
        let worker = sim.host.fork(inner);
        let tool = sim.spawn(inner, "ls");
        let plain = sim.host.fork(outer);
        sim.run(SCAN_INTERVAL);
        sim.assert_own_job(outer, "ffmpeg");
        sim.assert_own_job(inner, "gst-launch-1.0");
        assert_eq!([shell, plain].map(|pid| sim.job_of(pid)), [sim.job_of(outer); 2]);
        assert_eq!([worker, tool].map(|pid| sim.job_of(pid)), [sim.job_of(inner); 2]);
        assert_eq!(origin_of(sim, inner), "/user.slice", "it goes back where the outer one came from");
        sim.host.exit(outer);
        sim.run(SCAN_INTERVAL);
        sim.assert_own_job(inner, "gst-launch-1.0");
    });
}

#[test]
fn the_processes_of_a_job_are_told_with_who_started_whom() {
    both_ways(Tree::Separate, |sim| {
        let outer = sim.spawn(SHELL, "ffmpeg");
        let shell = sim.spawn(outer, "bash");
        sim.run(SCAN_INTERVAL);
        let inner = sim.spawn(shell, "gst-launch-1.0");
        let tool = sim.spawn(shell, "ls");
        sim.run(SCAN_INTERVAL);
        let told = sim.engine.with_families(sim.engine.snapshot(sim.now()));
        let of = |pid| {
            let view = told.jobs.iter().find(|job| job.main.pid == Pid(pid)).expect("its job");
            let family = view.family.as_ref().expect("asked for");
            assert_eq!(family.left_out, 0);
            family.kin.iter().map(|kin| (kin.pid, kin.parent, kin.inside)).collect::<Vec<_>>()
        };
        let below = |pid, parent| (Pid(pid), Some(Pid(parent)), true);
        assert_eq!(of(outer), [(Pid(outer), None, true), below(shell, outer), below(tool, shell)]);
        assert_eq!(of(inner), [(Pid(inner), None, true)]);
        let main = told.jobs.iter().map(|job| job.main).find(|main| main.pid == Pid(outer)).unwrap();
        let first = sim.engine.family(main, 1).unwrap();
        assert_eq!((first.kin.len(), first.left_out), (1, 2));
    });
}

#[test]
fn a_target_below_an_attachment_under_way_keeps_its_own_descendants() {
    let mut sim = Sim::running(with(Tree::Separate, usual()));
    sim.hold.governor = true;
    let outer = sim.spawn(SHELL, "ffmpeg");
    sim.settle();
    let inner = sim.spawn(outer, "ffmpeg");
    let child = sim.host.fork(inner);
    sim.settle();
    sim.hold.governor = false;
    sim.settle();
    sim.assert_own_job(outer, "ffmpeg");
    sim.assert_own_job(inner, "ffmpeg");
    assert_eq!(sim.job_of(child), sim.job_of(inner));
    sim.assert_consistent();
}

#[test]
fn a_target_that_was_started_before_the_one_above_was_taken() {
    for tree in [Tree::Separate, Tree::RootOnly] {
        let mut sim = Sim::running(with(tree, usual()));
        sim.hold.events = true;
        let outer = sim.spawn(SHELL, "ffmpeg");
        let inner = sim.spawn(outer, "gst-launch-1.0");
        sim.hold.events = false;
        sim.settle();
        sim.assert_own_job(outer, "ffmpeg");
        sim.assert_own_job(inner, "gst-launch-1.0");
        sim.assert_consistent();
    }
}

#[test]
fn until_it_is_old_enough_and_when_it_was_given_up_a_target_belongs_to_the_job_above() {
    let late = Filters { min_runtime: Some(Duration::from_secs(5)), ..Filters::default() };
    let mut sim = Sim::running(with(Tree::Separate, filtered(late)));
    let outer = sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(6));
    let inner = sim.spawn(outer, "ffmpeg");
    sim.run(Duration::from_secs(4));
    assert_eq!(sim.job_of(inner), sim.job_of(outer));
    sim.governor.refuse_attach.push_back(failure(Step::Move, 22));
    sim.run(Duration::from_secs(2));
    assert_eq!(sim.said(|r| matches!(r, Record::GivenUp { .. })), 1);
    assert_eq!(sim.job_of(inner), sim.job_of(outer));
    sim.assert_consistent();
}

#[test]
fn root_only_keeps_what_is_forked_outside() {
    both_ways(Tree::RootOnly, |sim| {
        let main = sim.spawn(SHELL, "ffmpeg");
        let before = sim.host.fork(main);
        sim.run(SCAN_INTERVAL);
        let after = sim.host.fork(main);
        let tool = sim.spawn(after, "ls");
        sim.host.exit(after);
        sim.run(SCAN_INTERVAL);
        sim.assert_own_job(main, "ffmpeg");
        for pid in [before, tool] {
            sim.assert_free(pid);
            assert_eq!(sim.host.procs[&pid].group, "/user.slice");
        }
        let inner = sim.spawn(tool, "ffmpeg");
        sim.run(SCAN_INTERVAL);
        sim.assert_own_job(inner, "ffmpeg");
    });
}

#[test]
fn what_outlives_a_job_that_was_one_process_is_looked_at_for_itself() {
    let mut sim = Sim::running(with(Tree::RootOnly, usual()));
    let main = sim.start_program("ffmpeg");
    let worker = sim.host.fork(main);
    sim.settle();
    assert_eq!(sim.explain(worker)["state"], "apart");
    sim.host.exit(main);
    sim.run(Duration::from_secs(2));
    sim.assert_own_job(worker, "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn a_reload_of_the_tree_moves_members_in_and_out_and_leaves_jobs() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let (worker, target) = (sim.host.fork(main), sim.spawn(main, "gst-launch-1.0"));
    sim.settle();
    sim.reload(with(Tree::RootOnly, usual()));
    sim.assert_free(worker);
    sim.assert_own_job(target, "gst-launch-1.0");
    sim.reload(usual());
    assert_eq!(sim.job_of(worker), sim.job_of(main));
    sim.assert_own_job(target, "gst-launch-1.0");
    let other = sim.spawn(main, "ffmpeg");
    sim.settle();
    assert_eq!(sim.job_of(other), sim.job_of(main));
    sim.reload(with(Tree::Separate, usual()));
    sim.assert_own_job(other, "ffmpeg");
    assert_eq!(sim.job_of(worker), sim.job_of(main), "it was merely forked");
    sim.assert_consistent();
}

#[test]
fn the_command_of_the_governed_ancestor_decides() {
    let rules = |gst| {
        let ffmpeg = Rule { tree: Tree::Separate, ..rule("ffmpeg", Filters::default()) };
        policy(vec![ffmpeg, Rule { tree: gst, ..rule("gst-launch-1.0", Filters::default()) }])
    };
    let mut sim = Sim::running(rules(Tree::Shared));
    let outer = sim.start_program("ffmpeg");
    let inner = sim.spawn(outer, "gst-launch-1.0");
    let innermost = sim.spawn(inner, "ffmpeg");
    sim.settle();
    sim.assert_own_job(inner, "gst-launch-1.0");
    assert_eq!(sim.job_of(innermost), sim.job_of(inner));
    assert_eq!(sim.host.members(&group_of(sim.job_of(inner).unwrap())).len(), 2);
    sim.assert_consistent();
}

#[test]
fn jobs_of_their_own_are_found_again_and_what_was_started_meanwhile_gets_its_own() {
    let mut sim = Sim::running(with(Tree::Separate, usual()));
    let outer = sim.start_program("ffmpeg");
    let inner = sim.spawn(outer, "ffmpeg");
    sim.settle();
    let between = sim.spawn(outer, "gst-launch-1.0");
    sim.restart(with(Tree::Separate, usual()));
    sim.run(SCAN_INTERVAL);
    sim.assert_own_job(outer, "ffmpeg");
    sim.assert_own_job(inner, "ffmpeg");
    sim.assert_own_job(between, "gst-launch-1.0");
    sim.assert_consistent();
}

/// The child's time is seen to have come before its parent's is, which is the older.
#[test]
fn a_target_that_has_come_of_age_is_asked_before_what_it_has_forked() {
    let late = Filters { min_runtime: Some(Duration::from_secs(5)), ..Filters::default() };
    let mut sim = Sim::running(filtered(late));
    let main = sim.start_program("ffmpeg");
    sim.hold.events = true;
    let child = sim.host.fork(main);
    sim.host.now += 6_000_000_000;
    sim.hold.events = false;
    sim.settle();
    sim.assert_own_job(main, "ffmpeg");
    assert_eq!(sim.job_of(child), sim.job_of(main));
    sim.assert_consistent();
}
