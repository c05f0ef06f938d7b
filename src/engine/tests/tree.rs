//! `tree: shared`: a target and what it starts are one job, whatever the order in which the engine gets to know them.

use super::governor::failure;
use super::host::SHELL;
use super::policies::{SCAN_INTERVAL, filtered, usual};
use super::sim::Sim;
use crate::config::policy::{Filters, Policy};
use crate::model::record::{Record, Step};
use std::time::Duration;

#[track_caller]
fn assert_one_job(sim: &Sim, main: u32, others: &[u32]) {
    sim.assert_own_job(main, "ffmpeg");
    for &other in others {
        assert_eq!(sim.job_of(other), sim.job_of(main), "{other}");
    }
    assert_eq!(sim.governor.attaches, 1);
    sim.assert_consistent();
}

/// A script named ffmpeg that starts the real one, with events or by scans alone.
#[test]
fn a_script_and_the_program_it_starts() {
    for poll_only in [false, true] {
        let mut sim = Sim::running(Policy { poll_only, ..usual() });
        let script = sim.host.fork(SHELL);
        sim.host.exec_script(script, "ffmpeg");
        let child = sim.spawn(script, "ffmpeg");
        sim.run(SCAN_INTERVAL);
        assert_one_job(&sim, script, &[child]);
    }
}

#[test]
fn a_child_execs_while_its_parents_name_is_being_read() {
    for script in ["ffmpeg", "build.sh"] {
        let mut sim = Sim::running(usual());
        sim.hold.names = true;
        let parent = sim.host.fork(SHELL);
        sim.host.exec_script(parent, script);
        sim.settle();
        let child = sim.spawn(parent, "ffmpeg");
        sim.settle();
        sim.assert_free(child);
        sim.hold.names = false;
        sim.settle();
        match script {
            "ffmpeg" => assert_one_job(&sim, parent, &[child]),
            _ => assert_one_job(&sim, child, &[]),
        }
    }
}

#[test]
fn a_decision_that_waits_is_made_when_the_ancestor_is_gone() {
    let mut sim = Sim::running(usual());
    sim.hold.names = true;
    let parent = sim.host.fork(SHELL);
    sim.host.exec_script(parent, "build.sh");
    let child = sim.spawn(parent, "ffmpeg");
    sim.settle();
    sim.host.exit(parent);
    sim.settle();
    sim.assert_own_job(child, "ffmpeg");
    sim.hold.names = false;
    sim.settle();
    sim.assert_consistent();
}

#[test]
fn a_child_that_is_seen_before_its_parent() {
    let mut sim = Sim::new(usual());
    let script = sim.host.fork(SHELL);
    sim.host.last_pid = script + 1;
    sim.host.exec_script(script, "ffmpeg");
    // Its pid is the smaller one: a scan meets it first.
    sim.host.next_fork_gets(40);
    let child = sim.spawn(script, "ffmpeg");
    assert!(child < script);
    sim.start();
    sim.settle();
    assert_one_job(&sim, script, &[child]);
}

#[test]
fn a_target_that_forks_without_exec() {
    for poll_only in [false, true] {
        let mut sim = Sim::running(Policy { poll_only, ..usual() });
        let main = sim.spawn(SHELL, "ffmpeg");
        sim.run(SCAN_INTERVAL);
        let child = sim.host.fork(main);
        sim.run(SCAN_INTERVAL);
        assert_one_job(&sim, main, &[child]);
    }
}

#[test]
fn children_of_a_target_that_waits_for_its_age_come_along() {
    let late = Filters { min_runtime: Some(Duration::from_secs(5)), ..Filters::default() };
    let mut sim = Sim::running(filtered(late));
    let main = sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(4));
    let child = sim.host.fork(main);
    let middle = sim.spawn(main, "bash");
    let orphan = sim.spawn(middle, "ls");
    sim.settle();
    sim.host.exit(middle); // between two that matter
    sim.run(Duration::from_secs(2));
    assert_one_job(&sim, main, &[child, orphan]); // nobody waits for the child's age any more
}

