//! What others do to a job is noticed with the next scan, put right or left, said, and not fought over for ever.

use super::governor::failure;
use super::host::SHELL;
use super::policies::{SCAN_INTERVAL, limits, policy, rule, targets, usual};
use super::sim::Sim;
use crate::config::policy::{Filters, Policy};
use crate::engine::input::Input;
use crate::model::record::{Answer, Drift, Record, Step};
use std::time::Duration;

const ELSEWHERE: &str = "/somebody-elses";

fn leaving() -> Policy {
    Policy { restore_on_drift: false, ..usual() }
}

fn drifts(sim: &Sim) -> Vec<(Drift, Answer)> {
    let drift = |record: &Record| match record {
        Record::Drift { drift, answer, .. } => Some((drift.clone(), *answer)),
        _ => None,
    };
    sim.records.iter().filter_map(drift).collect()
}

fn answers(sim: &Sim) -> Vec<Answer> {
    drifts(sim).into_iter().map(|(_, answer)| answer).collect()
}

impl Sim {
    fn steal(&mut self, pid: u32) {
        self.governor.steal(pid, ELSEWHERE, &mut self.host);
    }

    fn overwrite(&mut self, pid: u32, quota: u32) {
        let group = self.governor.groups.get_mut(&format!("auto-ffmpeg-{pid}")).expect("a group");
        group.limits = limits(quota);
    }

    fn stands(&self, pid: u32) -> Option<u32> {
        self.governor.groups[&format!("auto-ffmpeg-{pid}")].limits.cpu_quota
    }

    fn is_left(&self, pid: u32) -> bool {
        self.host.procs[&pid].group == ELSEWHERE
    }
}

#[test]
fn an_overwritten_limit_is_written_again_and_said_once() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    sim.overwrite(pid, 900);
    sim.run(SCAN_INTERVAL * 3);
    assert_eq!((sim.stands(pid), answers(&sim)), (Some(200), vec![Answer::Restored]));
    assert_eq!(sim.engine.drifts.limit, 1);
    assert_eq!(sim.said(|r| matches!(r, Record::LimitsChanged { .. })), 0);
    sim.assert_consistent();
}

#[test]
fn an_overwritten_limit_is_left_where_the_policy_says_so_until_it_says_otherwise() {
    let mut sim = Sim::running(leaving());
    let pid = sim.start_program("ffmpeg");
    sim.overwrite(pid, 900);
    sim.run(SCAN_INTERVAL * 5);
    sim.overwrite(pid, 800);
    sim.run(SCAN_INTERVAL * 5);
    assert_eq!((sim.stands(pid), answers(&sim)), (Some(800), vec![Answer::Left; 2]));
    sim.reload(usual());
    sim.run(SCAN_INTERVAL);
    assert_eq!((sim.stands(pid), answers(&sim).last()), (Some(200), Some(&Answer::Restored)));
}

#[test]
fn a_fight_over_a_limit_is_said_once_and_goes_on_slowly() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    let mut rewritten = 0;
    for _ in 0..60 {
        rewritten += u32::from(sim.stands(pid) == Some(200));
        sim.overwrite(pid, 900);
        sim.run(SCAN_INTERVAL);
    }
    let said = [vec![Answer::Restored; 3], vec![Answer::Tired]].concat();
    assert_eq!(answers(&sim), said);
    assert!((12..=14).contains(&rewritten), "{rewritten} times in ten minutes");
    sim.run(Duration::from_secs(700));
    assert_eq!(sim.stands(pid), Some(200), "it was not given up");
    sim.overwrite(pid, 900);
    sim.run(SCAN_INTERVAL);
    assert_eq!((sim.stands(pid), answers(&sim).len()), (Some(200), 5), "peace has been made meanwhile");
}

#[test]
fn a_reload_that_changes_limits_is_no_drift() {
    let with = |quota| {
        let mut rule = rule("ffmpeg", Filters::default());
        rule.limits = limits(quota);
        policy(vec![rule])
    };
    let mut sim = Sim::running(with(200));
    let pid = sim.start_program("ffmpeg");
    for quota in [300, 50, 700] {
        sim.hold.replies = true;
        sim.run(SCAN_INTERVAL); // an inspection is on its way
        sim.hold.governor = true;
        sim.reload(with(quota));
        sim.hold = Default::default();
        sim.run(SCAN_INTERVAL * 2);
        assert_eq!(sim.stands(pid), Some(quota));
    }
    assert_eq!(drifts(&sim), []);
}

