//! Processes that somebody else moved out of their job's group: brought back, or left there.

use super::*;

#[test]
fn a_lone_process_that_was_moved_out_is_attached_again_as_the_same_job() {
    let mut sim = Sim::running(usual());
    let pid = sim.start_program("ffmpeg");
    sim.steal(pid);
    sim.run(Duration::from_secs(2));
    sim.assert_own_job(pid, "ffmpeg");
    let moved = Drift::Moved { pid: crate::engine::tests::pid(pid), to: ELSEWHERE.into() };
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