#[test]
fn an_orphan_stays_and_what_it_execs_is_no_job_of_its_own() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let middle = sim.host.fork(main);
    let orphan = sim.host.fork(middle);
    sim.host.exit(middle);
    sim.host.exec(orphan, "gst-launch-1.0");
    sim.settle();
    assert_one_job(&sim, main, &[orphan]);
    sim.host.exit(main);
    let born = sim.spawn(orphan, "ffmpeg");
    sim.settle();
    assert_eq!(sim.job_of(born), Some(&*format!("auto-ffmpeg-{main}")));
    [orphan, born].into_iter().for_each(|pid| sim.host.exit(pid));
    sim.settle();
    assert!(sim.governor.groups.is_empty());
    sim.assert_consistent();
}

#[test]
fn an_orphan_that_polling_never_saw_with_its_parent_is_recognised_by_its_group() {
    let mut sim = Sim::running(Policy { poll_only: true, ..usual() });
    let main = sim.spawn(SHELL, "ffmpeg");
    sim.run(SCAN_INTERVAL);
    let middle = sim.host.fork(main);
    let orphan = sim.spawn(middle, "ffmpeg");
    sim.host.exit(middle);
    sim.run(SCAN_INTERVAL);
    assert_eq!(sim.job_of(orphan), sim.job_of(main));
    assert_eq!(sim.said(|r| matches!(r, Record::AlreadyTracked { .. })), 1);
    sim.assert_consistent();
}

#[test]
fn an_orphan_that_was_moved_out_while_it_was_recognised_is_not_forgotten() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let orphan = sim.host.fork(main);
    sim.settle();
    sim.host.exit(main);
    sim.settle();
    sim.hold.described = true;
    sim.host.exec_from_thread(orphan, "ffmpeg"); // as if it had ended
    sim.settle();
    sim.governor.raze(&format!("auto-ffmpeg-{main}"), "/somebody-elses", &mut sim.host);
    sim.settle();
    sim.hold.described = false;
    sim.run(Duration::from_secs(20));
    assert!(sim.is_governed(orphan));
    sim.assert_consistent();
}

#[test]
fn a_child_with_the_pid_of_a_parent_that_nobody_knew_is_no_ancestor() {
    let mut sim = Sim::running(usual());
    sim.host.next_fork_gets(105);
    let met = sim.start_program("bash");
    sim.hold.walk = true;
    sim.host.queue.losing = true;
    sim.host.next_fork_gets(110);
    let unknown = sim.host.fork(SHELL);
    sim.settle();
    sim.hold.walk = false;
    sim.sighted.clear();
    while !sim.sighted.contains(&met) {
        sim.round();
    }
    sim.host.next_fork_gets(101); // the scan has been there
    let parent = sim.host.fork(unknown);
    sim.host.exit(unknown);
    sim.host.next_fork_gets(unknown);
    let child = sim.host.fork(parent);
    [parent, child].into_iter().for_each(|pid| sim.host.exec_script(pid, "ffmpeg"));
    sim.run(SCAN_INTERVAL);
    assert_one_job(&sim, parent, &[child]);
    sim.assert_consistent();
}

#[test]
fn children_born_before_during_and_after_the_attachment() {
    let mut sim = Sim::running(usual());
    sim.hold.governor = true;
    let main = sim.spawn(SHELL, "ffmpeg");
    let before = sim.host.fork(main);
    sim.settle();
    sim.hold.governor = false;
    sim.hold.replies = true;
    sim.governor.before_move = Some(Box::new(move |host| _ = host.fork(main)));
    sim.governor.before_answer = Some(Box::new(move |host| _ = host.fork(main)));
    sim.settle();
    let unanswered = sim.host.fork(main);
    sim.settle();
    sim.hold.replies = false;
    sim.settle();
    let after = sim.host.fork(main);
    sim.run(Duration::from_secs(2));
    let late = sim.host.fork(main);
    sim.settle();
    assert_one_job(&sim, main, &[before, before + 1, before + 2, unanswered, after, late]);
    assert_eq!(sim.said(|r| matches!(r, Record::Joined { .. })), 0, "the governor had them");
}

#[test]
fn a_descendant_whose_parent_is_gone_before_the_move_is_taken_along() {
    let mut sim = Sim::running(usual());
    sim.hold.governor = true;
    let main = sim.start_program("ffmpeg");
    let middle = sim.host.fork(main);
    let orphan = sim.host.fork(middle);
    sim.host.exit(middle);
    sim.settle();
    sim.hold.governor = false;
    sim.settle();
    assert_one_job(&sim, main, &[orphan]);
    assert_eq!(sim.said(|r| matches!(r, Record::Joined { .. })), 1);
}