#[test]
fn limits_that_the_kernel_refuses_to_restore_are_told() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    sim.overwrite(pid, 900);
    sim.governor.refuse_limits.push_back(failure(Step::LimitWrite, 16));
    sim.run(SCAN_INTERVAL);
    assert_eq!(sim.said(|r| matches!(r, Record::LimitsRefused { .. })), 1);
    sim.run(SCAN_INTERVAL);
    assert_eq!(sim.stands(pid), Some(200));
}

#[test]
fn a_note_that_was_removed_is_written_again_under_either_policy() {
    for policy in [usual(), leaving()] {
        let mut sim = Sim::running(policy);
        let pid = sim.start_program("ffmpeg");
        sim.governor.groups.get_mut(&format!("auto-ffmpeg-{pid}")).expect("a group").noted = false;
        sim.run(SCAN_INTERVAL * 3);
        assert_eq!(drifts(&sim), [(Drift::Note, Answer::Restored)]);
    }
}

#[test]
fn a_lone_process_that_was_moved_out_is_attached_again_as_the_same_job() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    sim.steal(pid);
    sim.run(Duration::from_secs(2));
    sim.assert_own_job(pid, "ffmpeg");
    let moved = Drift::Moved { pid: super::pid(pid), to: ELSEWHERE.into() };
    assert_eq!(drifts(&sim), [(moved, Answer::Restored)]);
    assert_eq!(sim.said(|r| matches!(r, Record::Attached { .. })), 2, "the first time, and again");
    assert_eq!(sim.said(|r| matches!(r, Record::JobEnded { .. } | Record::Exited { .. })), 0);
    sim.assert_consistent();
    sim.host.exit(pid);
    sim.settle();
    assert_eq!(sim.governor.groups.len(), 0);
    sim.assert_consistent();
}

#[test]
fn one_that_is_back_before_it_could_be_proven_is_held() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    sim.steal(pid);
    sim.governor.unproven = 1;
    sim.run(Duration::from_secs(5));
    sim.assert_own_job(pid, "ffmpeg");
    assert_eq!(sim.said(|r| matches!(r, Record::AlreadyTracked { .. })), 0);
    sim.assert_consistent();
}

#[test]
fn members_are_moved_back_the_first_process_and_others_alike() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let (child, other) = (sim.spawn(main, "sleep"), sim.spawn(main, "sleep"));
    sim.settle();
    for stolen in [vec![child], vec![main], vec![main, child], vec![main, child, other]] {
        stolen.iter().for_each(|&pid| sim.steal(pid));
        sim.run(Duration::from_secs(700));
        for pid in [main, child, other] {
            assert_eq!(sim.job_of(pid), Some(&*format!("auto-ffmpeg-{main}")), "{stolen:?}");
        }
        sim.assert_consistent();
    }
    assert!(answers(&sim).iter().all(|answer| *answer == Answer::Restored));
}

#[test]
fn an_orphan_comes_back_with_the_job_that_was_moved_out_as_a_whole() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let between = sim.spawn(main, "sleep");
    let orphan = sim.spawn(between, "sleep");
    sim.settle();
    sim.host.exit(between);
    sim.settle();
    [main, orphan].into_iter().for_each(|pid| sim.steal(pid));
    sim.run(Duration::from_secs(2));
    assert_eq!(sim.job_of(orphan), sim.job_of(main));
    sim.assert_own_job(main, "ffmpeg");
    assert_eq!(answers(&sim), [Answer::Restored; 2]);
    sim.assert_consistent();
}

#[test]
fn one_that_ends_while_it_is_attached_again_leaves_nobody_waiting() {
    for (may_pass, errno) in [(true, 19), (false, 22)] {
        let mut sim = Sim::running(usual());
        let pid = sim.start_program("ffmpeg");
        sim.steal(pid);
        sim.settle();
        sim.hold.governor = true;
        sim.run(Duration::from_secs(2)); // it is asked where it lives
        sim.governor.refuse_attach.push_back(failure(Step::Move, errno));
        sim.hold.governor = false;
        sim.round();
        sim.hold.replies = true;
        sim.settle();
        assert_eq!(sim.governor.attaches, 2);
        sim.host.exit(pid);
        sim.settle();
        sim.host.next_fork_gets(pid);
        sim.host.fork(SHELL);
        sim.settle();
        sim.hold.replies = false;
        sim.run(Duration::from_secs(5));
        assert_eq!((sim.engine.jobs.iter().count(), sim.governor.attaches), (0, 2 + usize::from(may_pass)));
        sim.assert_consistent();
    }
}

