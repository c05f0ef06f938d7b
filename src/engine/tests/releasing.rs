//! `release`: in whatever state a job is, its processes go back, and stay back for as long as they are the same programs.

use super::governor::failure;
use super::policies::{filtered, targets, usual};
use super::sim::{Hold, Sim};
use crate::config::policy::Filters;
use crate::engine::effect::Refused;
use crate::engine::input::{Input, Order, Whom};
use crate::engine::tests::pid;
use crate::model::JobId;
use crate::model::failure::Step;
use crate::model::record::Record;
use crate::model::state::Memory;
use std::time::Duration;

fn release(of: u32) -> Order {
    Order::Release(Whom::Job(JobId::found(&format!("auto-ffmpeg-{of}"))))
}

/// A governed ffmpeg and a child of it.
fn governed() -> (Sim, u32, u32) {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "sleep");
    sim.settle();
    (sim, main, child)
}

fn failed(result: Option<Result<String, Refused>>) -> String {
    match result {
        Some(Err(Refused::Failed(why))) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_released_job_goes_back_and_is_not_taken_again() {
    let (mut sim, main, child) = governed();
    let done = sim.obeyed(release(main));
    assert_eq!(done, Ok(format!("job auto-ffmpeg-{main} is released: 2 process(es) moved to /user.slice")));
    let forked = sim.host.fork(main);
    sim.host.set_user(main, 7);
    sim.host.rename(main, "gst-launch-1.0");
    sim.run(Duration::from_secs(60));
    sim.reload(usual());
    sim.reload(targets(&["ffmpeg", "sleep"]));
    sim.run(Duration::from_secs(60));
    for pid in [main, child, forked] {
        sim.assert_free(pid);
    }
    assert_eq!(sim.engine.let_go.pids(), [main, child, forked].map(pid));
    sim.assert_consistent();

    sim.host.exec(main, "ffmpeg");
    sim.settle();
    sim.assert_own_job(main, "ffmpeg");
    sim.assert_consistent();
    assert_eq!(sim.engine.let_go.pids(), [], "what descends from it is of its new job");
}

#[test]
fn scans_alone_do_not_take_it_again_either_nor_what_it_forks() {
    let mut sim = Sim::running(crate::config::policy::Policy { poll_only: true, ..usual() });
    let main = sim.start_program("bash");
    sim.host.exec(main, "ffmpeg");
    sim.run(Duration::from_secs(10));
    sim.assert_own_job(main, "ffmpeg");
    sim.host.exec(main, "ffmpeg"); // unheard of, and the next scan would see it
    assert!(sim.obeyed(release(main)).is_ok());
    let forked = sim.host.fork(main);
    sim.run(Duration::from_secs(60));
    sim.host.set_user(main, 7);
    sim.host.rename(forked, "gst-launch-1.0");
    sim.run(Duration::from_secs(60));
    sim.assert_free(main);
    sim.assert_free(forked);
    sim.host.exec(forked, "ffmpeg");
    sim.run(Duration::from_secs(10));
    sim.assert_own_job(forked, "ffmpeg");
    sim.assert_free(main);
}

#[test]
fn any_process_of_it_may_be_named_and_that_is_said() {
    let (mut sim, main, child) = governed();
    let done = sim.obeyed(Order::Release(Whom::Pid(pid(child)))).unwrap();
    assert!(done.ends_with(&format!("; process {child} is one of its processes")), "{done}");
    sim.assert_free(main);
}

#[test]
fn one_that_is_being_attached_is_released_when_that_is_done() {
    let mut sim = Sim::running(usual());
    sim.hold.governor = true;
    let main = sim.start_program("ffmpeg");
    let ticket = sim.order(release(main));
    sim.settle();
    assert_eq!(sim.answer_to(ticket), None);
    sim.hold.governor = false;
    sim.settle();
    assert!(sim.answer_to(ticket).unwrap().is_ok());
    sim.run(Duration::from_secs(60));
    sim.assert_free(main);
    assert_eq!((sim.governor.attaches, sim.said(|r| matches!(r, Record::Released { .. }))), (1, 1));
    sim.assert_consistent();
}

#[test]
fn one_that_waits_for_its_next_try_gets_none() {
    for refusal in [failure(Step::Move, 19), failure(Step::Mkdir, 30)] {
        let mut sim = Sim::running(usual());
        sim.governor.refuse_attach.push_back(refusal);
        let main = sim.start_program("ffmpeg");
        let done = sim.obeyed(release(main));
        assert_eq!(done, Ok(format!("job auto-ffmpeg-{main} had not been attached, and will not be")));
        assert_eq!(
            sim.said(|r| matches!(r, Record::Left { why, .. } if why == "an operator released it")),
            1
        );
        sim.run(Duration::from_secs(600));
        sim.assert_free(main);
        sim.assert_consistent();
    }
}

#[test]
fn one_that_is_only_followed_is_not_governed_later() {
    let mut sim = Sim::new(usual());
    sim.governor.unavailable = Some("no cgroup2 hierarchy is mounted");
    sim.start();
    let main = sim.start_program("ffmpeg");
    assert!(sim.obeyed(release(main)).is_ok());
    sim.governor.unavailable = None;
    sim.run(Duration::from_secs(120));
    sim.assert_free(main);
}

#[test]
fn one_that_a_reload_lets_go_meanwhile_stays_released_when_the_policy_names_it_again() {
    let (mut sim, main, _) = governed();
    sim.hold.governor = true;
    sim.reload(filtered(Filters { blocked_uids: [0].into(), ..Filters::default() }));
    let ticket = sim.order(release(main));
    sim.settle();
    assert_eq!(sim.answer_to(ticket), None);
    sim.hold.governor = false;
    sim.settle();
    assert!(sim.answer_to(ticket).unwrap().is_ok());
    sim.reload(usual());
    sim.assert_free(main);
}

#[test]
fn a_release_that_fails_is_told_and_the_job_stays() {
    let (mut sim, main, _) = governed();
    sim.governor.refuse_release.push_back(failure(Step::Rmdir, 16));
    let refused = sim.obeyed(release(main));
    assert_eq!(refused, Err(Refused::Met("it is not released".into(), failure(Step::Rmdir, 16))));
    sim.assert_own_job(main, "ffmpeg");
    assert!(sim.obeyed(release(main)).is_ok());
    sim.assert_free(main);
}

#[test]
fn two_who_want_the_same_are_both_answered() {
    let (mut sim, main, _) = governed();
    let tickets = [sim.order(release(main)), sim.order(release(main))];
    sim.settle();
    assert!(tickets.iter().all(|&ticket| sim.answer_to(ticket).is_some_and(|answer| answer.is_ok())));
    assert_eq!(sim.said(|r| matches!(r, Record::Released { .. })), 1);
}

#[test]
fn who_is_not_known_is_told_what_is() {
    let (mut sim, main, _) = governed();
    let unknown = |sim: &mut Sim, order| match sim.obeyed(order) {
        Err(Refused::Unknown(why)) => why,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        unknown(&mut sim, release(7)),
        format!("there is no job auto-ffmpeg-7; there are auto-ffmpeg-{main}")
    );
    assert_eq!(unknown(&mut sim, Order::Release(Whom::Pid(pid(7)))), "there is no process 7");
    assert!(unknown(&mut sim, Order::Release(Whom::Pid(pid(1)))).contains("belongs to no job"));
    assert!(sim.obeyed(release(main)).is_ok());
    assert!(unknown(&mut sim, release(main)).contains("was released; retry"));
    assert!(unknown(&mut sim, Order::Release(Whom::Pid(pid(main)))).contains("was released from job"));
}

#[test]
fn one_that_ends_meanwhile_is_answered() {
    let mut sim = Sim::running(usual());
    sim.hold.governor = true;
    let main = sim.start_program("ffmpeg");
    let ticket = sim.order(release(main));
    sim.host.exit(main);
    sim.hold.governor = false;
    sim.run(Duration::from_secs(20));
    assert!(failed(sim.answer_to(ticket)).contains("has ended"));
    sim.assert_consistent();
}

#[test]
fn a_stop_answers_who_waits_and_finishes_what_is_begun() {
    let (mut sim, main, _) = governed();
    sim.hold.governor = true;
    let begun = sim.order(release(main));
    sim.settle();
    let late = sim.start_program("ffmpeg");
    let waits = sim.order(release(late));
    sim.settle();
    sim.handle(Input::Terminate("SIGTERM"));
    let after = sim.order(Order::Reload);
    sim.settle();
    assert_eq!(failed(sim.answer_to(after)), "the service is stopping");
    sim.hold.governor = false;
    sim.settle();
    assert!(sim.answer_to(begun).unwrap().is_ok());
    assert_eq!(failed(sim.answer_to(waits)), "the service is stopping");
    assert_eq!(sim.stopped, 1);
}

#[test]
fn a_restart_remembers_it_by_the_program_it_runs() {
    let (mut sim, main, child) = governed();
    assert!(sim.obeyed(release(main)).is_ok());
    sim.run(Duration::from_secs(1));
    let saved = sim.saved.last().expect("saved").released.clone();
    assert_eq!(saved.len(), 2);
    let memory =
        |boot: &str| Memory { boot_id: Some(boot.into()), released: saved.clone(), ..Memory::default() };
    sim.host.exec(child, "ffmpeg");
    sim.restart_remembering(usual(), &memory("boot"));
    sim.assert_free(main);
    sim.assert_own_job(child, "ffmpeg");
    sim.run(Duration::from_secs(1));
    assert_eq!(sim.saved.last().expect("saved").released.len(), 1);
    sim.assert_consistent();

    sim.restart_remembering(usual(), &memory("another boot"));
    sim.assert_own_job(main, "ffmpeg");
}

#[test]
fn a_restart_remembers_it_also_if_the_first_scan_ends_before_all_have_been_looked_at() {
    let (mut sim, main, child) = governed();
    assert!(sim.obeyed(release(main)).is_ok());
    sim.run(Duration::from_secs(1));
    let released = sim.saved.last().expect("saved").released.clone();
    let memory = Memory { boot_id: Some("boot".into()), released, ..Memory::default() };
    sim.restart_holding(usual(), &memory, Hold { looks: true, ..Hold::default() });
    // Longer than a scan waits for its last decisions.
    sim.run(Duration::from_secs(20));
    sim.hold.looks = false;
    sim.run(Duration::from_secs(20));
    sim.assert_free(main);
    sim.assert_free(child);
    sim.assert_consistent();
}
