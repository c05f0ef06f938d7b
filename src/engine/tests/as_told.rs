//! Jobs that commands make: `attach` by an order, whatever rules and filters say; `run` beside us, taken over as it stands.

use super::governor::failure;
use super::host::SHELL;
use super::pid;
use super::policies::{limits, policy, rule, usual};
use super::sim::Sim;
use crate::config::policy::{Filters, Policy};
use crate::engine::effect::Refused;
use crate::engine::input::{Change, Order, Wanted, Whom};
use crate::model::failure::Step;
use crate::model::record::Record;
use crate::model::{JobId, LimitKey, Limits, Made, Maker, Overrides};
use std::time::Duration;

fn attach(of: u32, limits: Overrides) -> Order {
    Order::Attach(Wanted { pid: pid(of), limits, name: None })
}

fn memory(bytes: i64) -> Overrides {
    Overrides::from([(LimitKey::MemoryLimit, bytes)])
}

fn run(sim: &mut Sim, name: &str, parent: u32) -> (u32, JobId) {
    let made = Made { by: Maker::Run, limits: memory(7) };
    let (child, job) = sim.governor.run(parent, name, made, &mut sim.host);
    sim.settle();
    (child, job)
}

fn standing(sim: &Sim, job: &str) -> Limits {
    sim.governor.groups[job].limits.clone()
}

fn none() -> Policy {
    policy(vec![rule("x264", Filters::default())])
}

#[test]
fn a_process_is_attached_that_no_rule_takes_and_stays_so() {
    let mut sim = Sim::running(none());
    let main = sim.start_program("python3");
    let child = sim.spawn(main, "sh");
    sim.settle();
    sim.assert_free(main);
    let told = sim.obeyed(attach(main, memory(7))).unwrap();
    let job = format!("auto-python3-{main}");
    assert_eq!(told, format!("process {main} is job {job}, with 1 process(es) besides: memory_limit=7"));
    assert_eq!((sim.job_of(main), sim.job_of(child)), (Some(&*job), Some(&*job)));
    sim.assert_consistent();

    sim.reload(policy(vec![rule("y", Filters::default())]));
    sim.restart(none());
    assert_eq!(
        (sim.job_of(main), standing(&sim, &job)),
        (Some(&*job), Limits::from([(LimitKey::MemoryLimit, 7)]))
    );
    let again = sim.obeyed(attach(child, memory(8))).unwrap_err();
    let why = format!("process {child} belongs to job {job} already; set changes its limits");
    assert_eq!(again, Refused::Failed(why));
    sim.assert_consistent();
}

#[test]
fn its_rule_is_under_what_it_was_given_and_a_filter_keeps_nobody_out() {
    let blocked = || Filters { blocked_uids: [0].into(), ..Filters::default() };
    let mut sim = Sim::running(policy(vec![rule("ffmpeg", blocked())]));
    let main = sim.start_program("ffmpeg");
    sim.assert_free(main);
    assert!(sim.obeyed(attach(main, memory(7))).is_ok());
    let job = format!("auto-ffmpeg-{main}");
    let both = |quota| limits(quota).with(LimitKey::MemoryLimit, Some(crate::model::Amount::Number(7)));
    assert_eq!(standing(&sim, &job), both(200));
    let mut tighter = rule("ffmpeg", blocked());
    tighter.limits = limits(50);
    sim.reload(policy(vec![tighter]));
    assert_eq!((sim.job_of(main), standing(&sim, &job)), (Some(&*job), both(50)));
    let set = Order::Set(Whom::Pid(pid(main)), Change::To(memory(9)));
    assert!(sim.obeyed(set).is_ok());
    let told = sim.obeyed(Order::Set(Whom::Pid(pid(main)), Change::Reset)).unwrap();
    assert!(told.contains("are those it was given: cpu_quota=50 memory_limit=7"), "{told}");
    sim.assert_consistent();
}

#[test]
fn what_does_not_hold_of_what_it_was_given_is_told_and_what_cannot_stand_together_is_refused() {
    let mut sim = Sim::running(policy(vec![rule("ffmpeg", Filters::default())]));
    let main = sim.start_program("ffmpeg");
    sim.obeyed(Order::Release(Whom::Pid(pid(main)))).unwrap();
    let burst = sim.obeyed(attach(main, Overrides::from([(LimitKey::CpuBurst, 300)])));
    assert!(matches!(&burst, Err(Refused::Failed(why)) if why.contains("cpu_burst: ")), "{burst:?}");
    sim.assert_free(main);
    sim.governor.refuse_limit = vec![(LimitKey::MemoryLimit, failure(Step::LimitWrite, 95))];
    let told = sim.obeyed(attach(main, memory(7))).unwrap();
    assert!(told.contains("memory_limit=7; memory_limit does not hold: "), "{told}");
}

#[test]
fn who_cannot_be_attached_is_told_why() {
    let mut sim = Sim::running(none());
    assert_eq!(sim.obeyed(attach(4711, memory(7))), Err(Refused::Unknown("there is no process 4711".into())));
    for (of, what) in [(2, "a thread of the kernel"), (super::host::OWN, "the service itself")] {
        let refused = sim.obeyed(attach(of, memory(7)));
        assert_eq!(refused, Err(Refused::Failed(format!("process {of} is {what}"))));
    }
    let main = sim.start_program("python3");
    sim.governor.refuse_attach.push_back(failure(Step::Move, 1));
    let refused = sim.obeyed(attach(main, memory(7)));
    assert!(
        matches!(&refused, Err(Refused::Met(what, _)) if what.contains("is not attached")),
        "{refused:?}"
    );
    sim.assert_free(main);
    sim.host.move_to(main, "/docker-1");
    let refused = sim.obeyed(attach(main, memory(7)));
    assert!(matches!(&refused, Err(Refused::Failed(why)) if why.contains("Docker")), "{refused:?}");

    sim.hold.looks = true;
    let ticket = sim.order(attach(main, memory(7)));
    let busy = sim.obeyed(attach(main, memory(7)));
    assert!(matches!(busy, Err(Refused::Busy(_))), "{busy:?}");
    sim.host.exit(main);
    sim.settle();
    sim.hold.looks = false;
    sim.settle();
    assert!(sim.answer_to(ticket).expect("an answer").is_err());
    sim.assert_consistent();
}

