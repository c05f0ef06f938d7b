//! What must be true of engine and host whenever all is quiet.

use super::governor::{group_of, job_at};
use super::sim::Sim;
use crate::engine::deadlines::Timer;
use crate::engine::jobs::Phase;
use crate::engine::table::Standing;
use crate::model::record::{Answer, Record};
use std::collections::BTreeSet;

#[track_caller]
pub(super) fn check(sim: &Sim, saw_all: bool) {
    memory(sim);
    deadlines(sim);
    membership(sim, saw_all);
}

/// Nothing is kept of what is over.
#[track_caller]
fn memory(sim: &Sim) {
    let engine = &sim.engine;
    let pids = engine.table.pids(|_, _| true);
    let known: BTreeSet<u32> = pids.iter().map(|pid| pid.0).collect();
    let real: BTreeSet<u32> = sim.host.procs.keys().copied().collect();
    assert!(known.is_subset(&real), "kept although gone: {:?}", known.difference(&real));
    assert!(engine.naming.is_empty(), "{:?}", engine.naming);
    assert!(engine.parked.is_empty(), "{:?}", engine.parked);
    assert!(engine.asides.iter().all(|(pid, _)| known.contains(&pid.0)), "{:?}", engine.asides);
    assert_eq!(engine.backfill, 0);
    assert_eq!(engine.scan.open_questions, 0);
    assert_eq!(engine.outbox.load(), (0, 0));
    for pid in pids {
        let entry = engine.table.get(pid).expect("listed");
        assert!(!entry.is_undecided(), "{pid} is undecided: {entry:?}");
        assert_eq!(entry.job.is_some(), entry.standing == Standing::Member, "{pid}: {entry:?}");
        let told = engine.asides.get(pid).is_some();
        let may_be = matches!(entry.standing, Standing::Left | Standing::Released);
        let aside = told && may_be || entry.standing == Standing::Target;
        assert_eq!(aside, told, "{pid} stands aside for a reason and nobody else has one: {entry:?}");
        if let Some(main) = entry.job {
            let job = engine.jobs.get(main).unwrap_or_else(|| panic!("{pid} belongs to no job: {entry:?}"));
            assert!(job.members.contains(&pid), "{pid} is no member of {job:?}");
        }
    }
    let released = engine.table.pids(|_, entry| entry.standing == Standing::Released);
    assert_eq!(engine.let_go.pids(), released);
    assert!(engine.scan.met.is_empty() && engine.jobs.names() <= engine.jobs.iter().count());
    for (who, letter) in engine.letters.iter() {
        let same = engine.table.get(who.pid).is_some_and(|entry| entry.start == Some(who.start));
        assert!(same, "of {who:?}, which has ended: {letter:?}");
    }
    for job in engine.jobs.iter() {
        assert!(!job.recheck, "{job:?}");
        assert!(job.is_held() || !job.members.is_empty(), "nobody is left in {job:?}");
        assert!(
            !matches!(job.phase, Phase::Attaching | Phase::Releasing | Phase::Buried | Phase::Sought),
            "{job:?}"
        );
        for pid in &job.members {
            let entry =
                engine.table.get(*pid).unwrap_or_else(|| panic!("{pid} is unknown, a member of {job:?}"));
            assert_eq!(entry.job, Some(job.main), "{pid}: {entry:?}");
        }
    }
}

/// Whoever waits has a deadline, and whoever has one waits.
#[track_caller]
fn deadlines(sim: &Sim) {
    let engine = &sim.engine;
    let phase = |main| engine.jobs.get(main).map(|job| job.phase);
    for timer in engine.deadlines.timers() {
        let waits = match timer {
            Timer::Scan | Timer::Save => true,
            Timer::GiveUp => engine.is_stopping(),
            Timer::Mature(pid, serial) => {
                engine.table.get(pid).is_some_and(|e| e.serial == serial && e.standing == Standing::Target)
            }
            Timer::Retry(main) => matches!(phase(main), Some(Phase::Backoff { .. })),
            Timer::Prepare => !engine.governs(),
            Timer::Probe => engine.breakers.tripped().count() > 0,
            Timer::Toll(main) => engine.jobs.get(main).is_some(),
            Timer::Bury(main) => phase(main) == Some(Phase::Buried),
            Timer::Outlived(main) => engine.jobs.get(main).is_some_and(|job| job.is_ending),
        };
        assert!(waits, "nobody waits for {timer:?}");
    }
    for job in engine.jobs.iter().filter(|job| job.waits()) {
        let brings = if job.phase == Phase::Paused { Timer::Probe } else { Timer::Retry(job.main) };
        assert!(engine.deadlines.timers().any(|timer| timer == brings), "{job:?}");
    }
}

/// The engine's jobs are the groups, and their members are those who sit there.
#[track_caller]
fn membership(sim: &Sim, saw_all: bool) {
    let held: Vec<_> = sim.engine.jobs.iter().filter(|job| job.is_held()).collect();
    for job in &held {
        let sits: BTreeSet<u32> = sim.host.members(&group_of(job.id.as_str())).into_iter().collect();
        let living = sim.engine.inside(job).map(|pid| pid.0).filter(|&pid| sim.host.alive(pid));
        let living = living.collect::<BTreeSet<_>>();
        // Where events were missed, an orphan may live in a group without anybody knowing why.
        assert!(living == sits || !saw_all && living.is_subset(&sits), "{living:?} {sits:?} {job:?}");
        assert!(!sits.is_empty(), "{job:?}");
        let alive =
            sim.host.alive(job.main.pid.0) && sim.host.procs[&job.main.pid.0].start == job.main.start.0;
        let left = |r: &Record| matches!(r, Record::Drift { answer: Answer::Left | Answer::Tired, .. });
        assert!(job.main_alive == alive || alive && sim.said(left) > 0, "{job:?}");
    }
    for (pid, p) in sim.host.procs.iter().filter(|(_, p)| !p.zombie) {
        if let Some(job) = job_at(&p.group) {
            assert!(
                held.iter().any(|held| held.id.as_str() == job),
                "{pid} sits in {job}, unknown to the engine"
            );
        }
    }
    let groups: Vec<&str> = sim.governor.groups.keys().map(String::as_str).collect();
    let ids: BTreeSet<&str> = held.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(groups.into_iter().collect::<BTreeSet<_>>(), ids, "groups that stand");
}
