//! Sampling within its means: how often passes of this or that cost are made, what of many processes is kept, and that
//! discovery never feels any of it. When it is given up altogether is told in `shedding`.

use super::policies::{SCAN_INTERVAL, usual};
use super::sim::Sim;
use crate::config::policy::{Policy, ScannerPolicy};
use crate::engine::effect::Depth;
use crate::model::record::{Record, ScannerRecord as Told, ShedCause, Why};
use std::time::Duration;

pub(super) fn sampled(scanner: ScannerPolicy) -> Policy {
    Policy { scanner: Some(scanner), ..usual() }
}

pub(super) fn running() -> Sim {
    Sim::running(sampled(ScannerPolicy::default()))
}

pub(super) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What was told of sampling since this was last asked.
pub(super) fn told(sim: &mut Sim) -> Vec<Told> {
    let told = |record| match record {
        Record::Scanner(told) => Some(told),
        _ => None,
    };
    std::mem::take(&mut sim.records).into_iter().filter_map(told).collect()
}

/// How many passes of a depth there were since this was last asked.
pub(super) fn passes(sim: &mut Sim, depth: Depth) -> usize {
    std::mem::take(&mut sim.walks).iter().filter(|walk| walk.depth == depth).count()
}

/// Lets time pass in which the service uses so much of a core.
pub(super) fn run_using(sim: &mut Sim, time: Duration, cores: f64) {
    for _ in 0..time.as_secs() {
        sim.host.own_cpu += Duration::from_secs_f64(cores);
        sim.run(seconds(1));
    }
}

pub(super) fn shed(sim: &Sim) -> Option<ShedCause> {
    sim.engine.snapshot(sim.now()).scanner.expect("it samples").shed
}

#[test]
fn in_steady_state_every_scan_samples_and_nothing_is_said() {
    let mut sim = running();
    sim.host.pass_costs = Duration::from_millis(70);
    run_using(&mut sim, seconds(3600), 0.02);
    assert_eq!(told(&mut sim), []);
    assert_eq!(passes(&mut sim, Depth::Sampling), 361);
    let view = sim.engine.snapshot(sim.now()).scanner.expect("it samples");
    assert_eq!((view.rounds, view.interval), (361, seconds(10)));
    assert!(view.own_cores.is_some_and(|cores| (0.0199..0.0201).contains(&cores)), "{view:?}");
    assert_eq!(view.processes, sim.host.procs.len());
}

#[test]
fn a_host_that_grows_is_sampled_more_seldom_and_scanned_as_ever() {
    let mut sim = running();
    sim.host.pass_costs = Duration::from_millis(300);
    sim.run(SCAN_INTERVAL);
    let cost = sim.host.pass_costs;
    let stretched = Told::Interval { from: seconds(10), to: seconds(50), why: Why::Dear, cost };
    assert_eq!(told(&mut sim), [stretched]);
    sim.walks.clear();
    sim.run(seconds(1000));
    let walks = std::mem::take(&mut sim.walks);
    let steady = walks.iter().filter(|walk| walk.depth == Depth::Steady).count();
    assert_eq!((walks.len(), walks.len() - steady), (100, 20));
    sim.host.pass_costs = Duration::from_millis(3);
    sim.run(seconds(300));
    let cost = sim.host.pass_costs;
    let shrunk = Told::Interval { from: seconds(50), to: seconds(10), why: Why::Room, cost };
    assert_eq!(told(&mut sim), [shrunk]);
    sim.walks.clear();
    sim.run(seconds(100));
    assert_eq!(passes(&mut sim, Depth::Sampling), 10);
}

#[test]
fn a_cost_that_goes_to_and_fro_changes_the_interval_once() {
    let mut sim = running();
    for n in 0..500 {
        sim.host.pass_costs = Duration::from_millis([20, 100, 60, 90, 110][n % 5]);
        sim.run(SCAN_INTERVAL);
    }
    let told = told(&mut sim);
    assert!(matches!(told[..], [Told::Interval { why: Why::Dear, .. }]), "{told:?}");
}