#[test]
fn what_run_has_made_is_taken_over_and_keeps_its_limits() {
    let mut sim = Sim::running(usual());
    let (main, job) = run(&mut sim, "ffmpeg", SHELL);
    assert_eq!(sim.obeyed(Order::Adopt(job.clone())), Ok(format!("job {job} is governed")));
    // Its program begins only then: a target, which is in a job already.
    sim.host.exec(main, "ffmpeg");
    sim.run(Duration::from_secs(20));
    assert_eq!(sim.job_of(main), Some(job.as_str()));
    sim.reload(none());
    sim.restart(usual());
    assert_eq!((sim.job_of(main), sim.governor.attaches), (Some(job.as_str()), 0));
    assert_eq!(standing(&sim, job.as_str()), Limits::from([(LimitKey::MemoryLimit, 7)]));
    let view = sim.engine.snapshot(sim.now()).jobs.remove(0);
    assert_eq!((view.made, view.policy_limits), (Some(Maker::Run), Some(view.limits)));
    sim.assert_consistent();
    sim.host.exit(main);
    sim.run(Duration::from_secs(20));
    assert!(sim.governor.groups.is_empty());
    sim.assert_consistent();
}

#[test]
fn nobody_need_tell_of_it_when_a_target_is_met_in_there() {
    let mut sim = Sim::running(usual());
    let (main, job) = run(&mut sim, "ffmpeg", SHELL);
    sim.host.exec(main, "ffmpeg");
    sim.settle();
    assert_eq!(sim.said(|r| matches!(r, Record::Adopted { by: Some(Maker::Run), .. })), 1);
    assert_eq!(sim.job_of(main), Some(job.as_str()));
    sim.assert_consistent();
}

#[test]
fn it_is_left_where_the_policy_says_so() {
    let leave = || Policy { adopts_made: false, ..usual() };
    let mut sim = Sim::running(leave());
    let (main, job) = run(&mut sim, "ffmpeg", SHELL);
    let refused = sim.obeyed(Order::Adopt(job.clone()));
    assert!(matches!(&refused, Err(Refused::Failed(why)) if why.contains("on_made: leave")), "{refused:?}");
    sim.host.exec(main, "ffmpeg");
    sim.run(Duration::from_secs(20));
    sim.restart(leave());
    assert_eq!(sim.job_of(main), Some(job.as_str()));
    assert_eq!(sim.said(|r| matches!(r, Record::Adopted { .. })), 0);
    assert_eq!(sim.engine.snapshot(sim.now()).jobs.len(), 0);
}

#[test]
fn started_within_a_job_it_is_a_job_of_its_own() {
    let mut sim = Sim::running(usual());
    let outer = sim.start_program("ffmpeg");
    let (main, job) = run(&mut sim, "x264", outer);
    sim.run(Duration::from_secs(20));
    assert_eq!(
        sim.job_of(main),
        Some(job.as_str()),
        "whoever was forked in a job is not fetched back from another"
    );
    assert!(sim.obeyed(Order::Adopt(job.clone())).is_ok());
    sim.run(Duration::from_secs(20));
    let members: Vec<usize> = sim.engine.snapshot(sim.now()).jobs.iter().map(|job| job.members).collect();
    assert_eq!((sim.job_of(main), members), (Some(job.as_str()), vec![1, 1]));
    sim.assert_consistent();
}

#[test]
fn a_fork_that_is_reported_after_the_order_changes_nothing() {
    let mut sim = Sim::running(usual());
    sim.hold.events = true;
    let (main, job) = run(&mut sim, "x264", SHELL);
    assert!(sim.obeyed(Order::Adopt(job.clone())).is_ok());
    sim.hold.events = false;
    sim.settle();
    let jobs = sim.engine.snapshot(sim.now()).jobs;
    assert_eq!((jobs.len(), jobs[0].members, jobs[0].main_alive, jobs[0].main.pid), (1, 1, true, pid(main)));
    sim.assert_consistent();
}

#[test]
fn who_asks_for_what_nobody_made_and_who_asks_while_we_stop_get_an_answer() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let own = JobId::found(&format!("auto-ffmpeg-{main}"));
    assert!(sim.obeyed(Order::Adopt(own)).is_ok(), "it is governed");
    let refused = sim.obeyed(Order::Adopt(JobId::found("run-x-1")));
    assert!(matches!(refused, Err(Refused::Unknown(_))), "{refused:?}");
    let (_, job) = run(&mut sim, "x264", SHELL);
    sim.hold.governor = true;
    let tickets = [sim.order(Order::Adopt(job)), sim.order(attach(SHELL, memory(7)))];
    sim.handle(crate::engine::input::Input::Terminate("SIGTERM"));
    sim.run(Duration::from_secs(30));
    assert!(tickets.iter().all(|&ticket| sim.answer_to(ticket).is_some()));
}
