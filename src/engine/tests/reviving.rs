//! `retry`: whatever was given up, waits or was let go is looked at now, and who wanted it is told what that means.

use super::governor::failure;
use super::policies::{filtered, usual};
use super::sim::Sim;
use crate::config::policy::Filters;
use crate::engine::effect::Refused;
use crate::engine::input::{Order, Whom};
use crate::engine::tests::pid;
use crate::model::JobId;
use crate::model::failure::Step;
use crate::model::record::Record;
use std::time::Duration;

fn job(of: u32) -> Whom {
    Whom::Job(JobId::found(&format!("auto-ffmpeg-{of}")))
}

/// So many that were given up.
fn given_up<const N: usize>() -> (Sim, [u32; N]) {
    let mut sim = Sim::running(usual());
    let pids = [(); N].map(|()| {
        sim.governor.refuse_attach.push_back(failure(Step::Move, 22));
        sim.start_program("ffmpeg")
    });
    (sim, pids)
}

fn revived(sim: &Sim) -> usize {
    sim.said(|record| matches!(record, Record::Revived { .. }))
}

#[test]
fn all_that_were_given_up_are_tried_again() {
    let (mut sim, pids) = given_up::<3>();
    assert_eq!(sim.obeyed(Order::Retry(None)), Ok("3 given up before, tried again".into()));
    pids.iter().for_each(|&pid| sim.assert_own_job(pid, "ffmpeg"));
    assert_eq!(revived(&sim), 3);
    assert_eq!(sim.obeyed(Order::Retry(None)), Ok("there is nothing to retry".into()));
    sim.assert_consistent();
}

#[test]
fn one_may_be_named_by_its_job_or_its_pid() {
    let (mut sim, [first, second, third]) = given_up::<3>();
    assert!(sim.obeyed(Order::Retry(Some(job(second)))).is_ok());
    assert!(sim.obeyed(Order::Retry(Some(Whom::Pid(pid(third))))).is_ok());
    sim.assert_own_job(second, "ffmpeg");
    sim.assert_own_job(third, "ffmpeg");
    sim.assert_free(first);
    assert_eq!(revived(&sim), 2);
}

#[test]
fn whether_it_is_still_wanted_is_asked_again() {
    let (mut sim, [main]) = given_up::<1>();
    let blocked = filtered(Filters { blocked_uids: [13].into(), ..Filters::default() });
    sim.governor.refuse_attach.push_back(failure(Step::Move, 22));
    sim.reload(blocked);
    sim.host.queue.losing = true; // nobody tells
    sim.host.set_user(main, 13);
    assert!(sim.obeyed(Order::Retry(None)).is_ok());
    sim.assert_free(main);
    assert_eq!(sim.said(|record| matches!(record, Record::Ignored { .. })), 1);
}

#[test]
fn one_that_waits_for_its_next_try_has_it_now() {
    let mut sim = Sim::running(usual());
    sim.governor.refuse_attach.extend([failure(Step::Move, 19), failure(Step::Move, 19)]);
    let main = sim.start_program("ffmpeg");
    sim.run(Duration::from_millis(1200)); // the next would come after two seconds
    sim.assert_free(main);
    assert_eq!(sim.obeyed(Order::Retry(None)), Ok("1 waiting for another try, tried now".into()));
    sim.assert_own_job(main, "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn while_attaching_is_paused_it_says_so_and_why() {
    let (mut sim, [letter]) = given_up::<1>();
    sim.governor.refuse_attach.push_back(failure(Step::Mkdir, 30));
    let paused = sim.start_program("ffmpeg");
    let told = |count: u32| {
        format!(
            "attaching is paused (read-only cgroup file system), so {count} wait(s) until a probe succeeds"
        )
    };
    assert_eq!(sim.obeyed(Order::Retry(Some(job(paused)))), Ok(told(1)));
    let all = format!("1 given up before, tried again; {}", told(2));
    assert_eq!(sim.obeyed(Order::Retry(None)), Ok(all));
    sim.assert_free(letter);
    sim.run(Duration::from_secs(31));
    sim.assert_own_job(letter, "ffmpeg");
    sim.assert_own_job(paused, "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn one_that_was_released_or_given_up_in_a_fight_is_taken_again() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "sleep");
    sim.settle();
    for named in [job(main), Whom::Pid(pid(main)), Whom::Pid(pid(child))] {
        assert!(sim.obeyed(Order::Release(job(main))).is_ok());
        assert_eq!(sim.obeyed(Order::Retry(None)), Ok("there is nothing to retry".into()), "all but those");
        sim.assert_free(main);
        assert_eq!(sim.obeyed(Order::Retry(Some(named))), Ok("2 left alone, looked at again".into()));
        sim.assert_own_job(main, "ffmpeg");
        assert_eq!(sim.job_of(child), sim.job_of(main));
    }
    sim.host.exit(child);
    for _ in 0..4 {
        sim.governor.steal(main, "/somebody-elses", &mut sim.host);
        sim.run(Duration::from_secs(20));
    }
    sim.assert_free(main);
    assert!(sim.obeyed(Order::Retry(Some(Whom::Pid(pid(main))))).is_ok());
    sim.assert_own_job(main, "ffmpeg");
    sim.assert_consistent();
}

#[test]
fn who_has_nothing_to_retry_is_told() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let refused = Refused::Failed(format!("job auto-ffmpeg-{main} neither failed nor waits for another try"));
    assert_eq!(sim.obeyed(Order::Retry(Some(job(main)))), Err(refused));
    assert!(matches!(sim.obeyed(Order::Retry(Some(job(7)))), Err(Refused::Unknown(_))));
    assert!(matches!(sim.obeyed(Order::Retry(Some(Whom::Pid(pid(1))))), Err(Refused::Unknown(_))));
}