#[test]
fn a_thread_that_execs_goes_on_as_the_process_it_was() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("bash");
    sim.host.exec_from_thread(pid, "ffmpeg");
    sim.settle();
    sim.assert_own_job(pid, "ffmpeg");
    sim.host.exec_from_thread(pid, "ls");
    sim.settle();
    assert_one_job(&sim, pid, &[]);
    assert_eq!(sim.said(|r| matches!(r, Record::Exited { .. })), 0);
}

#[test]
fn a_stranger_with_the_pid_of_a_dead_parent_is_no_relative() {
    let mut sim = Sim::running(usual());
    sim.hold.events = true;
    sim.host.queue.losing = true;
    let parent = sim.spawn(SHELL, "bash");
    let child = sim.spawn(parent, "bash");
    sim.host.proc(parent).unreadable = true; // the child is met, its parent is not
    sim.host.rename(SHELL, "bash");
    sim.hold.events = false;
    sim.settle();
    sim.host.proc(parent).unreadable = false;
    sim.host.exit(parent);
    sim.host.next_fork_gets(parent);
    let stranger = sim.spawn(SHELL, "ffmpeg");
    assert_eq!(stranger, parent);
    sim.settle();
    sim.host.exec(child, "ls");
    sim.settle();
    sim.assert_free(child);
    sim.assert_own_job(stranger, "ffmpeg");
}

#[test]
fn what_happened_to_a_pid_after_the_move_is_not_undone_by_its_answer() {
    let mut sim = Sim::running(usual());
    let main = sim.host.fork(SHELL);
    let child = sim.host.fork(main);
    sim.settle();
    sim.host.exec(main, "ffmpeg");
    sim.hold.replies = true;
    sim.settle();
    sim.host.exit(child); // it is in the answer that nobody has read yet
    sim.host.next_fork_gets(child);
    assert_eq!(sim.spawn(SHELL, "ls"), child);
    sim.settle();
    sim.hold.replies = false;
    sim.settle();
    sim.host.exec(child, "ffmpeg");
    sim.settle();
    sim.assert_own_job(child, "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn when_a_release_fails_children_born_meanwhile_are_taken_along() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    sim.governor.refuse_release.push_back(failure(Step::Rmdir, 16));
    sim.hold.governor = true;
    sim.reload(super::policies::targets(&["x"]));
    let child = sim.host.fork(main);
    sim.settle();
    sim.hold.governor = false;
    sim.settle();
    assert_eq!(sim.said(|r| matches!(r, Record::ReleaseFailed { .. })), 1);
    sim.reload(usual()); // it is wanted after all
    assert_one_job(&sim, main, &[child]);

    sim.governor.refuse_release.push_back(failure(Step::Rmdir, 16));
    sim.hold.governor = true;
    sim.reload(super::policies::targets(&["x"]));
    [main, child].into_iter().for_each(|pid| sim.host.exit(pid)); // told while it is being released
    sim.settle();
    sim.hold.governor = false;
    sim.settle();
    assert!(sim.governor.groups.is_empty());
    sim.assert_consistent();
}

#[test]
fn a_grandchild_belongs_to_the_nearest_job_not_to_a_later_one_above() {
    let mut sim = Sim::running(Policy { poll_only: true, ..usual() });
    let top = sim.spawn(SHELL, "bash");
    let middle = sim.spawn(top, "ffmpeg");
    sim.run(SCAN_INTERVAL);
    sim.host.exec(top, "ffmpeg");
    let born = sim.host.fork(middle);
    sim.run(SCAN_INTERVAL); // meets both at once
    sim.assert_own_job(top, "ffmpeg");
    sim.assert_own_job(middle, "ffmpeg");
    assert_eq!(sim.job_of(born), sim.job_of(middle));
    sim.assert_consistent();
}

/// What forked and ended before anybody could look at it still tells whose child its child is.
#[test]
fn an_orphan_of_one_that_ended_before_it_was_looked_at() {
    let late = Filters { min_runtime: Some(Duration::from_secs(5)), ..Filters::default() };
    let mut sim = Sim::running(filtered(late));
    let main = sim.start_program("ffmpeg");
    sim.hold.events = true;
    let middle = sim.host.fork(main);
    let orphan = sim.host.fork(middle);
    sim.host.exit(middle);
    sim.hold.events = false;
    sim.run(Duration::from_secs(6));
    assert_one_job(&sim, main, &[orphan]);
}