#[test]
fn sleep_a_set_clock_and_a_long_stop_are_neither_load_nor_cost() {
    let mut sim = running();
    sim.host.pass_costs = Duration::from_millis(70);
    run_using(&mut sim, seconds(60), 0.2);
    sim.sleep(seconds(7200));
    run_using(&mut sim, seconds(60), 0.2);
    for step in [3_600_000_000_000, -3_600_000_000_000] {
        sim.host.wall_set_by = step;
        run_using(&mut sim, seconds(60), 0.2);
    }
    sim.host.now += 600_000_000_000;
    run_using(&mut sim, seconds(60), 0.2);
    assert_eq!(told(&mut sim), []);
}

#[test]
fn a_reload_that_allows_more_takes_effect_at_once_also_while_shed() {
    let mut sim = running();
    sim.host.pass_costs = Duration::from_millis(300);
    sim.run(SCAN_INTERVAL);
    sim.walks.clear();
    told(&mut sim);
    sim.reload(sampled(ScannerPolicy { cpu_budget: 0.03, ..ScannerPolicy::default() }));
    let cost = sim.host.pass_costs;
    let back = Told::Interval { from: seconds(50), to: seconds(10), why: Why::Policy, cost };
    assert_eq!(told(&mut sim), [back]);
    sim.run(seconds(100));
    assert_eq!(passes(&mut sim, Depth::Sampling), 10);
    sim.host.pass_costs = seconds(10);
    sim.run(SCAN_INTERVAL);
    assert_eq!(shed(&sim), Some(ShedCause::Budget));
    sim.reload(sampled(ScannerPolicy { cpu_budget: 1.0, ..ScannerPolicy::default() }));
    sim.run(seconds(1));
    assert_eq!(shed(&sim), None);
    sim.reload(usual());
    sim.walks.clear();
    sim.run(seconds(60));
    assert_eq!((passes(&mut sim, Depth::Sampling), sim.engine.snapshot(sim.now()).scanner), (0, None));
    sim.reload(sampled(ScannerPolicy::default()));
    sim.run(SCAN_INTERVAL);
    assert_eq!(passes(&mut sim, Depth::Sampling), 1);
}

#[test]
fn while_polling_only_samples_beyond_the_scans_are_paid_for() {
    let polled = |interval| {
        let scanner = ScannerPolicy { interval, ..ScannerPolicy::default() };
        Sim::running(Policy { poll_only: true, ..sampled(scanner) })
    };
    let mut sim = polled(seconds(10));
    sim.host.pass_costs = seconds(1);
    sim.run(seconds(600));
    assert_eq!(told(&mut sim), []);
    let mut sim = polled(seconds(1));
    sim.host.pass_costs = seconds(1);
    sim.run(seconds(600));
    let told = told(&mut sim);
    assert!(
        matches!(told[..], [Told::Interval { to, .. }] if to >= seconds(9) && to < seconds(13)),
        "{told:?}"
    );
    assert_eq!(shed(&sim), None);
}

#[test]
fn processes_beyond_those_that_are_kept_are_told_of_once() {
    let mut sim = Sim::running(sampled(ScannerPolicy { max_processes: 32, ..ScannerPolicy::default() }));
    let crowd: Vec<u32> = (0..40).map(|_| sim.start_program("ls")).collect();
    sim.run(SCAN_INTERVAL * 3);
    let all = sim.host.procs.len();
    assert_eq!(told(&mut sim), [Told::LeftOut { most: 32, left_out: all - 32 }]);
    let view = sim.engine.snapshot(sim.now()).scanner.expect("it samples");
    assert_eq!((view.processes, view.left_out), (32, all - 32));
    for pid in &crowd[..all - 32] {
        sim.host.exit(*pid);
    }
    sim.run(SCAN_INTERVAL * 3);
    assert_eq!(told(&mut sim), [], "just as many as are kept: it may be one more at any time");
    crowd[all - 32..].iter().for_each(|pid| sim.host.exit(*pid));
    sim.run(SCAN_INTERVAL * 3);
    assert_eq!(told(&mut sim), [Told::AllKept]);
}
