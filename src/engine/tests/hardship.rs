//! What jobs suffer is told soon, with the right names, in few words, and once.

use super::governor::group_of;
use super::host::Host;
use super::policies::{SCAN_INTERVAL, usual};
use super::sim::Sim;
use crate::config::policy::Policy;
use crate::engine::input::{Input, Order, Whom};
use crate::model::record::{Hardship, Killer, Record, Strain};
use crate::model::state::{Memory, Remembered, State};
use crate::model::usage::{Counts, Pressure, Reading, Usage};
use crate::model::{JobId, Mono};
use std::collections::BTreeMap;
use std::time::Duration;

const A_SECOND: Duration = Duration::from_secs(1);

fn met(sim: &Sim) -> Vec<Hardship> {
    let hardship = |record: &Record| match record {
        Record::Hardship { hardship, .. } => Some(hardship.clone()),
        _ => None,
    };
    sim.records.iter().filter_map(hardship).collect()
}

/// How many were killed, whom of them, and by what.
type Kill = (u64, Vec<(u32, String)>, Killer);

fn killed(sim: &Sim) -> Vec<Kill> {
    let kill = |hardship: Hardship| match hardship {
        Hardship::OomKilled { count, victims, by, .. } => {
            let named = victims.iter();
            let named =
                named.map(|v| (v.pid.0, String::from_utf8_lossy(v.name.as_bytes()).into_owned())).collect();
            Some((count, named, by))
        }
        _ => None,
    };
    met(sim).into_iter().filter_map(kill).collect()
}

fn refuse_fork(host: &mut Host, group: &str) {
    host.count(group, |counts| [&mut counts.forks_refused]);
}

#[test]
fn a_kill_is_told_within_a_second_with_the_victims_name_and_nobody_elses() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let [child, other] = ["x264", "sh"].map(|name| sim.spawn(main, name));
    sim.settle();
    sim.run(A_SECOND * 5);
    sim.host.kill(other); // by somebody's hand, long before
    sim.run(A_SECOND * 5);
    sim.host.oom_kill(child);
    sim.run(A_SECOND);
    assert_eq!(killed(&sim), [(1, vec![(child, "x264".into())], Killer::OwnLimit)]);
    sim.run(SCAN_INTERVAL * 3);
    assert_eq!(met(&sim).len(), 1);
    sim.assert_consistent();
}

#[test]
fn a_job_that_the_kill_ends_is_told_of_before_its_end() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    sim.host.oom_kill(main);
    sim.run(A_SECOND);
    assert_eq!(killed(&sim), [(1, vec![(main, "ffmpeg".into())], Killer::OwnLimit)]);
    let kinds = sim.kinds();
    let at = |kind: &str| kinds.iter().position(|said| said == kind);
    assert!(at("Hardship") < at("JobEnded"), "{kinds:?}");
    assert!(at("Attached") < at("Hardship"), "{kinds:?}");
}

#[test]
fn whose_end_was_not_told_when_the_group_is_gone_is_named_all_the_same() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "x264");
    sim.settle();
    sim.hold.events = true;
    [child, main].into_iter().for_each(|pid| sim.host.oom_kill(pid));
    sim.settle();
    sim.hold.events = false;
    sim.run(A_SECOND * 3);
    let told = killed(&sim);
    assert_eq!(told.iter().map(|(count, ..)| count).sum::<u64>(), 2);
    let mut named: Vec<u32> =
        told.iter().flat_map(|(_, named, _)| named.iter().map(|(pid, _)| *pid)).collect();
    named.sort_unstable();
    assert_eq!(named, [main, child]);
}

#[test]
fn one_that_takes_long_to_end_is_waited_for_but_not_beyond_a_second() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let child = sim.spawn(main, "x264");
    sim.settle();
    let kill = |sim: &mut Sim| {
        sim.host.count(&group_of(&format!("auto-ffmpeg-{main}")), |counts| {
            [&mut counts.oom, &mut counts.oom_kills]
        });
    };
    kill(&mut sim);
    sim.run(Duration::from_millis(600));
    assert_eq!(killed(&sim), []);
    sim.host.kill(child);
    sim.run(Duration::from_millis(300));
    assert_eq!(killed(&sim), [(1, vec![(child, "x264".into())], Killer::OwnLimit)]);
    sim.run(A_SECOND * 30);
    kill(&mut sim);
    sim.run(A_SECOND);
    assert_eq!(killed(&sim)[1], (1, vec![], Killer::OwnLimit), "who it was is not made up");
}

#[test]
fn who_has_killed_is_told_by_what_grew_with_the_count() {
    type Which = fn(&mut Counts) -> [&mut Option<u64>; 3];
    let cases: [(Which, Killer); 2] = [
        (|c| [&mut c.oom, &mut c.oom_kills, &mut c.oom_group_kills], Killer::OwnLimitAll),
        (|c| [&mut c.oom_kills, &mut c.memory_high, &mut c.forks_refused], Killer::Above),
    ];
    for (which, by) in cases {
        let mut sim = Sim::running(usual());
        let main = sim.start_program("ffmpeg");
        sim.host.count(&group_of(&format!("auto-ffmpeg-{main}")), which);
        sim.run(A_SECOND);
        assert_eq!(killed(&sim), [(1, vec![], by)]);
    }
}