#[test]
fn a_job_whose_name_is_another_ones_by_now_is_over() {
    let mut sim = Sim::running(leaving());
    let old = sim.start_program("ffmpeg");
    let child = sim.spawn(old, "sleep");
    sim.settle();
    sim.host.exit(old);
    sim.settle();
    sim.hold.exits = true; // that its group is empty is told late
    sim.governor.raze(&format!("auto-ffmpeg-{old}"), ELSEWHERE, &mut sim.host);
    sim.host.next_fork_gets(old);
    let young = sim.start_program("ffmpeg");
    sim.hold.exits = false;
    sim.run(SCAN_INTERVAL * 2);
    assert_eq!(young, old);
    sim.assert_own_job(young, "ffmpeg");
    assert_eq!(sim.said(|r| matches!(r, Record::JobEnded { .. })), 1);
    assert!(sim.is_left(child));
    sim.assert_consistent();
}

#[test]
fn one_that_comes_back_under_another_name_has_but_that_one() {
    let mut sim = Sim::running(usual());
    let (old, _) = (sim.start_program("ffmpeg"), sim.start_program("bash"));
    let child = sim.spawn(old, "sleep");
    sim.settle();
    sim.host.exit(old);
    sim.settle();
    sim.host.next_fork_gets(old);
    let young = sim.start_program("ffmpeg");
    assert_eq!((young, sim.job_of(young).map(str::len)), (old, Some("auto-ffmpeg-101-1000000105".len())));
    sim.host.exit(child);
    sim.settle();
    sim.steal(young);
    sim.run(Duration::from_secs(5));
    sim.assert_own_job(young, "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn one_that_was_moved_out_may_be_taken_along_by_its_parent() {
    for policy in [usual(), leaving()] {
        let mut sim = Sim::running(policy);
        let parent = sim.start_program("bash");
        let child = sim.spawn(parent, "ffmpeg");
        sim.settle();
        sim.steal(child);
        sim.host.exec(parent, "ffmpeg");
        sim.run(SCAN_INTERVAL);
        sim.assert_own_job(parent, "ffmpeg");
        assert_eq!(sim.job_of(child), sim.job_of(parent));
        sim.assert_consistent();
    }
}

#[test]
fn what_was_moved_out_is_left_where_the_policy_says_so_until_it_execs() {
    for alone in [true, false] {
        let mut sim = Sim::running(leaving());
        let main = sim.start_program("ffmpeg");
        let child = sim.spawn(main, "sleep");
        sim.settle();
        sim.steal(main);
        if alone {
            sim.host.exit(child);
        }
        sim.run(SCAN_INTERVAL * 6);
        assert!(sim.is_left(main));
        assert_eq!(answers(&sim), [Answer::Left], "said once");
        assert_eq!(sim.said(|r| matches!(r, Record::JobEnded { .. })), usize::from(alone));
        let young = sim.host.fork(main);
        sim.run(SCAN_INTERVAL * 2);
        assert!(sim.is_left(young), "who is forked of it is left with it");
        sim.assert_consistent();
        sim.host.exec(main, "ffmpeg");
        sim.run(SCAN_INTERVAL);
        assert!(sim.is_governed(main), "another program is another question");
        sim.assert_consistent();
        sim.host.exit(main);
        sim.run(SCAN_INTERVAL);
        sim.assert_consistent();
    }
}

#[test]
fn what_is_left_of_a_job_follows_a_policy_that_its_first_process_was_not_asked_about() {
    let mut sim = Sim::running(leaving());
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "sleep");
    sim.settle();
    sim.host.proc(main).unreadable = true;
    sim.reload(Policy { restore_on_drift: false, ..targets(&["x"]) });
    sim.steal(main);
    sim.run(SCAN_INTERVAL * 2);
    sim.assert_free(child);
    sim.assert_consistent();
}

#[test]
fn a_child_that_was_left_is_no_longer_counted_and_the_job_goes_on() {
    let mut sim = Sim::running(leaving());
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "sleep");
    sim.settle();
    sim.steal(child);
    sim.run(SCAN_INTERVAL * 3);
    assert!(sim.is_left(child) && sim.is_governed(main));
    assert_eq!(answers(&sim), [Answer::Left]);
    sim.assert_consistent();
    sim.reload(usual());
    sim.run(SCAN_INTERVAL);
    assert_eq!(sim.job_of(child), sim.job_of(main), "a reload asks anew");
    sim.assert_consistent();
}

#[test]
fn a_tug_of_war_over_a_process_ends_after_three_times() {
    for with_child in [false, true] {
        let mut sim = Sim::running(usual());
        let main = sim.start_program("ffmpeg");
        if with_child {
            sim.spawn(main, "sleep");
        }
        for _ in 0..8 {
            if sim.is_governed(main) {
                sim.steal(main);
            }
            sim.run(SCAN_INTERVAL * 2);
        }
        assert!(sim.is_left(main));
        assert_eq!(answers(&sim), [vec![Answer::Restored; 3], vec![Answer::Tired]].concat());
        sim.assert_consistent();
    }
}

