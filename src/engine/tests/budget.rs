//! Sampling within its means: what it may cost, when it is given up, that it always comes back, and that discovery never
//! feels any of it.

use super::histories::config;
use super::host::SHELL;
use super::policies::{SCAN_INTERVAL, usual};
use super::sim::Sim;
use crate::config::policy::{Policy, ScannerPolicy};
use crate::engine::effect::Depth;
use crate::model::record::{Record, ScannerRecord as Told, ShedCause, Why};
use proptest::prelude::*;
use std::time::Duration;

fn sampled(scanner: ScannerPolicy) -> Policy {
    Policy { scanner: Some(scanner), ..usual() }
}

fn running() -> Sim {
    Sim::running(sampled(ScannerPolicy::default()))
}

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// What was told of sampling since this was last asked.
fn told(sim: &mut Sim) -> Vec<Told> {
    let told = |record| match record {
        Record::Scanner(told) => Some(told),
        _ => None,
    };
    std::mem::take(&mut sim.records).into_iter().filter_map(told).collect()
}

/// How many passes of a depth there were since this was last asked.
fn passes(sim: &mut Sim, depth: Depth) -> usize {
    std::mem::take(&mut sim.walks).iter().filter(|walk| walk.depth == depth).count()
}

/// Lets time pass in which the service uses so much of a core.
fn run_using(sim: &mut Sim, time: Duration, cores: f64) {
    for _ in 0..time.as_secs() {
        sim.host.own_cpu += Duration::from_secs_f64(cores);
        sim.run(seconds(1));
    }
}

fn shed(sim: &Sim) -> Option<ShedCause> {
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
fn what_no_interval_can_pay_for_is_shed_and_taken_up_again_when_it_is_cheap() {
    let mut sim = running();
    sim.host.pass_costs = seconds(3);
    sim.run(SCAN_INTERVAL);
    let told_of = told(&mut sim);
    assert!(matches!(
        told_of[..],
        [Told::Interval { .. }, Told::Shed { cause: ShedCause::Budget, pause }] if pause == seconds(400)
    ));
    sim.walks.clear();
    sim.run(seconds(395));
    assert_eq!((sim.walks.len(), passes(&mut sim, Depth::Sampling)), (39, 0));
    sim.host.pass_costs = Duration::from_millis(1);
    sim.run(seconds(20));
    let told_of = told(&mut sim);
    assert!(matches!(told_of[..], [Told::Resumed { .. }]), "{told_of:?}");
    sim.run(seconds(600));
    assert!(matches!(told(&mut sim)[..], [Told::Interval { why: Why::Room, .. }]));
    assert_eq!(shed(&sim), None);
}

#[test]
fn an_overloaded_service_finds_targets_and_samples_nothing() {
    let mut sim = running();
    run_using(&mut sim, seconds(11), 0.5);
    let cause = ShedCause::Overload;
    assert_eq!(told(&mut sim), [Told::Shed { cause, pause: seconds(30) }]);
    sim.walks.clear();
    run_using(&mut sim, seconds(3600), 0.5);
    assert_eq!(told(&mut sim), [], "one episode, said once");
    assert_eq!(shed(&sim), Some(cause));
    let steady = sim.walks.iter().filter(|walk| walk.depth == Depth::Steady).count();
    let tried = passes(&mut sim, Depth::Sampling);
    assert!(steady + tried >= 360 && (12..20).contains(&tried), "{steady} {tried}");
    let pid = sim.start_program("ffmpeg");
    sim.assert_own_job(pid, "ffmpeg");
    sim.records.clear();
    sim.run(seconds(311));
    let told = told(&mut sim);
    assert!(matches!(told[..], [Told::Resumed { after }] if after > seconds(3600)), "{told:?}");
}

#[test]
fn a_short_burst_is_no_overload() {
    let mut sim = running();
    sim.run(seconds(5));
    sim.host.own_cpu += seconds(2);
    sim.run(seconds(60));
    assert_eq!(told(&mut sim), []);
}

#[test]
fn while_events_are_lost_sampling_stands_back_for_the_scan_that_makes_good() {
    let mut sim = running();
    sim.run(seconds(15));
    sim.walks.clear();
    sim.host.queue.losing = true;
    let lost = sim.spawn(SHELL, "ffmpeg");
    sim.run(seconds(1));
    sim.assert_own_job(lost, "ffmpeg");
    let cause = ShedCause::EventsLost;
    assert_eq!(told(&mut sim), [Told::Shed { cause, pause: seconds(30) }]);
    assert_eq!(sim.walks.iter().map(|walk| walk.depth).collect::<Vec<_>>(), [Depth::Full]);
    sim.run(seconds(40));
    let told = told(&mut sim);
    assert!(matches!(told[..], [Told::Resumed { .. }]), "{told:?}");
}

#[test]
fn a_source_that_is_lost_for_good_is_no_reason_to_sample_nothing_for_good() {
    let mut sim = running();
    let why = "no more".to_owned();
    sim.refuse_source = Some(crate::engine::input::SourceRefusal { why, may_heal: false });
    sim.host.queue.losing = true;
    sim.spawn(SHELL, "ls");
    sim.run(seconds(60));
    assert_eq!(shed(&sim), None);
    sim.walks.clear();
    sim.run(seconds(100));
    assert_eq!(passes(&mut sim, Depth::Sampling), 10);
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

/// What befalls the service in a second of its life.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Costs(u64),
    Uses(f64),
    Loses,
    Lasts(u64),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => (0u64..20_000).prop_map(Fate::Costs),
        1 => (0u64..10_000_000).prop_map(Fate::Costs),
        3 => (0.0..1.0).prop_map(Fate::Uses),
        1 => Just(Fate::Loses),
        8 => (1u64..200).prop_map(Fate::Lasts),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: config().cases.div_ceil(8), ..config() })]

    /// Over any span sampling takes its budget and one pass at most, whatever passes cost and whatever else befalls;
    /// discovery's scans come as ever; and when all is well again there are samples again, within an hour of the last.
    #[test]
    fn whatever_befalls_sampling_keeps_its_budget_and_comes_back(fates in prop::collection::vec(fate(), 1..80)) {
        let policy = ScannerPolicy::default();
        let mut sim = running();
        let mut uses = 0.0;
        for fate in fates {
            match fate {
                Fate::Costs(micros) => sim.host.pass_costs = Duration::from_micros(micros),
                Fate::Uses(cores) => uses = cores,
                Fate::Loses => {
                    sim.host.queue.losing = true;
                    sim.spawn(SHELL, "ls");
                }
                Fate::Lasts(time) => run_using(&mut sim, seconds(time), uses),
            }
        }
        sim.settle();
        let sampling: Vec<_> = sim.walks.iter().filter(|walk| walk.depth == Depth::Sampling).collect();
        for (first, from) in sampling.iter().enumerate() {
            let mut spent = 0.0;
            for (before, to) in sampling[first..].iter().zip(&sampling[first + 1..]) {
                spent += before.cost.as_secs_f64();
                let time = Duration::from_nanos(to.began - from.began).as_secs_f64();
                prop_assert!(spent <= time * policy.cpu_budget + 1e-6, "{spent} s in {time} s");
            }
        }
        for pair in sim.walks.windows(2) {
            prop_assert!(pair[1].began - pair[0].began <= 10_500_000_000);
        }
        sim.host.pass_costs = Duration::from_millis(1);
        sim.run(seconds(3600));
        prop_assert_eq!(shed(&sim), None);
        sim.walks.clear();
        sim.run(seconds(100));
        prop_assert_eq!(passes(&mut sim, Depth::Sampling), 10);
    }
}