#[test]
fn a_storm_is_told_in_few_lines_whose_counts_leave_nothing_out() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let group = group_of(&format!("auto-ffmpeg-{main}"));
    for _ in 0..3000 {
        let child = sim.spawn(main, "x264");
        sim.settle();
        sim.host.oom_kill(child);
        refuse_fork(&mut sim.host, &group);
        sim.run(Duration::from_millis(100));
    }
    let lines = met(&sim).len();
    assert!((8..=16).contains(&lines), "{lines} for 300 s");
    sim.run(A_SECOND * 400);
    let told = met(&sim).into_iter().fold((0, 0), |(kills, forks), hardship| match hardship {
        Hardship::OomKilled { count, victims, .. } => {
            assert!(!victims.is_empty() && victims.len() <= 8);
            (kills + count, forks)
        }
        Hardship::ForksRefused { count, .. } => (kills, forks + count),
        _ => (kills, forks),
    });
    assert_eq!(told, (3000, 3000));
    sim.assert_consistent();
}

#[test]
fn what_was_told_is_not_told_again_after_a_restart_and_what_came_meanwhile_is() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let children: Vec<u32> = (0..3).map(|_| sim.spawn(main, "x264")).collect();
    sim.settle();
    sim.host.oom_kill(children[0]);
    sim.run(A_SECOND * 2);
    let memory = memory(sim.saved.last().expect("it was saved"));
    sim.restart_remembering(usual(), &memory);
    sim.run(A_SECOND * 2);
    assert_eq!(met(&sim), []);
    sim.host.oom_kill(children[1]);
    let after = |sim: &mut Sim, memory: &Memory| {
        sim.restart_remembering(usual(), memory);
        sim.run(A_SECOND * 2);
        met(sim)
    };
    assert_eq!(after(&mut sim, &memory), [Hardship::OomKilledUnseen { count: 1 }]);
    assert_eq!(after(&mut sim, &Memory::default()), [], "nobody knows what was told");
    sim.host.oom_kill(children[2]);
    sim.run(A_SECOND);
    assert_eq!(killed(&sim).len(), 1);
}

fn memory(state: &State) -> Memory {
    let remembered = state.processes.iter().map(|tracked| Remembered {
        pid: tracked.identity.pid,
        start: Some(tracked.identity.start),
        job: tracked.job.clone(),
        command: tracked.command.clone(),
        cgroup: None,
        origin_cgroup: None,
        discovered_at: Some(tracked.discovered_at),
        attached_at: None,
        last_seen_at: None,
        oom_kills: Some(tracked.oom_kills),
    });
    Memory { processes: remembered.collect(), ..Memory::default() }
}

#[test]
fn a_job_that_is_released_has_told_all() {
    let mut sim = Sim::running(usual());
    let main = sim.start_program("ffmpeg");
    let job = format!("auto-ffmpeg-{main}");
    refuse_fork(&mut sim.host, &group_of(&job));
    sim.settle();
    sim.obeyed(Order::Release(Whom::Job(JobId::found(&job)))).expect("released");
    assert!(matches!(met(&sim)[..], [Hardship::ForksRefused { count: 1, .. }]), "{:?}", met(&sim));
}

/// Five seconds at a time: what its group's files say then.
fn read_on(sim: &mut Sim, main: u32, usage: &mut Usage, more: impl Fn(&mut Usage)) {
    sim.run(A_SECOND * 5);
    more(usage);
    let of = sim.engine.jobs.iter().find(|job| job.main.pid.0 == main).expect("a job").main;
    let reading = Reading::new(Mono(sim.host.now), *usage, None);
    sim.handle(Input::Measured(&BTreeMap::from([(of, reading)])));
}

#[test]
fn a_lasting_strain_is_told_at_its_begin_and_its_end_and_shown_meanwhile() {
    let mut sim = Sim::running(Policy { state: None, ..usual() });
    let main = sim.start_program("ffmpeg");
    let mut usage = Usage { periods: Some(0), throttled_periods: Some(0), ..Usage::default() };
    let add = |count: &mut Option<u64>, more: u64| *count = count.map(|count| count + more);
    (0..5).for_each(|_| {
        read_on(&mut sim, main, &mut usage, |usage| {
            add(&mut usage.periods, 50);
            add(&mut usage.throttled_periods, 40);
        });
    });
    let said = met(&sim);
    let told = |percent| move |h: &Hardship| matches!(h, Hardship::Strained { strain: Strain::Throttled, percent: p, .. } if *p == percent);
    assert!(said.len() == 1 && told(80)(&said[0]), "{said:?}");
    let shown = sim.engine.snapshot(sim.now()).jobs[0].suffered.strains.clone();
    assert!(matches!(shown[..], [(Strain::Throttled, _, 80)]), "{shown:?}");
    (0..3).for_each(|_| read_on(&mut sim, main, &mut usage, |usage| add(&mut usage.periods, 50)));
    let said = met(&sim);
    assert!(
        matches!(said[1..], [Hardship::Eased { strain: Strain::Throttled, percent: 80, .. }]),
        "{said:?}"
    );
    assert!(sim.engine.snapshot(sim.now()).jobs[0].suffered.strains.is_empty());
}

#[test]
fn one_that_waits_for_a_processor_because_of_its_quota_is_not_starved_as_well() {
    for (throttled, strain) in [(50, Strain::Throttled), (0, Strain::NoCpu)] {
        let mut sim = Sim::running(usual());
        let main = sim.start_program("ffmpeg");
        let pressure = Pressure { cpu_full: Some(Duration::ZERO), ..Pressure::default() };
        let mut usage = Usage { periods: Some(0), throttled_periods: Some(0), pressure, ..Usage::default() };
        (0..20).for_each(|_| {
            read_on(&mut sim, main, &mut usage, |usage| {
                usage.periods = usage.periods.map(|periods| periods + 50);
                usage.throttled_periods = usage.throttled_periods.map(|periods| periods + throttled);
                usage.pressure.cpu_full = usage.pressure.cpu_full.map(|waited| waited + A_SECOND * 5);
            });
        });
        let said = met(&sim);
        assert!(matches!(said[..], [Hardship::Strained { strain: s, .. }] if s == strain), "{said:?}");
    }
}