#[test]
fn who_ends_or_is_let_go_while_it_is_looked_for_is_not_brought_back() {
    // It ends while its place is asked for, and before it is moved back.
    for held_back in [true, false] {
        let mut sim = Sim::running(usual());
        let pid = sim.start_program("ffmpeg");
        sim.steal(pid);
        sim.hold.governor = held_back;
        sim.run(Duration::from_secs(2));
        if !held_back {
            sim.steal(pid);
        }
        sim.host.exit(pid);
        sim.hold.governor = false;
        sim.run(SCAN_INTERVAL);
        assert_eq!(sim.engine.jobs.iter().count(), 0);
        sim.assert_consistent();
    }
    // It is not a target any more when it is found.
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    sim.steal(pid);
    sim.settle();
    sim.reload(targets(&["x"]));
    sim.run(SCAN_INTERVAL);
    sim.assert_free(pid);
    sim.assert_consistent();
    // The service stops.
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    sim.steal(pid);
    sim.settle();
    sim.handle(Input::Terminate("SIGTERM"));
    sim.run(Duration::from_secs(30));
    sim.assert_free(pid);
    assert_eq!(sim.stopped, 1);
}

#[test]
fn a_job_that_was_released_meanwhile_is_not_judged() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "sleep");
    sim.settle();
    sim.steal(child);
    sim.hold.replies = true;
    sim.run(SCAN_INTERVAL);
    sim.next_policy = Some(Ok((std::sync::Arc::new(targets(&["x"])), Vec::new())));
    sim.handle(Input::Reload);
    sim.settle();
    sim.hold.replies = false;
    sim.run(SCAN_INTERVAL);
    sim.assert_free(main);
    assert!(sim.is_left(child));
    sim.assert_consistent();
}

#[test]
fn what_happened_while_the_service_was_down_is_found_at_its_start() {
    for (policy, answer) in [(usual(), Answer::Restored), (leaving(), Answer::Left)] {
        let mut sim = Sim::running(usual());
        let (limited, gone) = (sim.start_program("ffmpeg"), sim.start_program("ffmpeg"));
        let parent = sim.start_program("ffmpeg");
        let child = sim.spawn(parent, "sleep");
        sim.settle();
        sim.overwrite(limited, 900);
        sim.steal(gone);
        sim.steal(parent);
        sim.restart(policy);
        sim.run(Duration::from_secs(5));
        assert_eq!(answers(&sim), [answer; 3]);
        let restored = answer == Answer::Restored;
        assert_eq!(sim.stands(limited) == Some(200), restored);
        assert_eq!((sim.is_governed(gone), sim.is_governed(parent)), (restored, restored));
        assert!(sim.is_governed(child));
        sim.assert_consistent();
    }
}

#[test]
fn every_job_has_its_turn_and_no_attachment_waits_for_more_than_one() {
    let mut sim = Sim::running(usual());
    (0..1000).for_each(|_| _ = sim.spawn(SHELL, "ffmpeg"));
    sim.settle();
    sim.governor.inspections = 0;
    sim.run(SCAN_INTERVAL);
    assert_eq!(sim.governor.inspections, 167);
    sim.hold.governor = true;
    sim.run(SCAN_INTERVAL * 2);
    assert_eq!(sim.governor.tasks.len(), 1, "{:?}", sim.governor.tasks);
    sim.hold.governor = false;
    let stolen: Vec<u32> =
        sim.host.procs.iter().filter(|(_, p)| p.ppid == SHELL).map(|(&pid, _)| pid).collect();
    stolen.iter().for_each(|&pid| sim.overwrite(pid, 900));
    sim.run(SCAN_INTERVAL * 7);
    assert!(stolen.iter().all(|&pid| sim.stands(pid) == Some(200)));
    assert_eq!(sim.engine.drifts.total(), 1000);
    // What is taken over is asked about at once.
    sim.governor.inspections = 0;
    sim.restart(usual());
    assert_eq!(sim.governor.inspections, 1000);
}

#[test]
fn scans_may_follow_each_other_faster_than_inspections() {
    let mut sim = Sim::running(Policy { scan_interval: Duration::from_millis(10), ..usual() });
    sim.start_program("ffmpeg");
    sim.run(Duration::from_secs(10));
    assert!((9..=12).contains(&sim.governor.inspections), "{}", sim.governor.inspections);
}
